"""The recovery totals are what debts and payments come to, after every step of any history, folded or not."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.debts.adjust_component import AdjustComponent, adjust_component
from core.debts.change_stage import ChangeStage, change_stage
from core.debts.models import Stage
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import DomainError, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from core.reports.dashboard import DashboardQuery, dashboard
from core.reports.recovery import RecoveryGroup, RecoveryQuery, recovery
from tests.core.house import Client, DebtRow, House, house, make_debt, make_mandate, make_portfolio, recall
from tests.core.reports.totals_books import assert_board, assert_recovery, fold

# 14:00 UTC is the same day in Bogotá and in Tokyo, so that a report has one day everywhere.
START = datetime(2026, 1, 20, 14, tzinfo=UTC)


@dataclass
class Placed:
    scope: Scope
    client: Client
    currency: str
    debt: DebtRow
    payments: list[UUID] = field(default_factory=list)


class Life:
    """A history on a house of its own, step by step."""

    def __init__(self, home: House, clients: list[tuple[Scope, Client, str]]) -> None:
        self.home, self.clients, self.now = home, clients, START
        self.placed: list[Placed] = []

    @classmethod
    async def begin(cls, database: Database) -> "Life":
        home = await house(database)
        bank, north = home.bank.creditor_id, home.north
        dollars = await make_mandate(north, bank, name="dollars", currency="USD", timezone="Asia/Tokyo")
        foreign = Client(bank, dollars, await make_portfolio(north, bank, dollars))
        other = replace(home.bank, portfolio_id=await make_portfolio(north, bank, home.bank.mandate_id, name="second"))
        clients = [(north, home.bank, "COP"), (north, foreign, "USD"), (north, other, "COP")]
        return cls(home, [*clients, (north, home.shop, "COP"), (home.south, home.bank_south, "COP")])

    @property
    def today(self) -> date:
        return self.now.date()

    async def step(self, kind: str, pick: int, amount: int, days: int) -> None:
        if kind == "place":
            return await self.place(pick, amount, days)
        if kind == "fold":
            await fold(limit=amount, days=days % 2 == 0)
        elif kind == "day":
            self.now += timedelta(days=days)
        elif self.placed:
            placed = self.placed[pick % len(self.placed)]
            with contextlib.suppress(DomainError):  # closed, reversed already: refused, and nothing may have changed
                await getattr(self, kind)(placed, amount, days)
        return None

    async def place(self, pick: int, amount: int, days: int) -> None:
        scope, client, currency = self.clients[pick % len(self.clients)]
        due = self.today + timedelta(days=40 - days * 5) if days else None
        parts = [("PRINCIPAL", amount, due), ("PENALTY", pick, self.today), ("OTHER", 0, None)]
        debt = await make_debt(scope, client, parts, currency=currency, stage=list(Stage)[pick % 5])
        self.placed.append(Placed(scope, client, currency, debt))

    async def pay(self, placed: Placed, amount: int, days: int) -> None:
        command = RecordPayment(
            debt_id=placed.debt.id, amount=Money(amount, placed.currency), paid_on=self.today - timedelta(days=days % 15),
            method=PaymentMethod.CASH, received_by=ReceivedBy.AGENCY, idempotency_key=str(new_id()),
        )  # fmt: skip
        placed.payments.append((await record_payment(placed.scope, command)).payment_id)

    async def reverse(self, placed: Placed, _amount: int, days: int) -> None:
        if placed.payments:
            payment_id = placed.payments[days % len(placed.payments)]
            await reverse_payment(
                placed.scope, ReversePayment(payment_id=payment_id, reason="R01", reversed_on=self.today)
            )

    async def adjust(self, placed: Placed, amount: int, days: int) -> None:
        command = AdjustComponent(
            debt_id=placed.debt.id, component_id=placed.debt.components[days % 3],
            delta=Money(-amount if days % 2 else amount, placed.currency), effective_on=self.today, reason="r",
            idempotency_key=str(new_id()),
        )  # fmt: skip
        await adjust_component(placed.scope, command)

    async def stage(self, placed: Placed, amount: int, _days: int) -> None:
        await change_stage(placed.scope, ChangeStage(debt_id=placed.debt.id, stage=list(Stage)[amount % 4], reason="r"))

    async def recall(self, placed: Placed, _amount: int, _days: int) -> None:
        async with db.transaction(placed.scope) as tx:
            closed = await tx.fetchval("SELECT status = 'CLOSED' FROM debt WHERE id = $1", placed.debt.id)
        if not closed:
            await recall(placed.scope, placed.debt, self.today)

    async def move(self, placed: Placed, _amount: int, _days: int) -> None:
        """Into the bank's other portfolio at the north; and something that is not counted."""
        same = [c for _, c, _ in self.clients if c.mandate_id == placed.client.mandate_id and c is not placed.client]
        if same:
            placed.client = same[0]
            async with db.transaction(placed.scope) as tx:
                await tx.execute(
                    "UPDATE debt SET portfolio_id = $2, product = 'moved' WHERE id = $1",
                    placed.debt.id, placed.client.portfolio_id,
                )  # fmt: skip

    async def undone(self, placed: Placed, amount: int, _days: int) -> None:
        with pytest.raises(ZeroDivisionError):
            async with db.transaction(placed.scope) as tx:
                await tx.execute(
                    "UPDATE debt SET placed_minor = placed_minor + $2 WHERE id = $1", placed.debt.id, amount
                )
                raise ZeroDivisionError

    async def check(self) -> None:
        home, bank, shop = self.home, self.home.bank, self.home.shop.creditor_id
        for scope, creditor_id in (
            (home.north, bank.creditor_id),
            (home.south, bank.creditor_id),
            (home.bank_scope, bank.creditor_id),
            (home.shop_scope, shop),
        ):
            await assert_board(scope, creditor_id)

    async def check_reports(self) -> None:
        home, bank = self.home, self.home.bank
        await assert_recovery(home.bank_scope, bank.creditor_id)
        await assert_recovery(home.north, bank.creditor_id, mandate_id=bank.mandate_id)
        await assert_recovery(home.north, bank.creditor_id, portfolio_id=bank.portfolio_id)
        await assert_recovery(home.south, bank.creditor_id)
        await assert_recovery(home.north, home.shop.creditor_id)


