"""Agreements that chance has made are judged as their definition says, read slowly in Python: many at once, and each
debt by itself."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from core.agreements.judge import FEW, judge
from core.debts.models import ComponentKind
from core.kit import clock, db
from core.kit.db import Database, Tx
from core.kit.ids import new_id
from tests.core.house import House, house, make_debt, make_party, recall

TODAY = date(2026, 3, 1)
NOON = datetime(2026, 3, 1, 17, tzinfo=UTC)
DEBTS = FEW + 30


@dataclass
class Promised:
    id: UUID
    number: int
    minor: int
    last_on: date
    was: str
    money: list[tuple[date, int, bool]] = field(default_factory=list)
    """Day, amount, and whether it stands."""

    def paid(self, until: date = date.max) -> int:
        return sum(minor for day, minor, stands in self.money if stands and day <= until)


@dataclass
class Agreed:
    id: UUID
    debt_id: UUID
    limit: int
    was: str
    ended_on: date | None
    closed: bool
    promises: list[Promised]


def verdict(one: Agreed, *, replaced: bool) -> tuple[str, date | None]:
    """What becomes of an agreement, and the last day of which money counts for it."""
    if one.was == "CANCELLED":
        return "CANCELLED", one.ended_on
    for day in sorted(p.last_on for p in one.promises if p.last_on < TODAY):
        missed = [p for p in one.promises if p.last_on <= day and p.paid(day) < p.minor]
        if len(missed) >= one.limit and any(p.last_on == day for p in missed):
            return "BROKEN", day
    if all(p.paid() >= p.minor for p in one.promises):
        return "COMPLETED", None
    return ("CANCELLED", TODAY) if one.closed or replaced else ("ACTIVE", None)


def status(promise: Promised, agreed: str, ended_on: date | None) -> str:
    timely = promise.paid(promise.last_on)
    if timely >= promise.minor:
        return "KEPT"
    if agreed == "BROKEN" and ended_on and promise.last_on > ended_on:
        return "CANCELLED"
    if agreed == "CANCELLED" and ended_on and promise.last_on >= ended_on:
        return "CANCELLED"
    if promise.last_on >= TODAY:
        return "PENDING"
    return "PARTIALLY_KEPT" if timely else "BROKEN"


class Chance:
    """Rows that chance writes, and what it wrote."""

    def __init__(self, seed: int, home: House) -> None:
        self.lots, self.home, self.agreed = random.Random(seed), home, list[Agreed]()

    async def debt(self, party_id: UUID) -> UUID:
        debt = await make_debt(
            self.home.north, self.home.bank, [(ComponentKind.PRINCIPAL, 100_000, date(2026, 1, 1))], party_id=party_id
        )
        if closed := self.lots.random() < 0.2:
            await recall(self.home.north, debt, date(2026, 2, 20))
        number = self.lots.choice([1, 1, 2, 3])
        async with db.transaction(self.home.north) as tx:
            for place in range(number):
                old = place < number - 1
                was = self.lots.choice(["COMPLETED", "BROKEN", "CANCELLED"] if old else ["ACTIVE", "ACTIVE", "BROKEN"])
                await self._agreement(tx, debt.id, was, closed)
        return debt.id

    async def _agreement(self, tx: Tx, debt_id: UUID, was: str, closed: bool) -> None:
        lots, count = self.lots, self.lots.choice([1, 1, 2, 5, 9])
        ended_on = date(2026, 2, 1) + timedelta(lots.randrange(20)) if was in ("BROKEN", "CANCELLED") else None
        made = Agreed(new_id(), debt_id, lots.randint(1, min(3, count)), was, ended_on, closed, [])
        await tx.execute(
            "INSERT INTO agreement (agency_id, id, creditor_id, debt_id, kind, status, currency, amount_minor, "
            "instalments, channel, grace_days, missed_limit, made_on, made_by, ended_on, cancel_reason) VALUES "
            "($1, $2, $3, $4, $5, $6, 'COP', 1000, $7, 'CALL', 3, $8, '2026-01-10', 'x', $9, $10)",
            tx.scope.agency, made.id, self.home.bank.creditor_id, debt_id, "PROMISE" if count == 1 else "PLAN", was,
            count, made.limit, ended_on, "a person" if was == "CANCELLED" else None,
        )  # fmt: skip
        last_on = date(2026, 1, 10) + timedelta(lots.randrange(30))
        for number in range(1, count + 1):
            last_on += timedelta(lots.randint(1, 12))
            states = ("PENDING", "KEPT", "PARTIALLY_KEPT", "BROKEN", "CANCELLED")
            promise = Promised(new_id(), number, lots.randint(1, 400), last_on, lots.choice(states))
            made.promises.append(promise)
            await tx.execute(
                "INSERT INTO promise (agency_id, id, creditor_id, agreement_id, debt_id, number, currency, "
                "amount_minor, due_on, last_on, status) VALUES ($1, $2, $3, $4, $5, $6, 'COP', $7, $8, $8, $9)",
                tx.scope.agency, promise.id, self.home.bank.creditor_id, made.id, debt_id, number, promise.minor,
                last_on, promise.was,
            )  # fmt: skip
            await self._money(tx, debt_id, promise)
        self.agreed.append(made)

    async def _money(self, tx: Tx, debt_id: UUID, promise: Promised) -> None:
        """All of it, some or nothing, in up to three payments; and what has bounced."""
        lots = self.lots
        paid = lots.choice([0, promise.minor, promise.minor, lots.randint(0, promise.minor)])
        cuts = sorted({0, paid, *(lots.randint(0, paid) for _ in range(lots.randrange(3)))})
        parts = [(upper - lower, True) for lower, upper in pairwise(cuts)] + [(promise.minor, False)] * (
            lots.random() < 0.2
        )
        for minor, stands in parts:
            day, payment_id = promise.last_on + timedelta(lots.randint(-8, 4)), new_id()
            promise.money.append((day, minor, stands))
            await tx.execute(
                "INSERT INTO payment (agency_id, id, creditor_id, debt_id, currency, amount_minor, paid_on, "
                "received_by, method, status, cleared_on, reversed_on, idempotency_key, fingerprint, recorded_by) "
                "VALUES ($1, $2, $3, $4, 'COP', $5, $6, 'CREDITOR', 'OTHER', $7, $6, $8, $9, '', 'x')",
                tx.scope.agency, payment_id, self.home.bank.creditor_id, debt_id, minor, day,
                "CLEARED" if stands else "REVERSED", None if stands else day, str(payment_id),
            )  # fmt: skip
            await tx.execute(
                "INSERT INTO promise_payment (agency_id, id, creditor_id, payment_id, promise_id, amount_minor) "
                "VALUES ($1, $2, $3, $4, $5, $6)",
                tx.scope.agency, new_id(), self.home.bank.creditor_id, payment_id, promise.id, minor,
            )  # fmt: skip

    def expected(self, *, end_closed: bool) -> dict[UUID, tuple[object, ...]]:
        """By id: of an agreement its status and end, of a promise its status and money."""
        found: dict[UUID, tuple[object, ...]] = {}
        for one in self.agreed:
            newer = (o for o in self.agreed if o.debt_id == one.debt_id and o.id > one.id)
            one.closed = one.closed and end_closed
            agreed, ended_on = verdict(one, replaced=any(o.was != "CANCELLED" for o in newer))
            found[one.id] = agreed, ended_on
            for promise in one.promises:
                found[promise.id] = status(promise, agreed, ended_on), promise.paid()
        return found


async def _kept(tx: Tx) -> dict[UUID, tuple[object, ...]]:
    rows = await tx.fetch(
        "SELECT id, status, ended_on AS more FROM agreement UNION ALL SELECT id, status, NULL FROM promise"
    )
    paid = {row["id"]: row["paid_minor"] for row in await tx.fetch("SELECT id, paid_minor FROM promise")}
    return {row["id"]: (row["status"], paid.get(row["id"], row["more"])) for row in rows}


async def _told(tx: Tx) -> Counter[tuple[str, UUID, str]]:
    rows = await tx.fetch("SELECT name, subject_id, data::text AS data FROM event")
    return Counter((row["name"], row["subject_id"], row["data"]) for row in rows)


class _Undone(Exception):
    pass


@pytest.mark.parametrize(("seed", "end_closed"), [(1, False), (2, True), (3, True)])
async def test_many_at_once_and_each_by_itself(database: Database, seed: int, end_closed: bool) -> None:
    home = await house(database)
    chance, party_id = Chance(seed, home), await make_party(home.north, "Ana")
    with clock.at(NOON):
        debts = [await chance.debt(party_id) for _ in range(DEBTS)]
        expected = chance.expected(end_closed=end_closed)
        with pytest.raises(_Undone):
            async with db.transaction(home.north) as tx:
                at_once = await judge(tx, debts, end_closed=end_closed)
                kept, told = await _kept(tx), await _told(tx)
                assert await judge(tx, debts, end_closed=end_closed) == {}
                assert await _told(tx) == told
                raise _Undone
        assert kept == expected
        assert {state for state, *_ in kept.values()} == {
            "ACTIVE", "COMPLETED", "BROKEN", "CANCELLED", "KEPT", "PARTIALLY_KEPT", "PENDING",
        }  # fmt: skip
        changed = Counter(kept[p.id][0] for one in chance.agreed for p in one.promises if kept[p.id][0] != p.was)
        assert at_once == changed
        plans = sum(len(one.promises) > 1 and kept[one.id][0] != one.was for one in chance.agreed)
        assert told.total() == changed.total() + plans
        async with db.transaction(home.north) as tx:
            alone = Counter[str]()
            for debt_id in debts:
                alone.update(await judge(tx, [debt_id], end_closed=end_closed))
            assert (await _kept(tx), await _told(tx), alone) == (kept, told, changed)
