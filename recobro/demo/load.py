"""Loads the demo into an empty installation, and says whether it is there."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.kit import clock, db
from core.kit.ids import new_id
from core.kit.scope import Actor, agency_scope
from recobro.demo.debtors import tax_id
from recobro.demo.generator import DEBTS, SEED, generate
from recobro.demo.history import Step, instant, steps
from recobro.demo.plan import AGENCIES, COUNTRY, MANDATES, ZONE
from recobro.demo.play import Player
from recobro.demo.setup import set_up
from tenants import identity

_MARK = "demo.load"
Told = Callable[[int, int], None]
"""How many steps of how many are done."""


class Found(StrEnum):
    """What an installation holds: nothing; the demo; a demo that was not loaded to its end; or agencies of its own."""

    NOTHING = "NOTHING"
    DEMO = "DEMO"
    HALF = "HALF"
    OTHERS = "OTHERS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What the demo is drawn from. `today` is the present day where the agencies are, unless given; `address` is where
    the server will answer."""

    debts: int = DEBTS
    seed: int = SEED
    today: date | None = None
    address: str = "http://127.0.0.1:8000"


def _nothing(_done: int, _total: int) -> None:
    """Nobody watches."""


async def load(size: Size | None = None, told: Told = _nothing) -> None:
    """Load the demo; the database, the jobs and the plugins of this process must be open, and nobody else at work.

    Raises: DomainError where the installation is not empty; DemoFault.
    """
    size = size or Size()
    today = size.today or clock.today(ZONE)
    data = generate(today, seed=size.seed, debts=size.debts)
    history = steps(data)
    begun = min(debt.placed_on for debt in data.debts) - timedelta(days=12)
    with clock.at(instant(begun, 9)):
        ground = await set_up(size.address)
    done = 0

    def one_more() -> None:
        nonlocal done
        done += 1
        told(done, len(history))

    agencies = [plan.key for plan in AGENCIES]
    await _together(
        Player(ground, key).play([step for step in history if _agency_of(step) == key], one_more) for key in agencies
    )
    await _mark(size.seed)


async def _together(parts: Iterable[Coroutine[Any, Any, None]]) -> None:
    """All at once; where one fails, the others are stopped."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


_AGENCY_OF = {plan.key: plan.agency for plan in MANDATES}


def _agency_of(step: Step) -> str:
    return getattr(step, "agency", None) or _AGENCY_OF[getattr(step, "mandate", "")]


async def found() -> Found:
    """What stands in the open database."""
    async with identity.transaction("demo", read_only=True) as tx:
        agencies = await tx.fetch("SELECT id, slug, country, tax_id FROM agency ORDER BY created_at, id LIMIT 100")
    ours = {(plan.slug, COUNTRY, tax_id(plan.tax_base)) for plan in AGENCIES}
    there = {(row["slug"], row["country"], row["tax_id"]): row["id"] for row in agencies}
    if not there:
        return Found.NOTHING
    first = next((there[key] for key in there if key[0] == AGENCIES[0].slug and key in ours), None)
    if first is not None and await _marked(first):
        return Found.DEMO
    return Found.HALF if set(there) <= ours else Found.OTHERS


async def _mark(seed: int) -> None:
    """Written last: without it, a demo is half loaded."""
    agency_id = await _first_agency()
    async with db.transaction(agency_scope(agency_id, Actor("system", "demo"))) as tx:
        await tx.execute(
            "INSERT INTO idempotency_record (agency_id, id, operation, key, fingerprint, subject_id) "
            "VALUES ($1, $2, $3, 'loaded', $4, $1)",
            agency_id, new_id(), _MARK, str(seed),
        )  # fmt: skip


async def _marked(agency_id: UUID) -> bool:
    async with db.transaction(agency_scope(agency_id, Actor("system", "demo")), read_only=True) as tx:
        return bool(
            await tx.fetchval(
                "SELECT true FROM idempotency_record WHERE agency_id = $1 AND operation = $2 AND key = 'loaded'",
                agency_id,
                _MARK,
            )
        )


async def _first_agency() -> UUID:
    async with identity.transaction("demo", read_only=True) as tx:
        return await tx.fetchval("SELECT id FROM agency WHERE slug = $1", AGENCIES[0].slug)
