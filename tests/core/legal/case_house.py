"""A case that a legal channel has acknowledged, in the small furnished house."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from core.kit import clock, db
from core.kit.db import Database
from core.kit.scope import Scope
from core.legal.hand_over import HandOver, hand_over
from core.legal.kinds import HandoffState
from core.plugin_host import host
from core.plugin_host.enable_offer import enable_offer
from recobro import worker
from recobro_sdk import CaseNews, CostAnswer, Failed, HandoffReceipt, LegalStage, Outcome, Settled
from tests.core.house import House, house, make_debt
from tests.core.plugin_house import no_plugins, offer, plugin

NOW = datetime(2026, 6, 30, 20, tzinfo=UTC)
TODAY = date(2026, 6, 30)
PARTS = [("PRINCIPAL", 900_000_00, date(2026, 3, 1))]


@dataclass
class Firm:
    """A law firm: what it says of its cases, and what it was told."""

    news: Outcome[CaseNews] = field(default_factory=lambda: Settled(CaseNews(stage=LegalStage.ACKNOWLEDGED)))
    told: list[CostAnswer] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)


class Channel:
    """The firm's channel, with every ability. It runs in the test's process."""

    def __init__(self, firm: Firm) -> None:
        self.firm = firm

    def requirements(self, case: Any) -> Any:
        return []

    async def submit(self, dossier: Any, *, idempotency_key: str) -> HandoffReceipt:
        return HandoffReceipt(channel="firm", number="N-1", received_at=NOW, artifacts=())

    async def status(self, handoff: Any) -> Outcome[LegalStage]:
        return Failed("unused", retryable=False)

    async def news(self, handoff: Any) -> Outcome[CaseNews]:
        if self.firm.fails:
            raise self.firm.fails.pop(0)
        return self.firm.news

    async def answer_cost(self, handoff: Any, answer: CostAnswer) -> None:
        if self.firm.fails:
            raise self.firm.fails.pop(0)
        self.firm.told.append(answer)


@dataclass
class Case:
    house: House
    firm: Firm
    debt_id: UUID
    handoff_id: UUID

    @property
    def scope(self) -> Scope:
        return self.house.north

    async def rows(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        async with db.transaction(self.scope) as tx:
            return [dict(row) for row in await tx.fetch(sql, *args)]

    async def handoff(self) -> dict[str, Any]:
        (row,) = await self.rows("SELECT * FROM legal_handoff WHERE id = $1", self.handoff_id)
        return row

    async def debt(self) -> dict[str, Any]:
        (row,) = await self.rows("SELECT * FROM debt WHERE id = $1", self.debt_id)
        return row

    async def deadlines(self) -> dict[str, tuple[date, str]]:
        """The last day and the state of each deadline, by its code."""
        found = await self.rows("SELECT code, due_on, state FROM legal_deadline ORDER BY due_on, id")
        return {row["code"]: (row["due_on"], row["state"]) for row in found}

    async def steps(self) -> list[tuple[str, str]]:
        found = await self.rows("SELECT state, reason FROM legal_step ORDER BY id")
        return [(row["state"], row["reason"]) for row in found]

    async def run(self, name: str) -> dict[str, Any]:
        """Do the one job of a name that waits, now; its result."""
        (row,) = await self.rows(
            "UPDATE job SET not_before = now() WHERE name = $1 AND state = 'QUEUED' RETURNING id", name
        )
        assert await worker.run_job(row["id"])
        (done,) = await self.rows("SELECT state, result FROM job WHERE id = $1", row["id"])
        assert done["state"] == "DONE"
        return done["result"]

    async def waiting(self, name: str) -> int:
        return len(await self.rows("SELECT id FROM job WHERE name = $1 AND state = 'QUEUED'", name))


@asynccontextmanager
async def acknowledged(database: Database, *, abilities: tuple[str, ...] = ()) -> AsyncIterator[Case]:
    """A debt of the bank that the firm has acknowledged, on 30 June 2026 in Bogotá."""
    firm = Firm()
    async with no_plugins():
        made = plugin(
            "firm", recobro_legal_channels=lambda: [offer("firm", lambda _, __: Channel(firm), abilities=abilities)]
        )
        host.register("firm", made, strict=True)
        with clock.at(NOW):
            rooms = await house(database)
            await enable_offer(rooms.north, "firm", {})
            debt = await make_debt(rooms.north, rooms.bank, PARTS, stage="PRE_LEGAL")
            done = await hand_over(rooms.north, HandOver(debt_id=debt.id, channel="firm", idempotency_key="k1"))
            assert done.state is HandoffState.ACK
            yield Case(rooms, firm, debt.id, done.handoff_id)
