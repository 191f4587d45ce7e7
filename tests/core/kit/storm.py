"""Fifty tasks of two agencies, a creditor and writers on one small pool, with errors and cancellations at random: who
would see another tenant's row, and what is left of the pool."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from core.kit.db import Database
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Audience, Scope
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from tests.core.house import House, make_debt

ROWS = "SELECT agency_id, creditor_id, id, balance_minor FROM debt"
PLANS = "SELECT current_setting('plan_cache_mode') AS plans, current_user::text AS role FROM debt LIMIT 1"


class Wanted(Exception):
    """An error of the caller's own, in the midst of it."""


@dataclass
class Storm:
    """What happened: `done` by kind of work, `leaks` in words."""

    database: Database
    house: House
    debts: dict[UUID, list[UUID]]
    done: Counter[str] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)

    def see(self, scope: Scope, rows: list[Any]) -> None:
        """Whether rows are the scope's own, and all of them."""
        own = {row["agency_id"] for row in rows} == {scope.agency_id} if scope.agency_id else True
        if scope.audience is Audience.CREDITOR:
            own = {row["creditor_id"] for row in rows} == {scope.creditor_id}
        expected = len(self.debts[scope.agency_id or scope.creditor_id])
        if not own or len(rows) != expected:
            self.leaks.append(f"{scope.audience} saw {len(rows)} rows instead of {expected} (own: {own})")

    async def single(self, scope: Scope, random: Random) -> None:
        async with self.database.single(scope) as single:
            for _ in range(random.randint(1, 3)):
                self.see(scope, await single.fetch(ROWS))
            if random.random() < 0.15:
                raise Wanted

    async def broken(self, scope: Scope, _: Random) -> None:
        async with self.database.single(scope) as single:
            await single.fetch("SELECT 1 / (random() * 0)::int")

    async def transaction(self, scope: Scope, random: Random) -> None:
        async with self.database.transaction(scope, read_only=random.random() < 0.5) as tx:
            self.see(scope, await tx.fetch(ROWS))
            found = (await tx.fetch(PLANS))[0]
            if (found["plans"], found["role"]) != ("auto", scope.audience.value):
                self.leaks.append(f"a transaction of {scope.audience} ran with {dict(found)}")
            if random.random() < 0.15:
                raise Wanted

    async def write(self, scope: Scope, random: Random) -> None:
        async with self.database.transaction(scope) as tx:
            changed = await tx.fetch("UPDATE debt SET product = product RETURNING agency_id, creditor_id")
            self.see(scope, changed)
            if random.random() < 0.3:
                await tx.fetch("SELECT 1 / (random() * 0)::int")

    async def pay(self, scope: Scope, random: Random) -> None:
        command = RecordPayment(
            debt_id=random.choice(self.debts[scope.agency]), amount=Money(1, "COP"), paid_on=date(2026, 6, 1),
            method=PaymentMethod.CASH, received_by=ReceivedBy.AGENCY, idempotency_key=str(new_id()),
        )  # fmt: skip
        await record_payment(scope, command)

    async def nobody(self, _: Scope, __: Random) -> None:
        async with self.database.unscoped() as connection:
            try:
                rows = await connection.fetch(ROWS)
            except asyncpg.InsufficientPrivilegeError:
                return
        self.leaks.append(f"without a scope {len(rows)} rows were read")

    async def work(self, number: int, until: float) -> None:
        """One task: now this, now that, a third of it cut off."""
        random, loop = Random(number), asyncio.get_running_loop()
        agency = self.house.north if number % 2 else self.house.south
        readers = [agency, agency, self.house.bank_scope]
        kinds = (
            self.single,
            self.single,
            self.single,
            self.transaction,
            self.write,
            self.pay,
            self.broken,
            self.nobody,
        )
        while loop.time() < until:
            kind = random.choice(kinds)
            scope = agency if kind in (self.write, self.pay) else random.choice(readers)
            task = asyncio.ensure_future(kind(scope, random))
            if random.random() < 0.3:
                await asyncio.wait({task}, timeout=random.random() * 0.02)
                task.cancel()
            try:
                await task
                self.done[kind.__name__] += 1
            except (Wanted, asyncpg.PostgresError) as problem:
                self.done[type(problem).__name__] += 1
            except asyncio.CancelledError:
                self.done["cancelled"] += 1


async def storm(database: Database, house: House, *, seconds: float, tasks: int = 50) -> Storm:
    """`database` is the one of the process; every debt of the house is made here."""
    debts: dict[UUID, list[UUID]] = {house.bank.creditor_id: []}
    for scope, clients in ((house.north, (house.bank, house.shop)), (house.south, (house.bank_south,))):
        for client in (*clients, *clients):
            debt = await make_debt(scope, client, [("PRINCIPAL", 10_000_000, date(2026, 3, 1))])
            debts.setdefault(scope.agency, []).append(debt.id)
            if client.creditor_id == house.bank.creditor_id:
                debts[house.bank.creditor_id].append(debt.id)
    found = Storm(database, house, debts)
    until = asyncio.get_running_loop().time() + seconds
    async with asyncio.TaskGroup() as group:
        for number in range(tasks):
            group.create_task(found.work(number, until))
    return found


def assert_calm(found: Storm) -> None:
    """Nobody saw what is another's, and all of it did happen."""
    assert found.leaks == []
    kinds = ("single", "transaction", "write", "pay", "nobody", "cancelled", "Wanted", "DivisionByZeroError")
    assert all(found.done[kind] >= 5 for kind in kinds), found.done


async def assert_all_places_free(database: Database, size: int) -> None:
    """As many connections as the pool may have can be taken at once, and no more."""
    held = []
    async with asyncio.timeout(20):
        for _ in range(size):
            held.append(await database.pool.take())
    extra = asyncio.ensure_future(database.pool.take())
    _, waiting = await asyncio.wait({extra}, timeout=0.2)
    for one in held:
        database.pool.give(one, clean=True)
    database.pool.give(await extra, clean=True)
    assert waiting == {extra}
    async with asyncio.timeout(5):
        while database.pool.idle != size:  # somebody may just be told of the payments
            await asyncio.sleep(0.02)
