"""The caps of interest that an agency has. One statement."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from core.kit.db import Tx
from core.kit.pages import Args, reading
from core.kit.scope import Audience, Scope
from core.permissions import Permission

MAX_CAPS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCapView:
    """`annual_rate` is effective annual, a fraction; `daily_rate` its daily effective rate. Both days are included."""

    id: UUID
    agency_id: UUID
    modality: str
    valid_from: date
    valid_to: date
    annual_rate: Decimal
    daily_rate: Decimal
    resolution: str
    source: str


async def rate_caps(scope: Scope, modality: str | None = None, *, tx: Tx | None = None) -> list[RateCapView]:
    """The agency's caps, or for a creditor those of its agencies: of one modality or all, newest first, at most 500.

    Raises: Forbidden.
    """
    scope.require(Permission.DEBT_READ)
    args = Args(modality, MAX_CAPS)
    own = "true" if scope.audience is Audience.CREDITOR else f"agency_id = {args.add(scope.agency)}"
    async with reading(scope, tx) as open_tx:
        rows = await open_tx.fetch(
            "SELECT id, agency_id, modality, valid_from, valid_to, annual_rate, daily_rate, resolution, source "  # noqa: S608
            f"FROM rate_cap WHERE {own} AND ($1::text IS NULL OR modality = $1) "
            "ORDER BY valid_from DESC, modality, agency_id LIMIT $2",
            *args.values,
        )
    return [RateCapView(**row) for row in rows]
