"""Which lines of the agency's own account are payments of what its statements invoice.

Only what is certain: the number of one statement in the words, and just the amount that is open on it, once. Everything
else is for a person (`remittanceInvoicePay`). Money that came into a trust account by mistake is one of these: it has
to be moved first.
"""

# ruff: noqa: S608 - what is put together here are expressions of the program; values are bound

from dataclasses import dataclass, replace
from uuid import UUID

from core.banking.book_transfer import reference_of
from core.banking.kinds import Rung
from core.banking.settle_entry import COLUMNS
from core.banking.words import TOKENS, compact
from core.kit.db import Row, Tx
from core.kit.errors import DomainError
from core.kit.money import Money
from core.remittance.pay_invoice import PayInvoice, pay
from core.remittance.reads import OPEN_INVOICES

# What comes from an account of the agency is no creditor's: most often what was swept.
_CAME = f"""
CREATE TEMP TABLE came ON COMMIT DROP AS
SELECT e.id, e.currency, e.amount_minor, e.booked_on, e.text, e.end_to_end_id, e.creditor_reference
FROM bank_entry e JOIN bank_account a ON a.agency_id = $1 AND a.id = e.account_id AND a.kind = 'OPERATING'
WHERE e.agency_id = $1 AND e.statement_id = $2 AND e.state = 'IGNORED' AND e.decided_by IS NULL AND e.attempt = 0
  AND e.direction = 'CREDIT' AND NOT e.reversal AND e.return_reason = ''
  AND NOT EXISTS (SELECT FROM bank_account o
    WHERE o.agency_id = $1 AND o.number = {compact("e.counterparty_account")})
"""
_INVOICES = f"""
CREATE TEMP TABLE invoice ON COMMIT DROP AS
SELECT s.id, s.currency, s.open_minor, s.issued_on, {compact("s.code || s.number")} AS number
FROM ({OPEN_INVOICES}) s
WHERE s.open_minor > 0 AND NOT EXISTS (SELECT FROM bank_entry b WHERE b.agency_id = $1 AND b.refund_id = s.id)
"""
_JUDGED = f"""
WITH named AS (
  SELECT DISTINCT w.id AS entry_id, i.id AS invoice_id, i.open_minor
  FROM came_word w JOIN invoice i ON i.number = w.compact JOIN came c ON c.id = w.id
  WHERE i.currency = c.currency AND i.issued_on <= c.booked_on
), found AS (
  SELECT n.entry_id, count(*) FILTER (WHERE n.open_minor = c.amount_minor) AS same,
    (min(n.invoice_id::text) FILTER (WHERE n.open_minor = c.amount_minor))::uuid AS invoice_id
  FROM named n JOIN came c ON c.id = n.entry_id GROUP BY n.entry_id
)
SELECT f.invoice_id, CASE
    WHEN f.same = 0 THEN 'names a statement, of whose invoice another amount is open'
    WHEN f.same > 1 THEN 'ambiguous: names ' || f.same || ' statements'
    WHEN (SELECT count(*) FROM found o WHERE o.invoice_id = f.invoice_id) > 1
      THEN 'ambiguous: two lines for one invoice'
    WHEN EXISTS (SELECT FROM remittance_order o WHERE o.agency_id = $1 AND o.statement_id = f.invoice_id
        AND o.kind = 'SWEEP' AND o.amount_minor = e.amount_minor)
      THEN 'ambiguous: as much was swept by the statement that it names'
  END AS doubt, {COLUMNS}
FROM found f JOIN bank_entry e ON e.agency_id = $1 AND e.id = f.entry_id
ORDER BY e.booked_on, e.id FOR NO KEY UPDATE OF e
"""
_PAID = """
UPDATE bank_entry SET state = 'MATCHED', refund_id = $3, rung = $4, match_reason = 'what a creditor paid of an invoice',
  decided_by = 'system:matching', decided_at = $5
WHERE agency_id = $1 AND id = $2
"""
_DOUBT = "UPDATE bank_entry SET match_reason = left($3, 300) WHERE agency_id = $1 AND id = $2"
_RELEASED = """
UPDATE bank_entry SET state = 'IGNORED', refund_id = NULL, rung = NULL, decided_by = $3, decided_at = $4,
  match_reason = $5, attempt = attempt + 1
WHERE agency_id = $1 AND id = $2
"""


@dataclass(frozen=True, slots=True)
class Invoices:
    """How many lines paid an invoice, and of how many that name one a person has to decide."""

    paid: int = 0
    doubtful: int = 0


async def match_invoices(tx: Tx, statement_id: UUID) -> Invoices:
    """Match and post, all in this transaction. The bank's word is enough, whoever imports it."""
    agency_id, paid, doubtful = tx.scope.agency, 0, 0
    await tx.execute(_CAME, agency_id, statement_id)
    if not await tx.fetchval("SELECT EXISTS (SELECT FROM came)"):
        return Invoices()
    await tx.execute(_INVOICES, agency_id)
    await tx.execute(TOKENS.format(made="came_word", source="came"))
    await tx.execute("ANALYZE came, invoice, came_word")
    for entry in await tx.fetch(_JUDGED, agency_id):
        doubt = entry["doubt"]
        if doubt is None:
            try:
                await pay(tx, _command(entry, entry["invoice_id"]))
            except DomainError as problem:
                doubt = f"{problem.code}: {problem.message}"
        if doubt is None:
            paid += 1
            await tx.execute(
                _PAID, agency_id, entry["id"], entry["invoice_id"], Rung.STATEMENT_NUMBER.value, tx.now
            )  # fmt: skip
        else:
            doubtful += 1
            await tx.execute(_DOUBT, agency_id, entry["id"], doubt)
    return Invoices(paid=paid, doubtful=doubtful)


async def release_invoice(tx: Tx, entry: Row, why: str) -> None:
    """A line, which the caller holds, was no payment of its invoice: as much is open on it again.

    Raises: Conflict (INVOICE_PAID: somebody has recorded already that it went back).
    """
    await pay(tx, replace(_command(entry, entry["refund_id"]), returned=True))
    await tx.execute(_RELEASED, tx.scope.agency, entry["id"], str(tx.scope.actor), tx.now, f"released: {why}"[:300])


def _command(entry: Row, statement_id: UUID) -> PayInvoice:
    return PayInvoice(
        statement_id=statement_id,
        amount=Money(entry["amount_minor"], entry["currency"]),
        paid_on=entry["booked_on"],
        reference=reference_of(entry),
        idempotency_key=f"bank:{entry['id']}:{entry['attempt']}",
    )
