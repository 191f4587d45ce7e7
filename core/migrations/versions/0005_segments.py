"""Segments and their members"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "segment",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("tree", postgresql.JSONB(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.String(length=120), nullable=False),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("members", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("stale", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("name <> ''", name="segment_name_given_9e23d2_check"),
        sa.CheckConstraint("members >= 0", name="segment_members_not_negative_0d5d4f_check"),
        sa.CheckConstraint("stale OR evaluated_at IS NOT NULL", name="segment_evaluated_unless_stale_66ed96_check"),
        sa.PrimaryKeyConstraint("agency_id", "id", name="segment_pkey"),
        sa.UniqueConstraint("agency_id", "name", name="segment_agency_id_name_key"),
    )
    op.create_table(
        "segment_member",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("segment_id", sa.UUID(), nullable=False),
        sa.Column("debt_id", sa.UUID(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("agency_id", "segment_id", "debt_id", name="segment_member_pkey"),
    )
    op.secure_table("segment", "agency")
    op.secure_table("segment_member", "agency")


def downgrade() -> None:
    op.secure_table("segment_member", None)
    op.secure_table("segment", None)
    op.drop_table("segment_member")
    op.drop_table("segment")
