"""Everything that the interest of one debt depends on, read in one statement."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.debts.kinds import ComponentKind, DebtStatus
from core.debts.reads import own
from core.interest.rates import minor_of
from core.interest.rules import Cap, CapMissing, DatedTerms, History, Moved, Pause, accrued_on
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, LimitExceeded, not_found
from core.kit.money import Rounding
from core.kit.pages import Args
from core.mandates.interest import check_interest

MAX_DAYS_MOVED = 5_000
"""Changes of one component on one day count as one; more of these than any debt of a person comes to."""


@dataclass(frozen=True, slots=True)
class Part:
    """One component, with what is owed of it, or was written off, as `open_minor`."""

    id: UUID
    kind: ComponentKind
    due_on: date | None
    open_minor: int


@dataclass(frozen=True, slots=True)
class Change:
    """What changed on one component on one legal day; `interest`: it was posted by accrual."""

    component_id: UUID
    kind: ComponentKind
    day: date
    interest: bool
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A debt as interest sees it. `receives` is None where it bears none, and then there is no history."""

    debt_id: UUID
    creditor_id: UUID
    currency: str
    reference: str
    debtor_name: str
    creditor_name: str
    timezone: str
    closed_on: date | None
    receives: ComponentKind | None
    accrues_from: date | None
    accrued_to: date | None
    posted_minor: int
    rounding: Rounding
    rounding_unit_minor: int
    parts: tuple[Part, ...]
    changes: tuple[Change, ...]
    history: History

    def balance_on(self, component_id: UUID, day: date) -> int:
        """What the journal says that the component owed at the end of a day."""
        return sum(c.minor for c in self.changes if c.component_id == component_id and c.day <= day)

    def posted_on(self, day: date) -> int:
        """The interest that accrual had posted by the end of a day, corrections included."""
        return sum(c.minor for c in self.changes if c.interest and c.day <= day)

    def accrued_on(self, day: date) -> Decimal:
        """The exact interest to the end of a day, or to that on which the debt was closed.

        Raises: Conflict (RATE_CAP_MISSING).
        """
        try:
            return accrued_on(self.history, self.until(day))
        except CapMissing as missing:
            raise no_cap(missing) from missing

    def minor_of(self, exact: Decimal) -> int:
        """What is posted of an exact sum, rounded as the mandate of the debt does."""
        return minor_of(exact, self.rounding, self.rounding_unit_minor)

    def until(self, day: date) -> date:
        return day if self.closed_on is None else min(day, self.closed_on)


async def read_book(tx: Tx, debt_id: UUID) -> Book:
    """Raises: NotFound (debt); LimitExceeded (INTEREST_HISTORY)."""
    args = Args(debt_id, MAX_DAYS_MOVED + 1)
    row = await tx.fetchrow(_BOOK.format(own=own(tx.scope, args)), *args.values)
    if row is None:
        raise not_found("debt", "debt_id")
    changes: list[list[Any]] = row["changes"] or []
    if len(changes) > MAX_DAYS_MOVED:
        raise LimitExceeded(
            f"The debt has moved on more than {MAX_DAYS_MOVED} days.", code="INTEREST_HISTORY", field="debt_id",
            remedy="Take its balance history, page by page.",
        )  # fmt: skip
    return _book(row, changes)


def no_cap(missing: CapMissing) -> Conflict:
    return Conflict(
        f"No rate cap of {missing.modality} is known for {missing.day}.", code="RATE_CAP_MISSING", field="on",
        remedy="Save the cap that was certified for that day.",
    )  # fmt: skip


