"""The tables of the plugin of the tests that has some."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision, down_revision, branch_labels, depends_on = "keeper_0001", None, None, None


def upgrade() -> None:
    op.create_table(
        "keeper__visit",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False, server_default=sa.text("recobro_uuid7()")),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("amount_minor", sa.BigInteger()),
        sa.Column("currency", sa.String(3)),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("rank", sa.SmallInteger()),
        sa.Column("due_on", sa.Date()),
        sa.Column("seen_at", sa.DateTime(timezone=True)),
        sa.Column("done", sa.Boolean(), nullable=False, server_default="false"),
        sa.Column("route", sa.UUID()),
        sa.Column("doc", postgresql.JSONB()),
        sa.Column("weight", sa.Numeric()),
        sa.Column('Odd "name"; --', sa.Text()),
        sa.PrimaryKeyConstraint("agency_id", "id"),
        sa.UniqueConstraint("agency_id", "code", name="keeper__visit_code"),
        sa.CheckConstraint("rank > 0", name="keeper__visit_rank"),
    )
    op.create_index(
        "keeper__visit_some", "keeper__visit", ["agency_id", "route"], unique=True, postgresql_where=sa.text("rank = 7")
    )
    op.create_table(
        "keeper__line",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("visit_code", sa.String(20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("agency_id", "visit_code", "number"),
        sa.ForeignKeyConstraint(["agency_id", "visit_code"], ["keeper__visit.agency_id", "keeper__visit.code"]),
    )
    op.secure_table("keeper__visit", "agency")
    op.secure_table("keeper__line", "agency")


def downgrade() -> None:
    op.drop_table("keeper__line")
    op.drop_table("keeper__visit")
