"""Settle a period with a creditor: the statement, what it moves in the ledger, and the orders to the banks."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from core.commissions.assess_fees import assess
from core.kit import clock, db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.money import Money, exponent
from core.kit.scope import Scope
from core.ledger.balances import available_minor
from core.ledger.kinds import Account
from core.permissions import Permission
from core.remittance.agree import terms_of
from core.remittance.document import canonical, document
from core.remittance.kinds import OrderKind
from core.remittance.lines import Totals, read_lines, state
from core.remittance.postings import movements, orders
from core.remittance.rules import Carried, Charge, Period, Settlement, carried_of, settle


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueStatement:
    """The period goes on from the day after the last statement to `last_on`, a legal day in the agency's zone;
    the first statement's begins on `first_on`, or else with the month of its last day."""

    creditor_id: UUID
    currency: str
    last_on: date
    first_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementIssued:
    """`carried` is what the creditor still owes out of it, 0 or below."""

    statement_id: UUID
    number: int
    sha256: str
    remitted: Money
    invoiced: Money
    carried: Money


async def issue_statement(scope: Scope, command: IssueStatement) -> StatementIssued:
    """Charge what was not charged yet, state everything that was not stated yet, and settle it by the terms.

    Money counts when it has cleared. What bounces later is a line of the next statement; an issued one is never
    changed. Where nothing happened and nothing is open, there is no statement.

    Raises: Forbidden; NotFound (creditor); InvalidInput (UNKNOWN_CURRENCY, PERIOD); Conflict (PERIOD_STATED,
    NOTHING_TO_STATE); LimitExceeded (STATEMENT_TOO_LARGE).
    """
    scope.require(Permission.REMITTANCE_ISSUE)
    async with db.transaction(scope) as tx:
        return await issue(tx, command, new_id())


async def issue(tx: Tx, command: IssueStatement, statement_id: UUID) -> StatementIssued:
    """As `issue_statement`, in the caller's transaction, under an id that the caller has given away already.

    Raises: the same, but Forbidden.
    """
    exponent(command.currency)
    await assess(tx, command.creditor_id, command.last_on)
    heading, last = await _heading(tx, command)
    await _prepare(tx, command, heading["first_on"])
    opening = carried_of(last["carried"]) if last is not None else Carried()
    # Held before it is counted: what bounces from here on is not in this statement, nor is its money gone yet.
    await available_minor(tx, Account.CLIENT, command.creditor_id, command.currency)
    totals = await state(tx, statement_id, command.creditor_id, command.currency, command.last_on)
    if not totals.lines and opening == Carried():
        raise Conflict(
            "Nothing has happened since the last statement.", code="NOTHING_TO_STATE", field="last_on",
            remedy="Issue the next one when there is something in it.",
        )  # fmt: skip
    terms = await terms_of(tx, command.creditor_id)
    advances = await available_minor(tx, Account.COURT_COST_ADVANCE, command.creditor_id, command.currency)
    settled = settle(_period(totals, opening, advances), terms)
    said = document(heading, terms, totals, settled, opening.total, await read_lines(tx, statement_id))
    text, digest = canonical(said)
    await _write(tx, statement_id, heading, totals, settled, opening, text, digest)
    await _post(tx, statement_id, command, heading["issued_on"], settled)
    await _tell(tx, statement_id, command, heading["number"], digest, settled)
    return StatementIssued(
        statement_id=statement_id,
        number=heading["number"],
        sha256=digest,
        remitted=Money(settled.remitted, command.currency),
        invoiced=Money(settled.invoice, command.currency),
        carried=Money(settled.carried.total, command.currency),
    )


_MANY = 2_000
"""How many fee lines make a period a large one."""


async def _prepare(tx: Tx, command: IssueStatement, first_on: date) -> None:
    """No statistics know yet of what was just written. Without them PostgreSQL takes every table for nearly empty, and
    goes through all of one for each row of another; which of a small period nobody notices."""
    lines: int = await tx.fetchval(
        "SELECT count(*) FROM (SELECT FROM fee_line WHERE agency_id = $1 AND creditor_id = $2 AND assessed_on >= $3 "
        "LIMIT $4) AS f",
        tx.scope.agency, command.creditor_id, first_on, _MANY,
    )  # fmt: skip
    if lines == _MANY:
        await tx.execute("SET LOCAL enable_nestloop = off")


