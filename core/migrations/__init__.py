"""From the models to the database: the bridge to SQLAlchemy's MetaData, row-level security, and Alembic's history."""
