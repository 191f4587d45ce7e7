"""A stage's worklist in its order"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_NAME = "debt_agency_id_status_stage_balance_minor_id_expr_c7e50e_idx"
_DUE_OR_NEVER = sa.literal_column("LEAST(due_on, 'infinity'::date)")


def upgrade() -> None:
    op.create_index(_NAME, "debt", ["agency_id", "status", "stage", "balance_minor", "id", _DUE_OR_NEVER])


def downgrade() -> None:
    op.drop_index(_NAME, table_name="debt")
