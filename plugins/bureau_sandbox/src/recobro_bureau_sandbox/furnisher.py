"""The sandbox bureau that is told how debtors pay: it takes a batch, and decides by the ends of its references."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from recobro_bureau_sandbox.answers import is_known
from recobro_bureau_sandbox.client import SandboxClient
from recobro_bureau_sandbox.settings import SandboxBureauSettings
from recobro_sdk import (
    Failed,
    FurnishingAcknowledgement,
    FurnishingAction,
    FurnishingBatch,
    JsonObject,
    Outcome,
    PluginContext,
    ProviderUnavailable,
    RecordReject,
    RejectedByProvider,
    Settled,
    Submission,
    SubmissionRef,
)

FURNISHER_CODE: Final = "bureau_sandbox_furnisher"

_BATCHES: Final = "/v1/batches"
_NEVER: Final = "not_received"
_BATCH: Final = TypeAdapter(FurnishingBatch)
_M = TypeVar("_M", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class _Taken(_Strict):
    number: str = Field(min_length=1)


class _Reject(_Strict):
    reference: str
    code: str
    field: str
    remedy: str


class _Decided(_Taken):
    accepted: int = Field(ge=0)
    rejects: list[_Reject]


class _Kept(_Strict):
    """A batch that was taken, as the plugin's store keeps it: `told` is what the bureau was sent."""

    sha256: str
    number: str
    received_at: str
    told: JsonObject


class SandboxFurnisher:
    """A `BureauFurnisher` for one agency."""

    def __init__(self, settings: SandboxBureauSettings, context: PluginContext) -> None:
        self._context = context
        self._client = SandboxClient(settings, context)

    async def problems(self, batch: FurnishingBatch) -> Sequence[RecordReject]:
        """Whose document ends in 000 is nobody's, as in an inquiry; what is to be deleted may be anybody's."""
        return [
            RecordReject(
                reference=record.reference, code="subject_not_found", field="parties",
                remedy="The bureau knows nobody by that document: check its number.",
            )
            for record in batch.records
            if record.action is not FurnishingAction.DELETE and not is_known(record.primary.document_number or "")
        ]  # fmt: skip

    async def submit(self, batch: FurnishingBatch, *, idempotency_key: str) -> Submission:
        """Hand a batch over; see `BureauFurnisher.submit`. No name and no document is sent."""
        place, digest = _place(idempotency_key), await asyncio.to_thread(_digest, batch)
        kept = await self._kept(place)
        if kept is None:
            if await self.problems(batch):
                raise RejectedByProvider("the bureau would refuse a record of it", code="batch_refused")
            told = _told(batch)
            number = await self._hand_over(told, idempotency_key)
            now = self._context.clock.now().isoformat()
            kept = _Kept(sha256=digest, number=number, received_at=now, told=told)
            if not await self._context.store.add(place, kept.model_dump(mode="json")):
                # Another call may have been first: what it kept is the answer to both.
                kept = await self._kept(place) or kept
        if kept.sha256 != digest:
            raise RejectedByProvider("the key was used for another batch", code="idempotency_key_reused")
        self._context.log.info("batch_told", records=len(batch.records))
        return Submission(
            bureau=FURNISHER_CODE, number=kept.number, received_at=datetime.fromisoformat(kept.received_at)
        )

    async def status(self, submission: SubmissionRef) -> Outcome[FurnishingAcknowledgement]:
        """What the bureau has decided, which it does at once; see `BureauFurnisher.status`.

        A sandbox that was started again has forgotten what it was told: it is told again, with the same key.
        """
        key = submission.idempotency_key
        try:
            decided = await self._decided(key)
        except RejectedByProvider as refused:
            if refused.code != _NEVER:
                raise
            kept = await self._kept(_place(key))
            if kept is None:
                return Failed(_NEVER, retryable=True)
            await self._hand_over(kept.told, key)
            decided = await self._decided(key)
        rejects = tuple(RecordReject(**one.model_dump()) for one in decided.rejects)
        return Settled(FurnishingAcknowledgement(number=decided.number, accepted=decided.accepted, rejects=rejects))

    async def check(self) -> None:
        """Ask the bureau whether it accepts the key; see `Checkable.check`."""
        await self._client.ask("GET", "/v1/account")

    async def close(self) -> None:
        """Give the demonstration server back, if this furnisher started or joined it."""
        await self._client.close()

    async def _hand_over(self, told: JsonObject, key: str) -> str:
        content = await self._client.ask("POST", _BATCHES, _headers(key), told)
        return _read(_Taken, content).number

    async def _decided(self, key: str) -> _Decided:
        return _read(_Decided, await self._client.ask("GET", _BATCHES, _headers(key)))

    async def _kept(self, place: str) -> _Kept | None:
        document = await self._context.store.get(place)
        return None if document is None else _Kept.model_validate(document)


def _told(batch: FurnishingBatch) -> JsonObject:
    records: list[JsonObject] = [
        {
            "reference": record.reference,
            "action": record.action.value,
            "status": record.status.value,
            "days_past_due": record.days_past_due,
            "balance_minor_units": record.balance.minor_units,
            "currency": record.balance.currency,
        }
        for record in batch.records
    ]
    return {"reference": batch.reference, "records": [*records]}


def _read(kind: type[_M], content: bytes) -> _M:
    try:
        return kind.model_validate_json(content)
    except ValueError:
        raise ProviderUnavailable("the bureau's answer is not an answer", code="malformed_answer") from None


def _headers(key: str) -> dict[str, str]:
    # Hashed, because the host's keys may hold what a header may not.
    return {"Idempotency-Key": hashlib.sha256(key.encode()).hexdigest()}


def _digest(batch: FurnishingBatch) -> str:
    return hashlib.sha256(_BATCH.dump_json(batch)).hexdigest()


def _place(key: str) -> str:
    return f"batch.{hashlib.sha256(key.encode()).hexdigest()}"
