"""Have an amount booked that the lawyers of a case told of, or dismiss it."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from core.debts.lock import require_text
from core.kit import db
from core.kit.again import again
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, not_found
from core.kit.events import emit
from core.kit.jobs import enqueue
from core.kit.scope import Scope
from core.legal.book_money import acting, book, unknown
from core.legal.case import Case, lock_case
from core.legal.kinds import MoneyKind, MoneyState
from core.legal.take_money import BOOK_JOB, UNKNOWN, doubt, money_of
from core.permissions import Permission

AFTER = timedelta(minutes=2)
"""When the job books what somebody approved who died before it was booked."""
_DECIDE = """
UPDATE legal_money SET state = $3, decided_by = $4, decided_at = $5, decision_reason = $6, problem = NULL
WHERE agency_id = $1 AND id = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideMoney:
    """`booked` false dismisses it: it was recorded in another way, or never happened."""

    money_id: UUID
    booked: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyDecided:
    """`payment_id` is the payment that was recorded, reversed, or has arrived."""

    money_id: UUID
    state: MoneyState
    payment_id: UUID | None
    replayed: bool


async def decide_money(scope: Scope, command: DecideMoney) -> MoneyDecided:
    """Decide on told money once, as a person of the agency. What lawyers received becomes a PENDING payment, until they
    remit it; less than all of it may arrive where they kept a fee: the agency then makes the trust account whole, and
    asks the creditor for the rest as a cost.

    Raises: Forbidden; NotFound (money); InvalidInput (INVALID_TEXT); Conflict (MONEY_DECIDED, MONEY_UNKNOWN,
    AMOUNT_DIFFERS for a reversal or what is more than was held); what `record_payment` and `reverse_payment` refuse:
    it waits again then.
    """
    scope.require(Permission.PAYMENT_RECORD)
    reason = require_text(command.reason, "reason")
    replayed = await _decide(scope, command, reason)
    payment_id = await book(acting(scope), command.money_id) if command.booked else None
    # None where somebody else was refused at the same moment: it waits again.
    booked = MoneyState.BOOKED if payment_id is not None else MoneyState.TOLD
    state = booked if command.booked else MoneyState.DISMISSED
    return MoneyDecided(money_id=command.money_id, state=state, payment_id=payment_id, replayed=replayed)


@again
async def _decide(scope: Scope, command: DecideMoney, reason: str) -> bool:
    """Whether it was decided so before."""
    async with db.transaction(scope) as tx:
        handoff_id = await tx.fetchval(
            "SELECT handoff_id FROM legal_money WHERE agency_id = $1 AND id = $2", scope.agency, command.money_id
        )
        if handoff_id is None:
            raise not_found("money", "money_id")
        case = await lock_case(tx, handoff_id)
        row = await tx.fetchrow(
            "SELECT * FROM legal_money WHERE agency_id = $1 AND id = $2", scope.agency, command.money_id
        )
        assert row is not None
        if row["kind"] == MoneyKind.REVERSED and command.booked:
            scope.require(Permission.PAYMENT_REVERSE)
        if row["state"] != MoneyState.TOLD:
            return _replays(row, command)
        if command.booked:
            await _check_of(tx, case, row)
        await _write(tx, case, row, command, reason)
    return False


def _replays(row: Row, command: DecideMoney) -> bool:
    decided = (MoneyState.APPROVED, MoneyState.BOOKED) if command.booked else (MoneyState.DISMISSED,)
    if row["state"] in decided:
        return True
    raise Conflict(
        f"Nothing is to be decided here any more ({row['state']}).", code="MONEY_DECIDED", field="money_id",
        remedy="What was booked is taken back by reversing the payment; what was dismissed is recorded as a payment.",
    )  # fmt: skip


async def _check_of(tx: Tx, case: Case, row: Row) -> None:
    """A person may know what the terms do not: not that a payment exists which nobody booked."""
    kind = MoneyKind(row["kind"])
    if kind not in (MoneyKind.REVERSED, MoneyKind.REMITTED):
        return
    of = await money_of(tx, case.id, row["of_reference"])
    problem = doubt(kind, row["amount_minor"], of)
    if problem == UNKNOWN or of is None:
        raise unknown()
    if problem is not None and (kind is MoneyKind.REVERSED or row["amount_minor"] > of["amount_minor"]):
        raise Conflict(
            "This is not the amount of the payment that it is of.", code=problem, field="money_id",
            remedy="Ask the lawyers; a payment is reversed whole, so reverse it and record what is left.",
        )  # fmt: skip


async def _write(tx: Tx, case: Case, row: Row, command: DecideMoney, reason: str) -> None:
    state = MoneyState.APPROVED if command.booked else MoneyState.DISMISSED
    await tx.execute(_DECIDE, tx.scope.agency, row["id"], state.value, str(tx.scope.actor), tx.now, reason)
    if command.booked:
        await enqueue(tx, BOOK_JOB, {"money_id": str(row["id"])}, subject_id=row["id"], after=AFTER)
        return
    data = {
        "debt_id": str(case.handoff["debt_id"]), "money_id": str(row["id"]), "kind": row["kind"],
        "amount_minor": row["amount_minor"], "currency": row["currency"], "reason": reason,
    }  # fmt: skip
    await emit(tx, "legal.money_dismissed", case.id, data, creditor_id=case.creditor_id)