@pytest.fixture
async def at_start() -> AsyncIterator[None]:
    with clock.at(START):
        yield


KINDS = ("place", "pay", "pay", "pay", "reverse", "adjust", "stage", "recall", "move", "undone", "fold", "day")
steps = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 9), st.integers(1, 400), st.integers(0, 40)),
    min_size=4,
    max_size=20,
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    places=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 400), st.integers(0, 40)), min_size=3, max_size=6),
    sequence=steps,
)
async def test_after_every_step_of_any_history_the_totals_are_exact(
    database: Database, places: list[tuple[int, int, int]], sequence: list[tuple[str, int, int, int]]
) -> None:
    with clock.at(START):
        life = await Life.begin(database)
    for kind, *numbers in [*(("place", *place) for place in places), *sequence]:
        with clock.at(life.now):
            await life.step(kind, *numbers)
        with clock.at(life.now):
            await life.check()
    with clock.at(life.now):
        await life.check_reports()
        await fold()
        await life.check_reports()
        await life.check()
        assert await fold() == await fold()
        async with db.transaction(life.home.north) as tx:
            assert await tx.fetchval("SELECT count(*) FROM recovery_delta") == 0


@pytest.mark.usefixtures("at_start")
async def test_what_is_asked_for_must_be_there(database: Database) -> None:
    home = await house(database)
    empty = await dashboard(home.bank_scope, DashboardQuery(creditor_id=home.bank.creditor_id))
    assert (empty.totals, empty.stages, empty.buckets, empty.months) == ((), (), (), ())
    for scope, creditor_id, mandate_id in (
        (home.bank_scope, home.shop.creditor_id, None),
        (home.south, home.shop.creditor_id, None),
        (home.north, new_id(), None),
        (home.north, home.bank.creditor_id, home.bank_south.mandate_id),
        (home.shop_scope, home.shop.creditor_id, home.bank.mandate_id),
    ):
        with pytest.raises(NotFound):
            await dashboard(scope, DashboardQuery(creditor_id=creditor_id, mandate_id=mandate_id))
    for changes in ({"months": 0}, {"months": 121}, {"bounds": (30, 30)}):
        with pytest.raises(DomainError):
            await dashboard(home.north, replace(DashboardQuery(creditor_id=home.bank.creditor_id), **changes))
    with pytest.raises(DomainError):
        await dashboard(replace(home.north, permissions=frozenset()), DashboardQuery(creditor_id=home.bank.creditor_id))


@pytest.mark.usefixtures("at_start")
async def test_by_mandate_by_bounds_and_by_months(database: Database) -> None:
    life = await Life.begin(database)
    for pick in (0, 1, 2):
        await life.place(pick, 100, 1 + pick * 7)
    await life.pay(life.placed[0], 30, 0)
    late = life.placed[0]
    with clock.at(START + timedelta(days=31)):
        life.now = START + timedelta(days=31)
        await life.pay(late, 20, 0)
        for folded in (False, True):
            if folded:
                await fold()
            query = DashboardQuery(creditor_id=life.home.bank.creditor_id, mandate_id=life.home.bank.mandate_id)
            board = await dashboard(life.home.north, replace(query, bounds=(10, 40)))
            assert [(row.key, row.debts, row.balance_minor) for row in board.buckets] == [
                ("current", 1, 50),
                ("40+", 1, 102),
            ]
            assert [row.key for row in (await dashboard(life.home.north, query)).months] == ["2026-01", "2026-02"]
            (last,) = (await dashboard(life.home.north, replace(query, months=1))).months
            assert (last.key, last.recovered_minor, last.payments, last.reversals) == ("2026-02", 20, 1, 0)


@pytest.mark.parametrize("folded_before", [False, True])
@pytest.mark.usefixtures("at_start")
async def test_a_debt_that_moves_takes_its_payments_along(database: Database, folded_before: bool) -> None:
    life = await Life.begin(database)
    await life.place(0, 100, 0)
    (placed,) = life.placed
    await life.pay(placed, 30, 1)
    await life.pay(placed, 20, 2)
    await life.reverse(placed, 0, 0)
    if folded_before:
        await fold()
    left = placed.client.portfolio_id
    await life.move(placed, 0, 0)
    creditor_id, entered = life.home.bank.creditor_id, placed.client.portfolio_id
    for _ in range(2):
        for portfolio_id in (left, entered):
            await assert_recovery(life.home.north, creditor_id, portfolio_id=portfolio_id)
        query = RecoveryQuery(creditor_id=creditor_id, group_by=RecoveryGroup.MONTH, portfolio_id=entered)
        assert [(row.payments, row.reversals) for row in (await recovery(life.home.north, query)).rows] == [(2, 1)]
        await life.check()
        await fold()
