"""A plugin of the tests that adds to the host whatever can be added: fields, roots, jobs, callbacks, and hears of events.

It knows no test: what it does follows from its settings and from what it is asked. It is written like a stranger's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import orjson
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
    Job,
    JobProgress,
    Money,
    Offer,
    PluginContext,
    PluginEvent,
    PluginManifest,
    PluginScope,
    ProviderUnavailable,
    RejectedByProvider,
    hookimpl,
    verify_callback,
)
from recobro_sdk.graphql import CoreType, FieldOn, Mutation, ObjectKey, Query, Refusal, described


class AcmeBand(StrEnum):
    """How good a score is."""

    LOW = "LOW"
    HIGH = "HIGH"


@dataclass(frozen=True, slots=True)
class AcmeReason:
    """One reason for a score."""

    code: str = described("Stable, for programs.")
    weight: int = described("How much of the score it is, in percent.")


@dataclass(frozen=True, slots=True)
class AcmeScore:
    """How likely a debt is paid."""

    of: str = described("The object it is of, by its id.")
    points: int = described("From 0 to 1000.")
    band: AcmeBand = described("The same in words.")
    expected: Money = described("What will be paid.")
    on: date = described("The day it was computed.")
    reasons: tuple[AcmeReason, ...] = described("Why, the weightiest first.")
    note: str | None = described("What a person wrote to it.")


@dataclass(frozen=True, slots=True)
class AcmeNoteSaveInput:
    """A note to a score."""

    debt_id: str = described("The debt.")
    text: str = described("The note.")
    band: AcmeBand | None = described("The band that it is for.", default=None)


@dataclass(frozen=True, slots=True)
class AcmeNoteSavePayload:
    """What was saved."""

    note: str = described("The note as it is kept.")


@dataclass(frozen=True, slots=True)
class AcmeNotesInput:
    """Which note."""

    debt_id: str = described("The debt.")


@dataclass(frozen=True, slots=True)
class AcmeNote:
    """A note."""

    text: str = described("What it says.")


class AcmeSettings(BaseModel):
    """What an agency says."""

    model_config = ConfigDict(extra="forbid")

    secret: SecretStr = Field(default=SecretStr("whsec_c2VjcmV0"), description="The secret of callbacks.")
    broken: str = Field(default="", description="What does not work: `score`, `shape`, `events` or `poison`.")


class Acme:
    """The provider of the extension, and of the subscriber, at one agency."""

    def __init__(self, settings: AcmeSettings, context: PluginContext) -> None:
        self._settings, self._context = settings, context

    async def scores(self, keys: Sequence[ObjectKey]) -> list[AcmeScore | None]:
        """As many as there are keys; counted, so that a test sees how often it is asked."""
        if self._settings.broken == "score":
            asked = await self._context.store.get("failed") or {"times": 0}
            await self._context.store.put("failed", {"times": int(str(asked["times"])) + 1})
            raise ProviderUnavailable("the scorer is away")
        if self._settings.broken == "shape":
            return []
        found = await self._context.store.get("asked") or {"times": 0, "keys": 0}
        counted = {"times": int(str(found["times"])) + 1, "keys": len(keys)}
        await self._context.store.put("asked", counted)
        return [await self._score(key) for key in keys]

    async def _score(self, key: ObjectKey) -> AcmeScore | None:
        reference = str(key.values["reference"])
        if reference.endswith("none"):
            return None
        balance = key.values["balance"]
        assert isinstance(balance, dict) and type(balance["minor_units"]) is int
        note = await self._context.store.get(f"note.{key.id}")
        return AcmeScore(
            of=key.id,
            points=len(reference),
            band=AcmeBand.HIGH if balance["minor_units"] > 100_00 else AcmeBand.LOW,
            expected=Money(balance["minor_units"] // 2, str(balance["currency"])),
            on=date(2026, 3, 1),
            reasons=(AcmeReason("REFERENCE", 100),),
            note=str(note["text"]) if note else None,
        )

    async def lengths(self, keys: Sequence[ObjectKey]) -> list[int]:
        """Of ids."""
        return [len(key.id) for key in keys]

    async def save_note(self, given: AcmeNoteSaveInput) -> AcmeNoteSavePayload | Refusal:
        """A note of at least one letter."""
        if not given.text.strip():
            return Refusal(code="NOTE_EMPTY", message="A note says something.", field="text", remedy="Write it.")
        if given.text == "twice":
            return Refusal(code="NOTE_THERE", message="There is such a note.")
        await self._context.store.put(f"note.{given.debt_id}", {"text": given.text})
        return AcmeNoteSavePayload(f"{given.band}: {given.text}" if given.band else given.text)

    async def note(self, given: AcmeNotesInput) -> AcmeNote | None:
        """The note to a debt."""
        found = await self._context.store.get(f"note.{given.debt_id}")
        return AcmeNote(str(found["text"])) if found else None

    async def count(self, progress: JobProgress) -> None:
        """Three steps."""
        for step in range(1, 4):
            await progress(step, 3, f"step {step}")
        await self._context.store.put("counted", {"steps": 3})

    async def fail(self, progress: JobProgress) -> None:
        """Never works."""
        await progress(1, 2, "half of it")
        raise RejectedByProvider("it will not do it")

    async def verify_call(self, call: InboundCall) -> str:
        """Standard Webhooks."""
        return verify_callback(self._settings.secret, call, now=self._context.clock.now())

    async def receive_call(self, call: InboundCall) -> CallbackResult:
        """Tells what it was told."""
        told = orjson.loads(call.body)
        if told.get("nonsense"):
            raise RejectedByProvider("the call makes no sense")
        return CallbackResult(events=(PluginEvent("score_changed", {"points": told["points"]}),))

    def interests(self) -> Sequence[EventInterest]:
        """Payments."""
        return (EventInterest("payment.recorded"), EventInterest("debt.disputed"))

    async def handle(self, events: Sequence[DomainEvent]) -> str:
        """Keeps the ids it was told, in order; chokes on what its settings say."""
        if self._settings.broken == "events":
            raise ProviderUnavailable("not now")
        kept = await self._context.store.get("heard") or {"ids": []}
        ids = kept["ids"]
        assert isinstance(ids, list)
        for event in events:
            if self._settings.broken == "poison" and event.data["amount_minor"] == 666:
                raise KeyError("the poison")
            ids.append(event.id)
        await self._context.store.put("heard", {"ids": ids})
        return events[-1].cursor


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who it is."""
    kinds = (ContributionKind.GRAPHQL, ContributionKind.JOBS, ContributionKind.CALLBACKS)
    return PluginManifest(
        name="acme",
        version="1.0",
        summary="Scores debts.",
        maintainer="tests",
        homepage="https://example.test",
        capabilities=frozenset({Capability.EXTENSION, Capability.EVENT_SUBSCRIBER}),
        scopes=(
            PluginScope("debt:reference:read", "The score follows from it."),
            PluginScope("debt:balance:read", "What is expected follows from it."),
            PluginScope("event:list:read", "It hears of payments."),
        ),
        contributions=tuple(Contribution(kind, "of a test") for kind in kinds),
    )


