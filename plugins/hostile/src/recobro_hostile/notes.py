"""The extension, receiver and subscriber that every defect of an addition starts from, and which have none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, cast

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from recobro_sdk import (
    CallbackResult,
    DomainEvent,
    EventInterest,
    InboundCall,
    JobProgress,
    JsonObject,
    Money,
    PluginContext,
    PluginEvent,
    RejectedByProvider,
    ask_json,
    verify_callback,
)
from recobro_sdk.graphql import ObjectKey, Refusal, described


class HostileBand(StrEnum):
    """How much is left."""

    LITTLE = "LITTLE"
    MUCH = "MUCH"


@dataclass(frozen=True, slots=True)
class HostileNote:
    """What is noted of a debt."""

    of: str = described("The debt, by its id.")
    left: Money = described("What is left of it.")
    band: HostileBand = described("The same in words.")
    due_on: date | None = described("Since when it is due.")
    marks: int = described("How often it was marked.")


@dataclass(frozen=True, slots=True)
class HostileMarkInput:
    """What is marked."""

    debt_id: str = described("The debt.")
    text: str = described("Why.")


@dataclass(frozen=True, slots=True)
class HostileMarkPayload:
    """The mark."""

    text: str = described("As it is kept.")


@dataclass(frozen=True, slots=True)
class HostileMarksInput:
    """Which mark."""

    debt_id: str = described("The debt.")


@dataclass(frozen=True, slots=True)
class HostileMark:
    """A mark."""

    text: str = described("What it says.")


class NotesSettings(BaseModel):
    """How to reach the ledger of notes, and what its calls are signed with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field(default="", description="Address of the notes; empty for nowhere")
    api_key: SecretStr = Field(default=SecretStr(""), description="Key of the notes")
    signing_secret: SecretStr = Field(default=SecretStr(""), description="Secret of the notes' calls")


class Told(BaseModel):
    """What the notes answer."""

    model_config = ConfigDict(strict=True)

    number: str


class HonestNotes:
    """Notes without a defect. Subclasses override the one step that they do wrong."""

    code: ClassVar[str] = "hostile_notes"
    abilities: ClassVar[tuple[str, ...]] = ("callbacks",)

    def __init__(self, settings: NotesSettings, context: PluginContext) -> None:
        self._settings, self._context = settings, context

    async def notes(self, keys: Sequence[ObjectKey]) -> list[HostileNote | None]:
        """One for each debt."""
        if keys:
            await self.told("/notes", {"ids": [key.id for key in keys]})
        return [self.note(key) for key in keys]

    def note(self, key: ObjectKey) -> HostileNote | None:
        """What is noted of one."""
        balance, due = cast("dict[str, Any]", key.values["balance"]), key.values["due_on"]
        left = Money(balance["minor_units"], balance["currency"])
        return HostileNote(
            of=key.id,
            left=left,
            band=HostileBand.MUCH if left.minor_units > 100_00 else HostileBand.LITTLE,
            due_on=date.fromisoformat(due) if isinstance(due, str) else None,
            marks=len(key.id),
        )

    async def told(self, path: str, body: JsonObject) -> None:
        """Tell the ledger of notes, where there is one."""
        if self._settings.base_url:
            headers = {"Authorization": f"Bearer {self._settings.api_key.get_secret_value()}"}
            url = f"{self._settings.base_url}{path}"
            await ask_json(self._context, "POST", url, answer=Told, json=body, headers=headers)

    async def mark(self, given: HostileMarkInput) -> HostileMarkPayload | Refusal:
        """Keep a mark."""
        if not given.text.strip():
            return Refusal(code="MARK_EMPTY", message="A mark says something.", field="text", remedy="Write why.")
        await self._context.store.put(f"mark.{given.debt_id}", {"text": given.text})
        return HostileMarkPayload(given.text)

    async def marked(self, given: HostileMarksInput) -> HostileMark | None:
        """The mark of a debt."""
        found = await self._context.store.get(f"mark.{given.debt_id}")
        return HostileMark(str(found["text"])) if found else None

    async def sweep(self, progress: JobProgress) -> None:
        """Three steps, each of which may be done again."""
        for step in range(1, 4):
            await self._context.store.put(f"swept.{step}", {"step": step})
            await progress(step, 3, f"step {step}")

    async def verify_call(self, call: InboundCall) -> str:
        """Standard Webhooks."""
        return verify_callback(self._settings.signing_secret, call, now=self._context.clock.now())

    async def receive_call(self, call: InboundCall) -> CallbackResult:
        """A mark was counted."""
        return CallbackResult(events=(PluginEvent("marks_counted", {"marks": await self.kept(call)}),))

    async def kept(self, call: InboundCall) -> int:
        """The number of marks, which is kept."""
        marks = self.read(call)["marks"]
        if type(marks) is not int:
            raise RejectedByProvider("the call counts no marks")
        await self._context.store.put("marks", {"marks": marks})
        return marks

    def read(self, call: InboundCall) -> dict[str, Any]:
        """What a call says."""
        try:
            told = json.loads(call.body)
        except ValueError:
            raise RejectedByProvider("the call is no JSON") from None
        if not isinstance(told, dict) or "marks" not in told:
            raise RejectedByProvider("the call counts no marks")
        return cast("dict[str, Any]", told)

    def interests(self) -> Sequence[EventInterest]:
        """Payments."""
        return (EventInterest("payment.recorded"),)

    async def handle(self, events: Sequence[DomainEvent]) -> str:
        """Note each event once."""
        for event in events:
            await self.hear(event)
        return events[-1].cursor

    async def hear(self, event: DomainEvent) -> None:
        """Note one."""
        await self._context.store.add(f"event.{event.id}", {"name": event.name})
