"""What is done at its time: each thing once, however many workers keep the schedule."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.kit import clock, db
from core.kit.ids import new_id
from core.kit.scope import Actor, agency_scope
from recobro import jobs_registry, schedule
from recobro.worker import run_job
from tenants import identity


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