@hookimpl
def recobro_extensions() -> Iterable[Extension]:
    """The extension."""
    yield Extension(
        offer=Offer(code="acme", summary="Scores debts.", build=Acme, settings=AcmeSettings, abilities=("callbacks",)),
        graphql=(
            FieldOn(
                on=CoreType.DEBT,
                name="acmeScore",
                type=AcmeScore,
                resolve=Acme.scores,
                description="How likely it is paid.",
                permission="debt:read",
                needs=("reference", "balance"),
                cost=7,
            ),
            FieldOn(
                on=CoreType.PAYMENT,
                name="acmeLength",
                type=int,
                resolve=Acme.lengths,
                description="How long its id is.",
                permission="ledger:read",
            ),
            Query(
                name="acmeNote",
                type=AcmeNote,
                input=AcmeNotesInput,
                resolve=Acme.note,
                description="A note.",
                permission="debt:read",
            ),
            Mutation(
                name="acmeNoteSave",
                input=AcmeNoteSaveInput,
                payload=AcmeNoteSavePayload,
                resolve=Acme.save_note,
                description="Keep a note to a debt.",
                permission="debt:work",
            ),
        ),
        jobs=(
            Job(name="count", summary="Counts.", work=Acme.count, every=timedelta(hours=1)),
            Job(name="fail", summary="Fails.", work=Acme.fail),
        ),
    )


@hookimpl
def recobro_event_subscribers() -> Iterable[Offer[EventSubscriber]]:
    """The subscriber."""
    yield Offer(code="acme_ears", summary="Hears of payments.", build=Acme, settings=AcmeSettings)
