"""Evidence of calls, written together whichever agencies they were for"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.secure_table("plugin_call", "agency_evidence")


def downgrade() -> None:
    op.secure_table("plugin_call", "agency_journal")
