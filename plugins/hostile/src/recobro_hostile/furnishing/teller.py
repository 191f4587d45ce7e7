"""The furnisher that every lie starts from, and which tells what its bureau made of a batch as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from recobro_hostile.honest import HonestSettings
from recobro_sdk import (
    Failed,
    FurnishingAcknowledgement,
    FurnishingBatch,
    JsonObject,
    Outcome,
    Pending,
    PluginContext,
    RecordReject,
    RejectedByProvider,
    Settled,
    Submission,
    SubmissionRef,
    ask_json,
)

_BATCH: TypeAdapter[FurnishingBatch] = TypeAdapter(FurnishingBatch)


class _Taken(BaseModel):
    model_config = ConfigDict(strict=True)

    number: str = Field(min_length=1)


class _Reject(BaseModel):
    model_config = ConfigDict(strict=True)

    reference: str
    code: str
    field: str
    remedy: str


class _Decided(_Taken):
    state: Literal["working", "decided"]
    accepted: int = 0
    rejects: list[_Reject] = Field(default_factory=list[_Reject])


class Teller:
    """A furnisher without a defect. Subclasses override the one step that they do wrong."""

    code: ClassVar[str] = "hostile_teller"
    abilities: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, settings: HonestSettings, context: PluginContext) -> None:
        self._settings, self._context = settings, context

    async def problems(self, batch: FurnishingBatch) -> Sequence[RecordReject]:
        """Records without an address; see `BureauFurnisher.problems`."""
        return [
            RecordReject(reference=one.reference, code="address_missing", field="parties", remedy="Add the address.")
            for one in batch.records
            if one.primary.address is None
        ]

    async def submit(self, batch: FurnishingBatch, *, idempotency_key: str) -> Submission:
        """Hand a batch over; see `BureauFurnisher.submit`."""
        place, now = _place(idempotency_key), self._context.clock.now()
        first: JsonObject = {"sha256": hashlib.sha256(_BATCH.dump_json(batch)).hexdigest(), "at": now.isoformat()}
        if not await self._context.store.add(place, first):
            kept = await self._context.store.get(place) or first
            if kept["sha256"] != first["sha256"]:
                raise RejectedByProvider("the key was used for another batch", code="idempotency_key_reused")
            first = kept
        records = [cast("JsonObject", {"reference": one.reference}) for one in batch.records]
        taken = await ask_json(
            self._context, "POST", f"{self._settings.base_url}/v1/batches", answer=_Taken,
            json={"reference": batch.reference, "records": [*records]},
            headers=self._headers() | {"Idempotency-Key": idempotency_key},
        )  # fmt: skip
        at = datetime.fromisoformat(str(first["at"]))
        return Submission(bureau=self.code, number=taken.number, received_at=at)

    async def status(self, submission: SubmissionRef) -> Outcome[FurnishingAcknowledgement]:
        """What the bureau says; see `BureauFurnisher.status`."""
        try:
            found = await ask_json(
                self._context, "GET", f"{self._settings.base_url}/v1/batches/{submission.idempotency_key}",
                answer=_Decided, headers=self._headers(),
            )  # fmt: skip
        except RejectedByProvider as refused:
            if refused.code != "not_received":
                raise
            return Failed("not_received", retryable=True)
        if found.state == "working":
            return Pending()
        rejects = tuple(RecordReject(**one.model_dump()) for one in found.rejects)
        return self.told(
            FurnishingAcknowledgement(number=found.number, accepted=found.accepted, rejects=rejects), submission
        )

    def told(self, found: FurnishingAcknowledgement, submission: SubmissionRef) -> Outcome[FurnishingAcknowledgement]:
        """How the bureau's decision is told."""
        return Settled(found)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._settings.api_key.get_secret_value()}"}


def _place(key: str) -> str:
    return f"batch.{hashlib.sha256(key.encode()).hexdigest()}"
