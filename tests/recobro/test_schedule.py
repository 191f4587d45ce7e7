"""What is done at its time: each thing once, however many workers keep the schedule."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.kit import clock, db
from core.kit.db import Database
from core.kit.ids import new_id
from core.kit.scope import Actor, Scope, agency_scope
from core.reports.fold_totals import Folded, fold_totals
from recobro import jobs_registry, schedule
from recobro.worker import run_job
from tenants import identity
from tests.core.house import house, make_debt


@pytest.mark.usefixtures("database")
async def test_each_agency_is_refreshed_once_a_day() -> None:
    first, second = await _agency("first"), await _agency("second")
    three = datetime(2027, 3, 1, 3, tzinfo=UTC)
    here, there = schedule.Schedule(), schedule.Schedule()
    for minutes, times in ((0, 1), (1, 1), (60 * 23, 1), (60 * 24, 2)):
        with clock.at(three + timedelta(minutes=minutes)):
            await asyncio.gather(here.look(), there.look(), schedule.Schedule().look())
        for agency_id in (first, second):
            rows = await _refreshes(agency_id)
            assert len(rows) == times, minutes
            assert all(row["id"].version == 7 and row["scope"]["actor"][:2] == ["system", "schedule"] for row in rows)
    with clock.at(three + timedelta(hours=26, minutes=59)):
        await schedule.Schedule().look()
    assert len(await _refreshes(first)) == 2, "the day begins at 03:00 UTC"
    jobs_registry.load()
    for row in await _refreshes(first):
        assert await run_job(row["id"])
    assert {row["state"] for row in await _refreshes(first)} == {"DONE"}


async def _agency(slug: str) -> UUID:
    agency_id = new_id()
    async with identity.transaction("test") as tx:
        await tx.execute(
            "INSERT INTO agency (id, slug, name, tax_id, country, timezone, currency) "
            "VALUES ($1, $2, $2, $2, 'CO', 'America/Bogota', 'COP')",
            agency_id, slug,
        )  # fmt: skip
    return agency_id


async def _refreshes(agency_id: UUID) -> list[Any]:
    scope = agency_scope(agency_id, Actor("user", "somebody"))
    async with db.transaction(scope) as tx:
        return await tx.fetch(
            "SELECT * FROM job WHERE agency_id = $1 AND name = 'debts.refresh_stages' ORDER BY id", agency_id
        )


@pytest.mark.usefixtures("database")
async def test_what_has_expired_is_forgotten_once_an_hour() -> None:
    now = datetime(2027, 3, 1, 10, 5, tzinfo=UTC)
    keeper = schedule.Schedule()

    async def left() -> int:
        async with identity.transaction("test") as tx:
            return await tx.fetchval("SELECT count(*) FROM sign_in_attempt")

    async def attempt() -> None:
        async with identity.transaction("test") as tx:
            await tx.execute(
                "INSERT INTO sign_in_attempt (id, subject_hash, failed_at) VALUES ($1, 'x', $2)",
                new_id(), now - timedelta(days=1),
            )  # fmt: skip

    for minutes, remaining in ((0, 0), (30, 1), (60, 0)):
        await attempt()
        with clock.at(now + timedelta(minutes=minutes)):
            await keeper.look()
        assert await left() == remaining, minutes


async def test_the_totals_are_folded_soon_and_new_days_looked_for_each_quarter(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = await house(database)
    scope, noon = home.north, datetime(2027, 3, 1, 12, 1, tzinfo=UTC)
    asked: list[bool] = []

    async def spied(by: Scope, *, days: bool) -> Folded:
        asked.append(days)
        return await fold_totals(by, days=days)

    monkeypatch.setattr(schedule, "fold_totals", spied)
    keeper = schedule.Schedule()

    async def fold(minutes: int) -> float:
        with clock.at(noon + timedelta(minutes=minutes)):
            return await keeper.fold()

    await make_debt(scope, home.bank, [("PRINCIPAL", 100, None)])
    # The days of the three mandates, then again, because there was something; then nothing is left to do.
    assert [await fold(0) for _ in range(3)] == [0.0, schedule.FOLD_IDLE_S, schedule.FOLD_IDLE_S]
    assert asked == [True, True, False]
    await make_debt(scope, home.bank, [("PRINCIPAL", 100, None)])
    assert [await fold(1), await fold(15), await fold(16)] == [schedule.FOLD_S, *[schedule.FOLD_IDLE_S] * 2]
    assert asked[3:] == [False, True, False]
    assert [await fold(60 * 20), await fold(60 * 20)] == [0.0, schedule.FOLD_IDLE_S]


async def test_the_schedule_keeps_folding_whatever_goes_wrong(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, failed = await house(database), asyncio.Event()

    async def failing(by: Scope, *, days: bool) -> Folded:
        if not failed.is_set():
            failed.set()
            raise OSError("the database is away")
        return await fold_totals(by, days=days)

    monkeypatch.setattr(schedule, "fold_totals", failing)
    monkeypatch.setattr(schedule, "FOLD_IDLE_S", 0.01)
    await make_debt(home.north, home.bank, [("PRINCIPAL", 100, None)])
    keeping = asyncio.create_task(schedule.Schedule().keep())
    try:
        async with asyncio.timeout(20):
            while True:
                async with db.transaction(home.north) as tx:
                    if await tx.fetchval("SELECT sum(debts) FROM recovery_standing") == 1:
                        break
                await asyncio.sleep(0.01)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    assert failed.is_set()
    assert keeping.cancelled()
