"""Payments by page, of a debt or a creditor, one payment with its split, and what was paid too much. One statement
each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.debts.kinds import ComponentKind
from core.debts.reads import own, require_debt
from core.kit.db import Row, Tx
from core.kit.errors import InvalidInput, not_found
from core.kit.money import Money
from core.kit.pages import Args, Key, KeyType, Listing, Order, Page, PageRequest, fetch_once, fetch_page, reading
from core.kit.scope import Audience, Scope
from core.payments.kinds import PaymentMethod, PaymentStatus, ReceivedBy
from core.payments.rules import AllocatedPart
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """A payment with its stored split, by position of the components. `recorded_by` is None for a creditor."""

    id: UUID
    agency_id: UUID
    creditor_id: UUID
    debt_id: UUID
    amount: Money
    unapplied: Money
    paid_on: date
    method: PaymentMethod
    received_by: ReceivedBy
    reference: str
    status: PaymentStatus
    reversed_on: date | None
    reversal_reason: str | None
    recorded_by: str | None
    recorded_at: datetime
    allocations: tuple[AllocatedPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsQuery:
    """The payments of a creditor; what is left out narrows nothing. Both days are days of the payment, and count."""

    creditor_id: UUID
    since: date | None = None
    until: date | None = None
    status: PaymentStatus | None = None
    method: PaymentMethod | None = None
    received_by: ReceivedBy | None = None


def payments_listing(scope: Scope, query: PaymentsQuery) -> Listing:
    """Payments of all debts of a creditor, newest day first. A creditor's are those at all of its agencies.

    Raises: Forbidden; InvalidInput (PERIOD) where it ends before it begins.
    """
    scope.require(Permission.PAYMENT_READ)
    if query.since is not None and query.until is not None and query.until < query.since:
        raise InvalidInput(
            "A period does not end before it begins.", code="PERIOD", field="until", remedy="Give a later day."
        )
    args = Args()
    terms = [own(scope, args, "t"), f"t.creditor_id = {args.add(query.creditor_id)}"]
    for column, value in (("status", query.status), ("method", query.method), ("received_by", query.received_by)):
        if value is not None:
            terms.append(f"t.{column} = {args.add(value.value)}")
    if query.since is not None:
        terms.append(f"t.paid_on >= {args.add(query.since)}")
    if query.until is not None:
        terms.append(f"t.paid_on <= {args.add(query.until)}")
    return Listing(source="payment t", where=" AND ".join(terms), args=args, order=_BY_DAY)


async def surpluses(scope: Scope, debts: Sequence[UUID]) -> dict[UUID, Money]:
    """What was paid for these debts beyond what any component could take, and is still with the agency; cleared or not.
    Debts without any are left out. Raises: Forbidden."""
    return await _held(scope, debts, "UNAPPLIED", "credit")


async def refunds_owed(scope: Scope, debts: Sequence[UUID]) -> dict[UUID, Money]:
    """What debtors owe the agency itself for these debts: a surplus that was refunded, of a payment that then bounced.
    Debts without any are left out. Raises: Forbidden."""
    return await _held(scope, debts, "NSF_RECEIVABLE", "debit")


async def _held(scope: Scope, debts: Sequence[UUID], account: str, side: str) -> dict[UUID, Money]:
    """By debt what an account holds on a side, where it holds something."""
    scope.require(Permission.PAYMENT_READ)
    args = Args(debts, account)
    sql = _HELD.format(own=own(scope, args, "t"), side=side)
    rows = await fetch_once(scope, None, sql, *args.values)
    return {row["debt_id"]: Money(row["minor"], row["currency"]) for row in rows}


async def payments_of(scope: Scope, debt_id: UUID, page: PageRequest, *, tx: Tx | None = None) -> Page[PaymentView]:
    """The payments of a debt, newest day first. Agency and creditor scope.

    Raises: Forbidden; NotFound (debt); InvalidInput (page).
    """
    scope.require(Permission.PAYMENT_READ)
    args = Args(debt_id)
    async with reading(scope, tx) as open_tx:
        await require_debt(open_tx, debt_id)
        return await fetch_page(
            open_tx,
            select=_COLUMNS,
            source="payment p",
            where=f"p.debt_id = $1 AND {own(scope, args, 'p')}",
            args=args,
            order=_NEWEST,
            request=page,
            make=lambda row: _payment(scope, row),
        )


async def payment(scope: Scope, payment_id: UUID, *, tx: Tx | None = None) -> PaymentView:
    """One payment. Agency and creditor scope. Raises: Forbidden; NotFound."""
    scope.require(Permission.PAYMENT_READ)
    args = Args(payment_id)
    async with reading(scope, tx) as open_tx:
        sql = f"SELECT {_COLUMNS} FROM payment p WHERE p.id = $1 AND {own(scope, args, 'p')}"  # noqa: S608
        row = await open_tx.fetchrow(sql, *args.values)
    if row is None:
        raise not_found("payment", "payment_id")
    return _payment(scope, row)


_HELD = """
SELECT * FROM (
  SELECT t.debt_id, t.currency,
    sum(CASE t.{side} WHEN $2 THEN t.amount_minor ELSE -t.amount_minor END)::bigint AS minor
  FROM ledger_posting t WHERE t.debt_id = ANY ($1) AND {own} AND $2 IN (t.debit, t.credit) GROUP BY 1, 2
) AS s WHERE s.minor > 0
"""
_BY_DAY = Order("paid", (Key("t.paid_on", KeyType.DATE, descending=True), Key("t.id", KeyType.UUID, descending=True)))
_NEWEST = Order("newest", (Key("p.paid_on", KeyType.DATE, descending=True), Key("p.id", KeyType.UUID, descending=True)))

_COLUMNS = (
    "p.*, (SELECT jsonb_agg(jsonb_build_array(a.component_id, c.kind, a.amount_minor) ORDER BY c.position) "
    "FROM payment_allocation a JOIN debt_component c ON c.agency_id = a.agency_id AND c.id = a.component_id "
    "WHERE a.agency_id = p.agency_id AND a.payment_id = p.id) AS allocations"
)


def _payment(scope: Scope, row: Row) -> PaymentView:
    parts: list[list[Any]] = row["allocations"] or []
    return PaymentView(
        id=row["id"],
        agency_id=row["agency_id"],
        creditor_id=row["creditor_id"],
        debt_id=row["debt_id"],
        amount=Money(row["amount_minor"], row["currency"]),
        unapplied=Money(row["unapplied_minor"], row["currency"]),
        paid_on=row["paid_on"],
        method=PaymentMethod(row["method"]),
        received_by=ReceivedBy(row["received_by"]),
        reference=row["reference"],
        status=PaymentStatus(row["status"]),
        reversed_on=row["reversed_on"],
        reversal_reason=row["reversal_reason"],
        recorded_by=row["recorded_by"] if scope.audience is Audience.AGENCY else None,
        recorded_at=row["recorded_at"],
        allocations=tuple(AllocatedPart(UUID(id_), ComponentKind(kind), minor) for id_, kind, minor in parts),
    )