async def _heading(tx: Tx, command: IssueStatement) -> tuple[dict[str, Any], Row | None]:
    """What stands at the top of the document, and the statement before this one."""
    row = await tx.fetchrow(
        "SELECT a.name AS agency, a.tax_id AS agency_tax_id, a.timezone, c.name, c.code, c.tax_id "
        "FROM agency a, creditor c WHERE a.id = $1 AND c.agency_id = $1 AND c.id = $2",
        tx.scope.agency, command.creditor_id,
    )  # fmt: skip
    assert row is not None
    last = await tx.fetchrow(
        "SELECT number, last_on, sha256, carried FROM remittance_statement WHERE agency_id = $1 AND creditor_id = $2 "
        "AND currency = $3 ORDER BY number DESC LIMIT 1",
        tx.scope.agency, command.creditor_id, command.currency,
    )  # fmt: skip
    today = clock.today(row["timezone"])
    begins = command.first_on or clock.month_start(command.last_on)
    first_on = begins if last is None else last["last_on"] + timedelta(days=1)
    if last is not None and command.last_on <= last["last_on"]:
        raise Conflict(
            "This period is stated already.", code="PERIOD_STATED", field="last_on",
            remedy=f"Give a day after {last['last_on']}.",
        )  # fmt: skip
    if not first_on <= command.last_on <= today or command.first_on not in (None, first_on):
        raise InvalidInput(
            "A period goes on from the one before, and ends today at the latest.", code="PERIOD", field="last_on",
            remedy=f"Give a last day from {first_on} to {today}, and no other first day.",
        )  # fmt: skip
    heading = {
        "number": 1 if last is None else last["number"] + 1,
        "previous_sha256": None if last is None else last["sha256"],
        "agency": {"name": row["agency"], "tax_id": row["agency_tax_id"]},
        "creditor": {"name": row["name"], "code": row["code"], "tax_id": row["tax_id"], "id": command.creditor_id},
        "currency": command.currency,
        "first_on": first_on,
        "last_on": command.last_on,
        "issued_on": today,
    }
    return heading, last


def _period(totals: Totals, opening: Carried, advances: int) -> Period:
    charges = {
        Charge.RECEIVED: totals.fee_received + totals.tax_received,
        Charge.DIRECT: totals.fee_direct + totals.tax_direct,
        Charge.COSTS: totals.costs,
    }
    return Period(
        received=totals.received, adjustments=totals.adjustments, laid_out=totals.laid_out, charges=charges,
        advances=advances, opening=opening,
    )  # fmt: skip


async def _write(
    tx: Tx, statement_id: UUID, heading: dict[str, Any], totals: Totals, settled: Settlement, opening: Carried,
    text: str, digest: str,
) -> None:  # fmt: skip
    values: dict[str, Any] = {
        "agency_id": tx.scope.agency, "id": statement_id, "creditor_id": heading["creditor"]["id"],
        "currency": heading["currency"], "number": heading["number"], "first_on": heading["first_on"],
        "last_on": heading["last_on"], "received_minor": totals.received, "direct_minor": totals.paid_direct,
        "fee_received_minor": totals.fee_received, "fee_direct_minor": totals.fee_direct,
        "tax_minor": totals.tax_received + totals.tax_direct, "cost_minor": totals.costs,
        "adjustment_minor": totals.adjustments, "opening_minor": opening.total,
        "withheld_minor": sum(settled.withheld.values()), "advance_minor": sum(settled.advances.values()),
        "credited_minor": sum(settled.credited.values()), "invoiced_minor": settled.invoice,
        "remitted_minor": settled.remitted, "carried_minor": settled.carried.total,
        "carried": settled.carried.to_json(), "document": text, "sha256": digest,
        "issued_by": str(tx.scope.actor), "issued_at": tx.now,
    }  # fmt: skip
    places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    await tx.execute(
        f"INSERT INTO remittance_statement ({', '.join(values)}) VALUES ({places})",  # noqa: S608 - our own columns
        *values.values(),
    )


_POST = """
WITH posted AS (
  INSERT INTO ledger_posting (agency_id, id, creditor_id, kind, debit, credit, currency, amount_minor, effective_on,
    recorded_at, source_id, actor)
  SELECT $1, recobro_uuid7(), $2, m.kind, m.debit, m.credit, $3, m.minor, $4, $5, $6, $7
  FROM unnest($8::text[], $9::text[], $10::text[], $11::bigint[]) AS m (kind, debit, credit, minor)
)
INSERT INTO remittance_order (agency_id, id, creditor_id, statement_id, kind, currency, amount_minor, ordered_on)
SELECT $1, recobro_uuid7(), $2, $6, o.kind, $3, o.minor, $4 FROM unnest($12::text[], $13::bigint[]) AS o (kind, minor)
"""


async def _post(tx: Tx, statement_id: UUID, command: IssueStatement, today: date, settled: Settlement) -> None:
    """The books move with the statement: what is ordered has left the trust account, and nobody can take it again."""
    moved, ordered = movements(settled), orders(settled)
    await tx.execute(
        _POST, tx.scope.agency, command.creditor_id, command.currency, today, tx.now, statement_id,
        str(tx.scope.actor), [kind.value for kind, _ in moved], [leg.debit.value for _, leg in moved],
        [leg.credit.value for _, leg in moved], [leg.minor for _, leg in moved],
        [kind.value for kind in ordered], list(ordered.values()),
    )  # fmt: skip


async def _tell(
    tx: Tx, statement_id: UUID, command: IssueStatement, number: int, digest: str, settled: Settlement
) -> None:
    data = {
        "number": number, "currency": command.currency, "last_on": command.last_on.isoformat(), "sha256": digest,
        "remitted_minor": settled.remitted, "invoiced_minor": settled.invoice, "carried_minor": settled.carried.total,
        "ordered": {kind.value: minor for kind, minor in orders(settled).items() if kind is OrderKind.REMIT},
    }  # fmt: skip
    await emit(tx, "statement.issued", statement_id, data, creditor_id=command.creditor_id)
