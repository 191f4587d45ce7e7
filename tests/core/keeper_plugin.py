"""A plugin of the tests with tables of its own, which it uses wherever the host calls it. Written like a stranger's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from recobro_sdk import (
    CallbackResult,
    Capability,
    Contribution,
    ContributionKind,
    DomainEvent,
    EventInterest,
    EventSubscriber,
    Extension,
    InboundCall,
    InRange,
    Job,
    JobProgress,
    Offer,
    OneOf,
    PluginContext,
    PluginManifest,
    PluginScope,
    RejectedByProvider,
    hookimpl,
    verify_callback,
)
from recobro_sdk.graphql import CoreType, FieldOn, Mutation, ObjectKey, Query, Refusal, described

VISIT = "keeper__visit"


@dataclass(frozen=True, slots=True)
class KeeperVisitSaveInput:
    """A visit."""

    table: str = described("Where it is kept.")
    code: str = described("What it is called.")
    note: str | None = described("What was said.", default=None)


@dataclass(frozen=True, slots=True)
class KeeperVisitSavePayload:
    """What became of it."""

    written: int = described("How many were written.")


@dataclass(frozen=True, slots=True)
class KeeperVisitsInput:
    """Which visits."""

    after: str = described("They come after this one.")


@dataclass(frozen=True, slots=True)
class KeeperVisits:
    """Visits."""

    codes: tuple[str, ...] = described("What they are called.")


class KeeperSettings(BaseModel):
    """What an agency says."""

    model_config = ConfigDict(extra="forbid")

    secret: SecretStr = Field(default=SecretStr("whsec_c2VjcmV0"), description="The secret of callbacks.")


class Keeper:
    """The provider of the extension, and of the subscriber, at one agency."""

    def __init__(self, settings: KeeperSettings, context: PluginContext) -> None:
        self._settings, self._context, self._tables = settings, context, context.tables

    async def check(self) -> None:
        """Its tables are there."""
        await self._tables.select(VISIT, {}, limit=1)

    async def notes(self, keys: Sequence[ObjectKey]) -> list[str | None]:
        """Of the objects that were visited; counted for each."""
        codes = [key.id[-20:] for key in keys]
        found = await self._tables.select(VISIT, {"code": OneOf(codes)}, limit=1000)
        known = {row["code"]: row["note"] for row in found}
        rows = [{"code": code, "note": f"read {known.get(code)}"} for code in codes]
        await self._tables.insert(VISIT, rows, key=["code"])
        return [None if code not in known else str(known[code]) for code in codes]

    async def save(self, given: KeeperVisitSaveInput) -> KeeperVisitSavePayload | Refusal:
        """Replaces a visit of the same code."""
        row = {"code": given.code, "note": given.note}
        try:
            return KeeperVisitSavePayload(await self._tables.insert(given.table, [row], key=["code"]))
        except ValueError as problem:
            return Refusal(code="VISIT_REFUSED", message=str(problem), remedy=type(problem).__name__)

    async def visits(self, given: KeeperVisitsInput) -> KeeperVisits | None:
        """In the order of their codes."""
        found = await self._tables.select(VISIT, {"code": InRange(more_than=given.after)}, order=["code"])
        return KeeperVisits(tuple(str(row["code"]) for row in found))

    async def fill(self, progress: JobProgress) -> None:
        """A thousand visits, and one changed by whoever is first."""
        await self._tables.insert(VISIT, [{"code": f"job-{n:04}", "tries": 1} for n in range(1000)])
        await progress(1, 2, "written")
        faster = [self._tables.update(VISIT, {"code": "job-0000", "tries": 1}, {"tries": 2}) for _ in range(5)]
        await self._tables.insert(VISIT, [{"code": "first", "tries": sum(await asyncio.gather(*faster))}])

    async def die(self, progress: JobProgress) -> None:
        """While its rows are on the way."""
        asked = asyncio.ensure_future(self._tables.insert(VISIT, [{"code": f"die-{n:04}"} for n in range(1000)]))
        await asyncio.sleep(0.005)
        assert asked is not None
        os._exit(9)

    async def verify_call(self, call: InboundCall) -> str:
        """Standard Webhooks."""
        return verify_callback(self._settings.secret, call, now=self._context.clock.now())

    async def receive_call(self, call: InboundCall) -> CallbackResult:
        """Keeps what it was told, once."""
        if not await self._tables.insert(VISIT, [{"code": "called"}], key=["code"], existing="keep"):
            raise RejectedByProvider("it was here")
        return CallbackResult()

    def interests(self) -> Sequence[EventInterest]:
        """Payments."""
        return (EventInterest("payment.recorded"),)

    async def handle(self, events: Sequence[DomainEvent]) -> str:
        """A row for each event, however often it is told."""
        rows = [{"code": event.id[-20:], "note": event.name, "doc": dict(event.data)} for event in events]
        await self._tables.insert(VISIT, rows, key=["code"], existing="keep")
        return events[-1].cursor


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who it is."""
    return PluginManifest(
        name="keeper",
        version="1.0",
        summary="Keeps visits.",
        maintainer="tests",
        homepage="https://example.test",
        capabilities=frozenset({Capability.EXTENSION, Capability.EVENT_SUBSCRIBER}),
        scopes=(
            PluginScope("event:list:read", "It hears of payments."),
            PluginScope("table:own:write", "It keeps visits in a table of its own."),
        ),
        contributions=tuple(Contribution(kind, "of a test") for kind in ContributionKind),
    )


@hookimpl
def recobro_extensions() -> Iterable[Extension]:
    """The extension."""
    yield Extension(
        offer=Offer(
            code="keeper", summary="Keeps visits.", build=Keeper, settings=KeeperSettings, abilities=("callbacks",)
        ),
        graphql=(
            FieldOn(
                on=CoreType.DEBT,
                name="keeperNote",
                type=str,
                resolve=Keeper.notes,
                description="What was said.",
                permission="debt:read",
            ),
            Query(
                name="keeperVisits",
                type=KeeperVisits,
                input=KeeperVisitsInput,
                resolve=Keeper.visits,
                description="Visits.",
                permission="debt:read",
            ),
            Mutation(
                name="keeperVisitSave",
                input=KeeperVisitSaveInput,
                payload=KeeperVisitSavePayload,
                resolve=Keeper.save,
                description="Keep a visit.",
                permission="debt:work",
            ),
        ),
        jobs=(
            Job(name="fill", summary="Fills.", work=Keeper.fill, every=timedelta(hours=1)),
            Job(name="die", summary="Dies.", work=Keeper.die),
        ),
    )


@hookimpl
def recobro_event_subscribers() -> Iterable[Offer[EventSubscriber]]:
    """The subscriber."""
    yield Offer(code="keeper_ears", summary="Hears of payments.", build=Keeper, settings=KeeperSettings)
