"""Keep an amount that the lawyers of a case told of, once; decide whether it can be booked without a person."""

from uuid import UUID

from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.jobs import enqueue
from core.kit.money import Money
from core.legal.case import Case
from core.legal.kinds import EventKind, MoneyKind, MoneyState
from core.legal.record_event import RecordEvent, write_event
from core.legal.set_cost_terms import cost_terms_of
from recobro_sdk import CaseMoney

BOOK_JOB = "legal.money.book"
REMITTED_JOB = "banking.match_remittance"
"""Looks for the line of the bank that is a remittance (`channel`, `remittance`): a later area knows the bank."""
MAX_MINOR = 10**17
NEAR_DAYS = 45
"""Days between two tellings of one payment, at most: lawyers give the day on which the money had cleared."""
BY_TERMS = "as the mandate's terms say"
SIMILAR, UNKNOWN, DIFFERS = "PAYMENT_SIMILAR", "MONEY_UNKNOWN", "AMOUNT_DIFFERS"

_INSERT = """
INSERT INTO legal_money (agency_id, id, creditor_id, handoff_id, event_id, kind, currency, amount_minor, occurred_on,
  reference, of_reference, state, problem, told_at, decided_by, decided_at, decision_reason, remittance)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
"""
_REMITTANCE = "UPDATE legal_money SET remittance = $3 WHERE agency_id = $1 AND id = $2"
# What was booked from the same lawyers is another payment: they tell each under a reference of its own.
_SIMILAR = """
SELECT EXISTS (SELECT FROM payment p WHERE p.agency_id = $1 AND p.debt_id = $2 AND p.amount_minor = $3
  AND p.status <> 'REVERSED' AND p.paid_on BETWEEN $4::date - $5::int AND $4::date + $5::int
  AND NOT EXISTS (SELECT FROM legal_money m
    WHERE m.agency_id = $1 AND m.payment_id IN (p.id, p.replaces_id) AND m.kind IN ('RECEIVED', 'DIRECT')))
"""


async def write_money(tx: Tx, case: Case, money: CaseMoney) -> bool:
    """Keep it with an event of the case, in a transaction that holds the case; whether it was new. Where the mandate's
    terms say so, and nothing speaks against it, the job is asked for that books it; everything else waits for a person.

    Raises: InvalidInput (CURRENCY_MISMATCH, MONEY_AMOUNT, EVENT_DAY); Conflict (REFERENCE_REUSED, TOO_MANY_EVENTS).
    """
    kind, minor = MoneyKind[money.kind.name], money.amount.minor_units
    earlier = await money_of(tx, case.id, money.reference)
    if earlier is not None:
        _check_same(earlier, money)
        await _number(tx, case, earlier, money.remittance)
        return False
    _check_amount(case, money)
    event_id = await _event(tx, case, money)
    of = await money_of(tx, case.id, money.of) if money.of else None
    state, problem = await _first_state(tx, case, money, of)
    money_id, approved = new_id(), state is MoneyState.APPROVED
    await tx.execute(
        _INSERT, tx.scope.agency, money_id, case.creditor_id, case.id, event_id, kind.value,
        money.amount.currency, minor, money.on, money.reference, money.of, state.value, problem, tx.now,
        str(tx.scope.actor) if approved else None, tx.now if approved else None, BY_TERMS if approved else "",
        money.remittance,
    )  # fmt: skip
    data = {
        "debt_id": str(case.handoff["debt_id"]), "money_id": str(money_id), "kind": kind.value, "amount_minor": minor,
        "currency": money.amount.currency, "on": money.on.isoformat(), "state": state.value, "problem": problem,
    }  # fmt: skip
    await emit(tx, "legal.money_told", case.id, data, creditor_id=case.creditor_id)
    if approved:
        await enqueue(tx, BOOK_JOB, {"money_id": str(money_id)}, subject_id=money_id)
    return True


async def money_of(tx: Tx, handoff_id: UUID, reference: str) -> Row | None:
    """What a case's lawyers told under a reference."""
    return await tx.fetchrow(
        "SELECT * FROM legal_money WHERE agency_id = $1 AND handoff_id = $2 AND reference = $3",
        tx.scope.agency, handoff_id, reference,
    )  # fmt: skip


