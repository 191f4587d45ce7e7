"""Bring the interest of one debt to a day, in the transaction of a use case that has locked the debt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.interest.accrue_sql import ACCRUE
from core.interest.book import read_book
from core.interest.payoff import receiver_of
from core.kit.db import Row, Tx
from core.kit.events import emit
from core.kit.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrued:
    """How the interest of a debt stands after accrual, in minor units of the debt's currency.

    `posted_minor` is what was posted now. `accrued_to` is before the day asked for where a cap is not certified yet
    (nothing is posted for such days), and after it where interest was posted beyond it already: of the component
    `component_id`, `later_minor` was then not owed yet on that day, and a payment of that day does not pay it.
    """

    accrued_to: date
    posted_minor: int
    component_id: UUID | None
    later_minor: int


async def accrue_interest(tx: Tx, debt_id: UUID, day: date) -> Accrued | None:
    """Post the interest of a debt to a day (at most today in the mandate's zone); None where it bears none.

    What changed late in its history is corrected first. The caller holds the debt (core/debts/lock.py), and reads its
    components after this. A payment that comes late calls `reaccrue` when it is written.
    Raises: NotFound (debt); LimitExceeded (INTEREST_HISTORY).
    """
    if await _state(tx, debt_id) is None:
        return None
    run_id = new_id()
    posted = await post(tx, [debt_id], day, run_id, correct=True)
    posted += await post(tx, [debt_id], day, run_id, correct=False)
    state = await _state(tx, debt_id)
    assert state is not None
    found = Accrued(accrued_to=state["accrued_to"], posted_minor=posted, component_id=None, later_minor=0)
    if posted:
        await _tell(tx, "interest.accrued", state, run_id, {"minor": posted, "accrued_to": str(found.accrued_to)})
    if day >= found.accrued_to:
        return found
    book = await read_book(tx, debt_id)
    component_id = receiver_of(book)
    owed = next((part.open_minor for part in book.parts if part.id == component_id), 0)
    later = state["posted_minor"] - book.minor_of(book.accrued_on(day))
    return Accrued(
        accrued_to=found.accrued_to,
        posted_minor=posted,
        component_id=component_id,
        later_minor=max(0, min(owed, later)),
    )


async def reaccrue(tx: Tx, debt_id: UUID, from_day: date, cause: str) -> int:
    """Compute the posted interest of a debt again, after its history changed from `from_day` on, and post the
    difference as one movement that names the days and the cause; returns it in minor units.

    Where interest was too high and is paid already, the difference pays what the debtor owes next, in the order of the
    mandate; where that pays all, the debt is closed as PAID. The caller holds the debt. Does nothing for days that
    nothing was posted for yet.
    """
    changed = await tx.fetchval(
        "UPDATE debt_interest SET stale = true WHERE agency_id = $1 AND debt_id = $2 AND accrued_to > $3 RETURNING id",
        tx.scope.agency, debt_id, from_day,
    )  # fmt: skip
    if changed is None:
        return 0
    run_id = new_id()
    posted = await post(tx, [debt_id], from_day, run_id, correct=True, cause=cause, about=from_day)
    state = await _state(tx, debt_id)
    assert state is not None
    if posted:
        data = {"minor": posted, "from": str(from_day), "to": str(state["accrued_to"]), "cause": cause}
        await _tell(tx, "interest.corrected", state, run_id, data)
    return posted


async def post(
    tx: Tx,
    debt_ids: list[UUID],
    day: date,
    run_id: UUID,
    *,
    correct: bool,
    cause: str | None = None,
    about: date | None = None,
) -> int:
    """One pass over locked debts; returns by how many minor units they owe more, whatever their currencies."""
    rows = await passed(tx, debt_ids, day, run_id, correct=correct, cause=cause, about=about)
    return sum(row["minor"] for row in rows)


async def passed(
    tx: Tx,
    debt_ids: list[UUID],
    day: date,
    run_id: UUID,
    *,
    correct: bool,
    cause: str | None = None,
    about: date | None = None,
) -> list[Row]:
    """The same; returns the rows of `ACCRUE`."""
    return await tx.fetch(
        ACCRUE, tx.scope.agency, debt_ids, day, tx.now, correct, str(tx.scope.actor), run_id,
        cause or ("its history changed late" if correct else None), about,
    )  # fmt: skip


async def _state(tx: Tx, debt_id: UUID) -> Row | None:
    return await tx.fetchrow(
        "SELECT debt_id, creditor_id, accrued_to, posted_minor FROM debt_interest "
        "WHERE agency_id = $1 AND debt_id = $2",
        tx.scope.agency, debt_id,
    )  # fmt: skip


async def _tell(tx: Tx, name: str, state: Row, run_id: UUID, data: Mapping[str, object]) -> None:
    await emit(tx, name, state["debt_id"], {"run_id": str(run_id), **data}, creditor_id=state["creditor_id"])
