"""Statements and orders as they stand. A creditor reads its own, and the orders that pay it."""

from collections.abc import Sequence
from uuid import UUID

from core.kit.db import Tx
from core.kit.errors import not_found
from core.kit.money import Money
from core.kit.pages import Args, Key, KeyType, Listing, Order, fetch_once, reading
from core.kit.scope import Scope
from core.mandates.reads import own
from core.permissions import Permission
from core.remittance.kinds import OrderKind

_NEWEST = Order("issued", (Key("t.issued_at", KeyType.INSTANT, descending=True), Key("t.id", KeyType.UUID)))
_NEWEST_VERSION = Order("version", (Key("t.version", KeyType.INT, descending=True), Key("t.id", KeyType.UUID)))
_ORDERED = Order("ordered", (Key("t.ordered_on", KeyType.DATE, descending=True), Key("t.id", KeyType.UUID)))


INVOICE_PAID = """
SELECT COALESCE(sum(CASE debit WHEN 'OPERATING_BANK' THEN amount_minor ELSE -amount_minor END), 0)::bigint
FROM ledger_posting WHERE agency_id = $1 AND source_id = $2 AND kind = 'INVOICE_PAYMENT'
"""
"""What is paid of the invoice of a statement (`$2`), less what went back; below 0 for what was paid of a credit."""

OPEN_INVOICES = """
SELECT s.id, c.code, s.number, s.currency, (s.issued_at AT TIME ZONE a.timezone)::date AS issued_on,
  s.invoiced_minor - COALESCE((
    SELECT sum(CASE p.debit WHEN 'OPERATING_BANK' THEN p.amount_minor ELSE -p.amount_minor END) FROM ledger_posting p
    WHERE p.agency_id = $1 AND p.source_id = s.id AND p.kind = 'INVOICE_PAYMENT'), 0)::bigint AS open_minor
FROM remittance_statement s JOIN agency a ON a.id = $1
JOIN creditor c ON c.agency_id = $1 AND c.id = s.creditor_id
WHERE s.agency_id = $1 AND s.invoiced_minor <> 0
"""
"""All statements of an agency that invoice or credit something, with their creditor's code, and what of it is open."""


def statements_listing(scope: Scope, creditor_id: UUID | None = None) -> Listing:
    """Statements, newest first, of one creditor or of all. Raises: Forbidden."""
    return _listing(scope, "remittance_statement t", _NEWEST, creditor_id=creditor_id)


def agreements_listing(scope: Scope, creditor_id: UUID) -> Listing:
    """How a creditor's periods are settled, the version that counts first. Raises: Forbidden."""
    return _listing(scope, "remittance_agreement t", _NEWEST_VERSION, creditor_id=creditor_id)


def orders_listing(scope: Scope, creditor_id: UUID | None = None) -> Listing:
    """Orders to banks, newest first. A creditor sees those that pay it. Raises: Forbidden."""
    kind = OrderKind.REMIT.value if scope.creditor_id is not None else None
    return _listing(scope, "remittance_order t", _ORDERED, creditor_id=creditor_id, kind=kind)


async def statement_document(scope: Scope, statement_id: UUID, *, tx: Tx | None = None) -> tuple[str, str]:
    """The document of a statement as it was issued, and its SHA-256. Raises: Forbidden; NotFound."""
    scope.require(Permission.REMITTANCE_READ)
    args = Args(statement_id)
    async with reading(scope, tx) as reader:
        row = await reader.fetchrow(
            f"SELECT document, sha256 FROM remittance_statement WHERE id = $1 AND {own(scope, args)}",  # noqa: S608
            *args.values,
        )
    if row is None:
        raise not_found("statement", "statement_id")
    return row["document"], row["sha256"]


async def open_invoices(scope: Scope, statements: Sequence[UUID]) -> dict[UUID, Money]:
    """What is still to be paid on the numbers of these statements, by their ids; below 0 for a credit. Those that the
    scope does not see are left out. Raises: Forbidden."""
    scope.require(Permission.REMITTANCE_READ)
    rows = await fetch_once(scope, None, _OPEN, statements)
    return {row["id"]: Money(row["open_minor"], row["currency"]) for row in rows}


_OPEN = """
SELECT s.id, s.currency, s.invoiced_minor - COALESCE(sum(
  CASE p.debit WHEN 'OPERATING_BANK' THEN p.amount_minor ELSE -p.amount_minor END), 0)::bigint AS open_minor
FROM remittance_statement s
LEFT JOIN ledger_posting p ON p.agency_id = s.agency_id AND p.source_id = s.id AND p.kind = 'INVOICE_PAYMENT'
WHERE s.id = ANY ($1) GROUP BY s.id, s.agency_id, s.currency, s.invoiced_minor
"""


def _listing(scope: Scope, source: str, order: Order, **equals: object) -> Listing:
    scope.require(Permission.REMITTANCE_READ)
    args = Args()
    conditions = [own(scope, args)]
    conditions += [f"{column} = {args.add(value)}" for column, value in equals.items() if value is not None]
    return Listing(source=source, where=" AND ".join(conditions), args=args, order=order)