async def look_for_line(tx: Tx, channel: str, remittance: str) -> None:
    """Ask for a look at the bank, in the running transaction, where the money has a number to be found by."""
    if remittance:
        await enqueue(tx, REMITTED_JOB, {"channel": channel, "remittance": remittance})


async def _number(tx: Tx, case: Case, earlier: Row, remittance: str) -> None:
    """Lawyers hold money before they know what they pay it over with: the number that was told last counts."""
    if remittance in ("", earlier["remittance"]):
        return
    await tx.execute(_REMITTANCE, tx.scope.agency, earlier["id"], remittance)
    if earlier["state"] == MoneyState.BOOKED:
        await look_for_line(tx, case.handoff["channel"], remittance)


def doubt(kind: MoneyKind, minor: int, of: Row | None) -> str | None:
    """What speaks against booking what is of a payment: that is not booked, or it is of another amount."""
    wanted = (MoneyKind.RECEIVED,) if kind is MoneyKind.REMITTED else (MoneyKind.RECEIVED, MoneyKind.DIRECT)
    if of is None or of["kind"] not in wanted or of["state"] not in (MoneyState.APPROVED, MoneyState.BOOKED):
        return UNKNOWN
    return None if of["amount_minor"] == minor else DIFFERS


async def _event(tx: Tx, case: Case, money: CaseMoney) -> UUID:
    """The event that says so: what the channel told of it, in its own words, or else what is told here."""
    told: UUID | None = await tx.fetchval(
        "SELECT id FROM legal_event WHERE agency_id = $1 AND handoff_id = $2 AND reference = $3",
        tx.scope.agency, case.id, money.reference,
    )  # fmt: skip
    if told is not None:
        return told
    event = RecordEvent(
        handoff_id=case.id, kind=EventKind.OTHER, on=money.on, reference=money.reference, detail=_detail(money)
    )
    return (await write_event(tx, case, event)).event_id


async def _first_state(tx: Tx, case: Case, money: CaseMoney, of: Row | None) -> tuple[MoneyState, str | None]:
    """How it begins, and why it waits where the terms would have booked it."""
    kind, minor = MoneyKind[money.kind.name], money.amount.minor_units
    if kind in (MoneyKind.FEE, MoneyKind.COST):
        return MoneyState.NOTED, None
    if kind is MoneyKind.REVERSED and of is not None and of["state"] == MoneyState.NOTED:
        return MoneyState.NOTED, None
    if kind in (MoneyKind.REVERSED, MoneyKind.REMITTED):
        problem = doubt(kind, minor, of)
    else:
        near = await tx.fetchval(_SIMILAR, tx.scope.agency, case.handoff["debt_id"], minor, money.on, NEAR_DAYS)
        problem = SIMILAR if near else None
    # That something has arrived is seen at the bank, and by a person: the lawyers only say that they have sent it.
    by_terms = problem is None and kind is not MoneyKind.REMITTED
    if by_terms and (await cost_terms_of(tx, case.handoff["debt_id"])).books_money:
        return MoneyState.APPROVED, None
    return MoneyState.TOLD, problem


def _check_same(earlier: Row, money: CaseMoney) -> None:
    told = (money.kind.name, money.amount.minor_units, money.amount.currency, money.on, money.of)
    if tuple(earlier[name] for name in ("kind", "amount_minor", "currency", "occurred_on", "of_reference")) != told:
        raise Conflict(
            "This reference is of another amount of the case.", code="REFERENCE_REUSED", field="reference",
            remedy="The channel tells each amount under a reference of its own, and always the same.",
        )  # fmt: skip


def _check_amount(case: Case, money: CaseMoney) -> None:
    currency = case.debt["currency"]
    if money.amount.currency != currency:
        raise InvalidInput(
            f"The debt is in {currency}.", code="CURRENCY_MISMATCH", field="amount",
            remedy=f"Have the channel tell amounts in {currency}.",
        )  # fmt: skip
    if not 0 < money.amount.minor_units <= MAX_MINOR:
        raise InvalidInput(
            "This is no amount that can be booked.", code="MONEY_AMOUNT", field="amount", remedy="Ask the lawyers."
        )


def _detail(money: CaseMoney) -> str:
    amount = Money(money.amount.minor_units, money.amount.currency)
    return f"{money.kind.value} {amount.currency} {amount.decimal()}: {money.detail}".rstrip(": ")[:500]
