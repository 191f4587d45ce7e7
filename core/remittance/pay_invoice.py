"""Record that a creditor paid what a statement invoices, or got what it credits."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

import orjson

from core.commissions.assess_fees import lock_creditor
from core.debts.lock import require_text
from core.kit import clock, db
from core.kit.again import again
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.events import emit
from core.kit.idempotency import take_key
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.ledger.kinds import PostingKind
from core.permissions import Permission
from core.remittance.postings import invoice_legs
from core.remittance.reads import INVOICE_PAID
from core.remittance.rules import Invoice, invoice_of

OPERATION = "pay_invoice"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayInvoice:
    """`amount` above 0 moved on the legal day `paid_on` between the creditor and the agency's own account: to the
    agency for an invoice, to the creditor for a credit. `returned`: so much of what was paid before went back."""

    statement_id: UUID
    amount: Money
    paid_on: date
    reference: str
    idempotency_key: str
    returned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePaid:
    """`open` is what is still to be paid on the statement's number now, also for a replay; negative for a credit."""

    statement_id: UUID
    open: Money
    replayed: bool


@again
async def pay_invoice(scope: Scope, command: PayInvoice) -> InvoicePaid:
    """Post a payment on an invoice, once per idempotency key: what the creditor owes becomes less. It pays first what
    the agency had laid out, then commission and its tax. Nothing of the trust account moves.

    Raises: Forbidden; NotFound (statement); InvalidInput (INVOICE_AMOUNT, CURRENCY_MISMATCH, PAID_ON, INVALID_TEXT);
    Conflict (INVOICE_PAID: it is more than is open, or was paid; IDEMPOTENCY_KEY_REUSED).
    """
    scope.require(Permission.REMITTANCE_ISSUE)
    reference = require_text(command.reference, "reference", 120)
    key = require_text(command.idempotency_key, "idempotency_key")
    fingerprint = sha256(orjson.dumps(command, default=str)).hexdigest()
    async with db.transaction(scope) as tx:
        statement = await _hold(tx, command.statement_id)
        used = await take_key(tx, OPERATION, key, fingerprint, new_id())
        left = (
            await _open(tx, command, statement) if used is not None else await _pay(tx, command, statement, reference)
        )
    return InvoicePaid(statement_id=command.statement_id, open=left, replayed=used is not None)


async def pay(tx: Tx, command: PayInvoice) -> Money:
    """The same in a transaction, for those who may because the bank itself says so, and know by themselves that it is
    done once. Returns what is still open. What it raises, it raises before it has written anything."""
    reference = require_text(command.reference, "reference", 120)
    return await _pay(tx, command, await _hold(tx, command.statement_id), reference)


async def _hold(tx: Tx, statement_id: UUID) -> Row:
    """The statement, and its creditor until the transaction ends. Raises: NotFound."""
    statement = await tx.fetchrow(_STATEMENT, tx.scope.agency, statement_id)
    if statement is None:
        raise not_found("statement", "statement_id")
    await lock_creditor(tx, statement["creditor_id"])
    return statement


async def _open(tx: Tx, command: PayInvoice, statement: Row) -> Money:
    paid: int = await tx.fetchval(INVOICE_PAID, tx.scope.agency, command.statement_id)
    return Money(statement["invoiced_minor"] - paid, statement["currency"])


_STATEMENT = """
SELECT s.creditor_id, s.currency, s.number, s.invoiced_minor, (s.document::json -> 'charges')::jsonb AS charges,
  (s.issued_at AT TIME ZONE a.timezone)::date AS issued_on, a.timezone
FROM remittance_statement s JOIN agency a ON a.id = $1 WHERE s.agency_id = $1 AND s.id = $2
"""
_POST = """
INSERT INTO ledger_posting (agency_id, id, creditor_id, kind, debit, credit, currency, amount_minor, effective_on,
  recorded_at, source_id, actor, reason)
SELECT $1, recobro_uuid7(), $2, $3, m.debit, m.credit, $4, m.minor, $5, $6, $7, $8, $9
FROM unnest($10::text[], $11::text[], $12::bigint[]) AS m (debit, credit, minor)
"""


def _check(command: PayInvoice, statement: Row, invoice: Invoice, paid: int) -> None:
    currency, minor = statement["currency"], command.amount.minor_units
    if minor <= 0:
        raise InvalidInput(
            "A payment is of a positive amount.", code="INVOICE_AMOUNT", field="amount",
            remedy="Give an amount above zero; what went back is `returned`.",
        )  # fmt: skip
    if command.amount.currency != currency:
        raise InvalidInput(
            f"The statement is in {currency}.", code="CURRENCY_MISMATCH", field="amount",
            remedy=f"Give the amount in {currency}.",
        )  # fmt: skip
    today = clock.today(statement["timezone"])
    if not statement["issued_on"] <= command.paid_on <= today:
        raise InvalidInput(
            "The day is before the statement, or in the future.", code="PAID_ON", field="paid_on",
            remedy=f"Give a day from {statement['issued_on']} to {today}.",
        )  # fmt: skip
    most = abs(paid) if command.returned else abs(invoice.total - paid)
    if minor > most:
        what = "was paid on" if command.returned else "is open on"
        raise Conflict(
            f"{Money(most, currency).formatted()} {what} statement {statement['number']}.", code="INVOICE_PAID",
            field="amount", remedy="Give that much at most; the rest belongs to another statement, or to nobody yet.",
        )  # fmt: skip


async def _pay(tx: Tx, command: PayInvoice, statement: Row, reference: str) -> Money:
    """Check and post it; returns what is still open."""
    invoice = invoice_of(statement["invoiced_minor"], statement["charges"])
    paid: int = await tx.fetchval(INVOICE_PAID, tx.scope.agency, command.statement_id)
    _check(command, statement, invoice, paid)
    towards = (1 if invoice.total > 0 else -1) * (-1 if command.returned else 1)
    now = paid + towards * command.amount.minor_units
    legs = invoice_legs(invoice, paid, now)
    await tx.execute(
        _POST, tx.scope.agency, statement["creditor_id"], PostingKind.INVOICE_PAYMENT.value, statement["currency"],
        command.paid_on, tx.now, command.statement_id, str(tx.scope.actor), reference,
        [leg.debit.value for leg in legs], [leg.credit.value for leg in legs], [leg.minor for leg in legs],
    )  # fmt: skip
    data = {
        "number": statement["number"], "amount_minor": command.amount.minor_units, "currency": statement["currency"],
        "paid_on": command.paid_on.isoformat(), "returned": command.returned, "reference": reference,
        "open_minor": invoice.total - now,
    }  # fmt: skip
    await emit(tx, "statement.invoice_paid", command.statement_id, data, creditor_id=statement["creditor_id"])
    return Money(invoice.total - now, statement["currency"])
