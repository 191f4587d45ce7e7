"""A batch with everything that its file is read by: the mandate's terms, the layout, the control totals."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from core.kit import clock
from core.kit.db import Tx
from core.kit.errors import not_found
from core.kit.money import exponent
from core.mandates.kinds import FileKind
from core.placements.layout import Layout, read_layout

_SQL = """
SELECT b.id, b.agency_id, b.creditor_id, b.mandate_id, b.portfolio_id, b.kind, b.state, b.file_sha256, b.file_size,
       b.control_rows, b.control_sum_minor, b.control_sums, b.details, m.currency, m.timezone, m.allocation_order,
       m.allocation_policy, m.rounding_unit_minor, m.stage_days, m.clearance_days, c.country, l.layout
FROM placement_batch b
JOIN mandate m ON m.agency_id = b.agency_id AND m.id = b.mandate_id
JOIN creditor c ON c.agency_id = b.agency_id AND c.id = b.creditor_id
JOIN file_layout l ON l.agency_id = b.agency_id AND l.id = b.layout_id
WHERE b.agency_id = $1 AND b.id = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """`today` is the present day where the mandate is; amounts have `digits` decimals."""

    id: UUID
    agency_id: UUID
    creditor_id: UUID
    mandate_id: UUID
    portfolio_id: UUID | None
    kind: FileKind
    state: str
    file_sha256: str
    file_size: int
    control_rows: int | None
    control_sum_minor: int | None
    control_sums: dict[str, int]
    details: dict[str, Any]
    currency: str
    digits: int
    today: date
    allocation_order: list[str]
    allocation_policy: dict[str, Any]
    rounding_unit_minor: int
    stage_days: dict[str, int]
    clearance_days: dict[str, int]
    country: str
    layout: Layout

    @property
    def source(self) -> str:
        """What contact data of this file is marked with."""
        return f"placement:{self.id}"


async def load_batch(tx: Tx, batch_id: UUID) -> Batch:
    """Raises: NotFound."""
    row = await tx.fetchrow(_SQL, tx.scope.agency, batch_id)
    if row is None:
        raise not_found("placement batch", "batch_id")
    values = dict(row)
    kind = FileKind(values.pop("kind"))
    return Batch(
        **{name: value for name, value in values.items() if name not in ("timezone", "layout")},
        kind=kind,
        digits=exponent(values["currency"]),
        today=clock.today(values["timezone"]),
        layout=read_layout(kind, values["layout"]),
    )