# jsonb would make floats of rates: they go as text. What was placed is owed since the debt was opened, also where the
# agency learnt of it later (debts/reads.py).
_BOOK = """
SELECT d.id, d.creditor_id, d.currency, d.reference, d.debtor_name, d.status, d.closed_on, k.name AS creditor_name,
  m.timezone, i.receives, i.accrues_from, i.accrued_to, COALESCE(i.posted_minor, 0) AS posted_minor,
  COALESCE(i.rounding, m.rounding) AS rounding,
  COALESCE(i.rounding_unit_minor, m.rounding_unit_minor) AS rounding_unit_minor,
  (SELECT jsonb_agg(jsonb_build_array(c.id, c.kind, c.due_on, c.balance_minor + c.written_off_minor)
                    ORDER BY c.position)
   FROM debt_component c WHERE c.agency_id = d.agency_id AND c.debt_id = d.id) AS parts,
  (SELECT jsonb_agg(jsonb_build_array(t.valid_from, t.method, t.annual_rate::text, t.day_count, t.modality, t.base,
                                      t.overdue_only) ORDER BY t.valid_from)
   FROM debt_interest_terms t WHERE t.agency_id = d.agency_id AND t.debt_id = d.id) AS terms,
  (SELECT jsonb_agg(jsonb_build_array(r.modality, r.valid_from, r.valid_to, r.annual_rate::text, r.resolution)
                    ORDER BY r.modality, r.valid_from)
   FROM rate_cap r WHERE r.agency_id = d.agency_id AND r.modality IN (
     SELECT t.modality FROM debt_interest_terms t WHERE t.agency_id = d.agency_id AND t.debt_id = d.id)) AS caps,
  (SELECT jsonb_agg(jsonb_build_array(p.first_on, p.last_on, p.reason) ORDER BY p.first_on, p.id)
   FROM interest_pause p WHERE p.agency_id = d.agency_id AND p.debt_id = d.id) AS pauses,
  (SELECT jsonb_agg(jsonb_build_array(x.component_id, x.day, x.interest, x.minor) ORDER BY x.day) FROM (
     SELECT v.component_id, e.day, v.kind IN ('INTEREST', 'INTEREST_CORRECTION') AS interest,
       sum(v.delta_minor)::bigint AS minor
     FROM debt_movement v CROSS JOIN LATERAL (
       SELECT CASE WHEN v.kind = 'PLACEMENT' THEN LEAST(v.effective_on, d.opened_on) ELSE v.effective_on END AS day) e
     WHERE v.agency_id = d.agency_id AND v.debt_id = d.id GROUP BY 1, 2, 3 LIMIT $2) x) AS changes
FROM debt d
JOIN creditor k ON k.agency_id = d.agency_id AND k.id = d.creditor_id
JOIN mandate m ON m.agency_id = d.agency_id AND m.id = d.mandate_id
LEFT JOIN debt_interest i ON i.agency_id = d.agency_id AND i.debt_id = d.id
WHERE d.id = $1 AND {own}
"""


def _book(row: Row, changes: list[list[Any]]) -> Book:
    parts = tuple(
        Part(UUID(part_id), ComponentKind(kind), _day(due_on), minor)
        for part_id, kind, due_on, minor in row["parts"] or ()
    )
    by_id = {part.id: part for part in parts}
    moved = tuple(
        Change(UUID(part_id), by_id[UUID(part_id)].kind, date.fromisoformat(day), interest, minor)
        for part_id, day, interest, minor in changes
    )
    receives = ComponentKind(row["receives"]) if row["receives"] else None
    return Book(
        debt_id=row["id"],
        creditor_id=row["creditor_id"],
        currency=row["currency"],
        reference=row["reference"],
        debtor_name=row["debtor_name"],
        creditor_name=row["creditor_name"],
        timezone=row["timezone"],
        closed_on=row["closed_on"] if row["status"] == DebtStatus.CLOSED else None,
        receives=receives,
        accrues_from=row["accrues_from"],
        accrued_to=row["accrued_to"],
        posted_minor=row["posted_minor"],
        rounding=Rounding(row["rounding"]),
        rounding_unit_minor=row["rounding_unit_minor"],
        parts=parts,
        changes=moved,
        history=_history(row, receives, moved, by_id),
    )


def _history(row: Row, receives: ComponentKind | None, moved: tuple[Change, ...], parts: dict[UUID, Part]) -> History:
    names = ("method", "annual_rate", "day_count", "modality", "base", "overdue_only")
    terms = [
        DatedTerms(
            date.fromisoformat(since),
            check_interest({**dict(zip(names, values, strict=True)), "receives": receives or ""}),
        )
        for since, *values in row["terms"] or ()
    ]
    caps = [
        Cap(modality, date.fromisoformat(first), date.fromisoformat(last), Decimal(rate), resolution)
        for modality, first, last, rate, resolution in row["caps"] or ()
    ]
    pauses = [Pause(date.fromisoformat(first), _day(last), reason) for first, last, reason in row["pauses"] or ()]
    moves = [Moved(c.day, c.kind, parts[c.component_id].due_on, c.minor, c.interest) for c in moved]
    return History(terms, caps, pauses, moves)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
