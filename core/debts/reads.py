"""Debt 360: one debt with its components, its balance history, and its debtor. One statement each."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.debts.kinds import ClosedReason, ComponentKind, DebtStatus, MovementKind, Stage
from core.debts.rules import DEFAULT_BOUNDS, bucket_for, days_past_due
from core.kit import clock
from core.kit.db import Row, Tx
from core.kit.errors import not_found
from core.kit.money import Money
from core.kit.pages import Args, Key, KeyType, Order, Page, PageRequest, fetch_page, reading
from core.kit.scope import Audience, Scope
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    id: UUID
    position: int
    kind: ComponentKind
    due_on: date | None
    placed: Money
    balance: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtView:
    """A debt as it stands. `days_past_due` and `bucket` (of the mandate's bounds) count to today in the mandate's zone.

    `party_id` and `assigned_to` are None for a creditor: it sees the debtor as it placed it.
    """

    id: UUID
    agency_id: UUID
    creditor_id: UUID
    creditor_name: str
    mandate_id: UUID
    mandate_name: str
    timezone: str
    portfolio_id: UUID
    portfolio_name: str
    party_id: UUID | None
    reference: str
    product: str
    currency: str
    stage: Stage
    status: DebtStatus
    closed_reason: ClosedReason | None
    closed_on: date | None
    debtor_name: str
    debtor_document: str
    opened_on: date
    placed_on: date
    due_on: date | None
    days_past_due: int
    bucket: str
    placed: Money
    balance: Money
    recovered: Money
    last_payment_on: date | None
    disputed: bool
    assigned_to: UUID | None
    attributes: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One change of one component's balance. `source_id` is the payment, the batch or the adjustment behind it;
    `actor` is None for a creditor."""

    id: UUID
    component_id: UUID
    component_kind: ComponentKind
    kind: MovementKind
    effective_on: date
    recorded_at: datetime
    delta: Money
    source_id: UUID
    actor: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentBalance:
    component_id: UUID
    kind: ComponentKind
    due_on: date | None
    balance: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceAsOf:
    """The balance at the end of a day, from the movements. Before the debt was opened it is 0."""

    debt_id: UUID
    day: date
    balance: Money
    components: tuple[ComponentBalance, ...]


async def debt(scope: Scope, debt_id: UUID, *, tx: Tx | None = None) -> DebtView:
    """One debt with its components. Agency and creditor scope. Raises: Forbidden; NotFound."""
    scope.require(Permission.DEBT_READ)
    args = Args(debt_id)
    async with reading(scope, tx) as open_tx:
        row = await open_tx.fetchrow(f"{_DEBT} WHERE d.id = $1 AND {own(scope, args)}", *args.values)
    if row is None:
        raise not_found("debt", "debt_id")
    return _debt(scope, row)


async def movements(scope: Scope, debt_id: UUID, page: PageRequest, *, tx: Tx | None = None) -> Page[Movement]:
    """The balance history of a debt, newest legal day first. Agency and creditor scope.

    Raises: Forbidden; NotFound (debt); InvalidInput (page).
    """
    scope.require(Permission.DEBT_READ)
    args = Args(debt_id)
    async with reading(scope, tx) as open_tx:
        await require_debt(open_tx, debt_id)
        return await fetch_page(
            open_tx,
            select="v.*, c.kind AS component_kind, d.currency",
            source="debt_movement v JOIN debt d ON d.agency_id = v.agency_id AND d.id = v.debt_id "
            "JOIN debt_component c ON c.agency_id = v.agency_id AND c.id = v.component_id",
            where=f"v.debt_id = $1 AND {own(scope, args, 'v')}",
            args=args,
            order=_HISTORY,
            request=page,
            make=lambda row: _movement(scope, row),
        )


async def balance_as_of(scope: Scope, debt_id: UUID, day: date, *, tx: Tx | None = None) -> BalanceAsOf:
    """The balance of a debt at the end of any day. Agency and creditor scope. Raises: Forbidden; NotFound (debt)."""
    scope.require(Permission.DEBT_READ)
    args = Args(debt_id, day)
    async with reading(scope, tx) as open_tx:
        rows = await open_tx.fetch(_AS_OF.format(own=own(scope, args)), *args.values)
    if not rows:
        raise not_found("debt", "debt_id")
    currency: str = rows[0]["currency"]
    parts = tuple(
        ComponentBalance(
            component_id=row["component_id"],
            kind=ComponentKind(row["kind"]),
            due_on=row["due_on"],
            balance=Money(row["balance_minor"], currency),
        )
        for row in rows
        if row["component_id"] is not None
    )
    total = Money(sum(part.balance.minor_units for part in parts), currency)
    return BalanceAsOf(debt_id=debt_id, day=day, balance=total, components=parts)


def own(scope: Scope, args: Args, alias: str = "d") -> str:
    """The condition that rows are the scope's. The policies enforce it; the planner needs it to choose an index."""
    if scope.audience is Audience.CREDITOR:
        place = args.add(scope.creditor_id)
        # The keys begin with the agency: without naming its agencies, a creditor's look-up would read all of its rows.
        agencies = f"SELECT x.agency_id FROM creditor x WHERE x.id = {place}"  # noqa: S608
        return f"{alias}.creditor_id = {place} AND {alias}.agency_id IN ({agencies})"
    return f"{alias}.agency_id = {args.add(scope.agency)}"


async def require_debt(tx: Tx, debt_id: UUID) -> None:
    """Raises: NotFound unless the debt is one that the transaction's scope can see."""
    args = Args(debt_id)
    if not await tx.fetchval(f"SELECT true FROM debt d WHERE d.id = $1 AND {own(tx.scope, args)}", *args.values):  # noqa: S608
        raise not_found("debt", "debt_id")


_HISTORY = Order(
    "history",
    (
        Key("v.effective_on", KeyType.DATE, descending=True),
        Key("v.recorded_at", KeyType.INSTANT, descending=True),
        Key("v.id", KeyType.UUID, descending=True),
    ),
)

_DEBT = """
SELECT d.*, k.name AS creditor_name, m.name AS mandate_name, m.timezone, m.ageing_bounds, f.name AS portfolio_name,
  (SELECT jsonb_agg(jsonb_build_array(c.id, c.position, c.kind, c.due_on, c.placed_minor, c.balance_minor)
                    ORDER BY c.position)
   FROM debt_component c WHERE c.agency_id = d.agency_id AND c.debt_id = d.id) AS components
FROM debt d
JOIN creditor k ON k.agency_id = d.agency_id AND k.id = d.creditor_id
JOIN mandate m ON m.agency_id = d.agency_id AND m.id = d.mandate_id
JOIN portfolio f ON f.agency_id = d.agency_id AND f.id = d.portfolio_id
"""

# What was placed is owed since the debt was opened, also where the agency learnt of it later (reports/population.py).
_AS_OF = """
SELECT d.currency, c.id AS component_id, c.kind, c.due_on,
  COALESCE((SELECT sum(v.delta_minor) FROM debt_movement v
    WHERE v.agency_id = d.agency_id AND v.debt_id = d.id AND v.component_id = c.id
      AND CASE WHEN v.kind = 'PLACEMENT' THEN LEAST(v.effective_on, d.opened_on) ELSE v.effective_on END <= $2
  ), 0)::bigint AS balance_minor
FROM debt d LEFT JOIN debt_component c ON c.agency_id = d.agency_id AND c.debt_id = d.id
WHERE d.id = $1 AND {own} ORDER BY c.position
"""


def _debt(scope: Scope, row: Row) -> DebtView:
    currency, inside = row["currency"], scope.audience is Audience.AGENCY
    days = days_past_due(row["due_on"], clock.today(row["timezone"]))
    copied = (
        "id", "agency_id", "creditor_id", "creditor_name", "mandate_id", "mandate_name", "timezone", "portfolio_id",
        "portfolio_name", "reference", "product", "currency", "closed_on", "debtor_name", "debtor_document",
        "opened_on", "placed_on", "due_on", "last_payment_on", "disputed", "attributes", "created_at", "updated_at",
    )  # fmt: skip
    return DebtView(
        **{name: row[name] for name in copied},
        party_id=row["party_id"] if inside else None,
        assigned_to=row["assigned_to"] if inside else None,
        stage=Stage(row["stage"]),
        status=DebtStatus(row["status"]),
        closed_reason=ClosedReason(row["closed_reason"]) if row["closed_reason"] else None,
        days_past_due=days,
        bucket=bucket_for(days, row["ageing_bounds"] or DEFAULT_BOUNDS).label,
        placed=Money(row["placed_minor"], currency),
        balance=Money(row["balance_minor"], currency),
        recovered=Money(row["recovered_minor"], currency),
        components=tuple(_component(part, currency) for part in row["components"] or ()),
    )


def _component(part: list[Any], currency: str) -> Component:
    component_id, position, kind, due_on, placed, balance = part
    return Component(
        id=UUID(component_id),
        position=position,
        kind=ComponentKind(kind),
        due_on=date.fromisoformat(due_on) if due_on else None,
        placed=Money(placed, currency),
        balance=Money(balance, currency),
    )


def _movement(scope: Scope, row: Row) -> Movement:
    return Movement(
        id=row["id"],
        component_id=row["component_id"],
        component_kind=ComponentKind(row["component_kind"]),
        kind=MovementKind(row["kind"]),
        effective_on=row["effective_on"],
        recorded_at=row["recorded_at"],
        delta=Money(row["delta_minor"], row["currency"]),
        source_id=row["source_id"],
        actor=row["actor"] if scope.audience is Audience.AGENCY else None,
        reason=row["reason"],
    )
