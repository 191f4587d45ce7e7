"""A bureau that is told by file: nothing is sent, somebody carries the file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from recobro_sdk import (
    Artifact,
    Failed,
    FurnishingAcknowledgement,
    FurnishingBatch,
    Outcome,
    Pending,
    PluginContext,
    RecordReject,
    RejectedByProvider,
    Submission,
    SubmissionRef,
)

_BATCH: TypeAdapter[FurnishingBatch] = TypeAdapter(FurnishingBatch)


class NoSettings(BaseModel):
    """There is nothing to set."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FileFurnisher:
    """A `BureauFurnisher` that makes a file."""

    def __init__(self, settings: NoSettings, context: PluginContext) -> None:
        self._context = context

    async def problems(self, batch: FurnishingBatch) -> Sequence[RecordReject]:
        """Records without an address."""
        return [
            RecordReject(
                reference=record.reference,
                code="address_missing",
                field="parties",
                remedy="Complete the address of the primary party.",
            )
            for record in batch.records
            if record.primary.address is None
        ]

    async def submit(self, batch: FurnishingBatch, *, idempotency_key: str) -> Submission:
        """Make the file."""
        content = _BATCH.dump_json(batch)
        kept: Any = {"sha256": hashlib.sha256(content).hexdigest()}
        place = _place(idempotency_key)
        if not await self._context.store.add(place, kept) and await self._context.store.get(place) != kept:
            raise RejectedByProvider("the key was used for another batch", code="idempotency_key_reused")
        file = Artifact(name="batch.json", media_type="application/json", content=content)
        now = self._context.clock.now()
        return Submission(bureau="examples_furnisher", number=batch.reference, received_at=now, artifacts=(file,))

    async def status(self, submission: SubmissionRef) -> Outcome[FurnishingAcknowledgement]:
        """Pending, until somebody brings the answer."""
        known = await self._context.store.get(_place(submission.idempotency_key))
        return Failed("not_received", retryable=True) if known is None else Pending()


def _place(key: str) -> str:
    return f"batch.{hashlib.sha256(key.encode()).hexdigest()}"
