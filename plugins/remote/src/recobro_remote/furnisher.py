"""A bureau that is told how debtors pay, behind the integrator's server."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from recobro_remote.exchange import Exchange
from recobro_remote.protocol import BATCH_STATUS, SUBMIT_BATCH
from recobro_remote.settings import NeededField, RemoteFurnishingSettings
from recobro_sdk import (
    Capability,
    FurnishedParty,
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
    SubjectKind,
    Submission,
    SubmissionRef,
)

FURNISHER_CODE: Final = "remote_furnisher"

_REMEDIES: Final = {
    NeededField.ADDRESS: "Add the debtor's address.",
    NeededField.BORN_ON: "Add the debtor's date of birth.",
    NeededField.PHONE: "Add a telephone of the debtor.",
    NeededField.EMAIL: "Add an e-mail address of the debtor.",
}


class RemoteFurnisher:
    """A `BureauFurnisher` for one agency."""

    def __init__(self, settings: RemoteFurnishingSettings, context: PluginContext) -> None:
        self._settings = settings
        self._context = context
        self._exchange = Exchange(settings, context, FURNISHER_CODE)

    async def problems(self, batch: FurnishingBatch) -> Sequence[RecordReject]:
        """What the settings ask for and a record has not; what is to be deleted needs nothing."""
        return [
            RecordReject(
                reference=record.reference, code=f"{field.value}_missing", field="parties", remedy=_REMEDIES[field]
            )
            for record in batch.records
            if record.action is not FurnishingAction.DELETE
            for field in self._settings.needed_fields
            if not _has(record.primary, field)
        ]

    async def submit(self, batch: FurnishingBatch, *, idempotency_key: str) -> Submission:
        """Hand a batch over; see `BureauFurnisher.submit`.

        The first answer's time, number and files are kept as a digest: a server that answers the key with another one
        is not believed (`malformed_answer`).
        """
        # Thousands of records are not written while others wait for this process.
        question = await asyncio.to_thread(SUBMIT_BATCH.write, {"batch": batch, "idempotency_key": idempotency_key})
        asked = hashlib.sha256(question).hexdigest()
        place = f"batch.{hashlib.sha256(idempotency_key.encode()).hexdigest()}"
        kept = await self._context.store.get(place)
        if kept is None and await self.problems(batch):
            raise RejectedByProvider("a record lacks what the server needs", code="batch_refused")
        if kept is None or kept["batch"] == asked:
            submission: Submission = await self._exchange.send(SUBMIT_BATCH, question, key=idempotency_key)
            return await self._same(place, asked, submission)
        raise _reused()

    async def status(self, submission: SubmissionRef) -> Outcome[FurnishingAcknowledgement]:
        """Which records the bureau took; see `BureauFurnisher.status`. An answer about another batch is none."""
        found: Outcome[FurnishingAcknowledgement] = await self._exchange.ask(BATCH_STATUS, {"submission": submission})
        if isinstance(found, Settled) and submission.number not in (None, found.value.number):
            raise ProviderUnavailable("the server answers about another batch", code="malformed_answer")
        return found

    async def check(self) -> None:
        """Try the settings without a batch; see `Checkable.check`."""
        await self._exchange.check(Capability.BUREAU_FURNISHING)

    async def _same(self, place: str, asked: str, submission: Submission) -> Submission:
        digest = _digest(submission)
        first: JsonObject = {"batch": asked, "answer": digest, "received_at": submission.received_at.isoformat()}
        # Of two calls with one key the first to come here is kept, and both give its answer.
        if not await self._context.store.add(place, first):
            first = await self._context.store.get(place) or first
        if first["batch"] != asked:
            raise _reused()
        if first["answer"] != digest:
            raise ProviderUnavailable("the server gives another answer for the same key", code="malformed_answer")
        return replace(submission, received_at=datetime.fromisoformat(str(first["received_at"])))


def _has(party: FurnishedParty, field: NeededField) -> bool:
    # Only people are born.
    if field is NeededField.BORN_ON and party.kind is SubjectKind.LEGAL:
        return True
    return bool(getattr(party, field.value))


def _reused() -> RejectedByProvider:
    return RejectedByProvider("the key was used for another batch", code="idempotency_key_reused")


def _digest(submission: Submission) -> str:
    files = [text for one in submission.artifacts for text in (one.name, one.media_type, one.sha256)]
    return hashlib.sha256("\0".join([submission.number, *files]).encode()).hexdigest()
