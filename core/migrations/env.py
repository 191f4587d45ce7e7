"""Alembic's environment: the models that alembic.ini lists, through the bridge, against one PostgreSQL."""

import os

import sqlalchemy as sa
from alembic import context
from alembic.util import CommandError

from core.migrations import security
from core.migrations.bridge import build_metadata, load_models

config = context.config
modules = (config.get_main_option("models") or "").split()
# A plugin's history is written by hand: it has no models to compare with.
metadata = build_metadata(load_models(modules)) if modules else sa.MetaData()


def _url() -> sa.URL:
    text = config.attributes.get("url") or os.environ.get("RECOBRO_DATABASE_URL")
    if not text:
        raise CommandError(
            "RECOBRO_DATABASE_URL is not set; or use `python -m recobro db`, which knows the embedded one"
        )
    return sa.make_url(text).set(drivername="postgresql+psycopg")


def _configure(**how: object) -> None:
    context.configure(
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
        autogenerate_plugins=["alembic.autogenerate.*", security.NAME, "alembic.ext.checkconstraint_byname"],
        version_table=config.get_main_option("version_table") or "alembic_version",
        include_name=_is_ours,
        **how,  # pyright: ignore[reportArgumentType]
    )


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """A plugin's tables (`<plugin>__<noun>`) have a history of their own."""
    return kind != "table" or name is None or ("__" not in name and not name.startswith("alembic_version"))


if context.is_offline_mode():
    _configure(url=_url(), literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = sa.create_engine(_url(), poolclass=sa.NullPool)
    with engine.connect() as connection:
        _configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
