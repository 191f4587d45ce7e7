"""A stage's worklist in its order"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_INDEX = "debt_agency_id_status_stage_balance_minor_id_due_on_idx"


def upgrade() -> None:
    op.create_index(_INDEX, "debt", ["agency_id", "status", "stage", "balance_minor", "id", "due_on"])


def downgrade() -> None:
    op.drop_index(_INDEX, table_name="debt")
