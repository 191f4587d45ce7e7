"""A legal channel behind the integrator's server."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Final

from recobro_remote import checklist
from recobro_remote.exchange import Exchange
from recobro_remote.protocol import HANDOFF_STATUS, SUBMIT
from recobro_remote.settings import RemoteLegalSettings
from recobro_sdk import (
    Capability,
    CaseSummary,
    Dossier,
    HandoffReceipt,
    HandoffRef,
    JsonObject,
    LegalStage,
    Outcome,
    PluginContext,
    ProviderUnavailable,
    RejectedByProvider,
    Requirement,
)

LEGAL_CODE: Final = "remote_legal"


class RemoteLegalChannel:
    """A `LegalChannel` for one agency. `code` is its offer's."""

    code: ClassVar[str] = LEGAL_CODE

    def __init__(self, settings: RemoteLegalSettings, context: PluginContext) -> None:
        self._settings = settings
        self._context = context
        self._exchange = Exchange(settings, context, self.code)

    def requirements(self, case: CaseSummary) -> Sequence[Requirement]:
        """The documents that the settings ask for; see `LegalChannel.requirements`."""
        return checklist.requirements(self._settings, case, self._context.clock.now())

    async def submit(self, dossier: Dossier, *, idempotency_key: str) -> HandoffReceipt:
        """Hand a case over; see `LegalChannel.submit`.

        The first receipt's time, number and files are kept as a digest: a server that answers the key with another
        receipt is not believed (`malformed_answer`).
        """
        asked = {"dossier": dossier, "idempotency_key": idempotency_key}
        case = hashlib.sha256(SUBMIT.write(asked)).hexdigest()
        place = f"handoff.{hashlib.sha256(idempotency_key.encode()).hexdigest()}"
        kept = await self._context.store.get(place)
        if kept is not None and kept["case"] != case:
            raise RejectedByProvider("the key was used for another dossier", code="idempotency_key_reused")
        if kept is None and any(line.blocks for line in self.requirements(dossier.case)):
            raise RejectedByProvider("a document that the server requires is missing", code="requirements_unsatisfied")
        receipt: HandoffReceipt = await self._exchange.ask(SUBMIT, asked, key=idempotency_key)
        return await self._same(place, case, receipt)

    async def status(self, handoff: HandoffRef) -> Outcome[LegalStage]:
        """How far the case is; see `LegalChannel.status`."""
        stage: Outcome[LegalStage] = await self._exchange.ask(HANDOFF_STATUS, {"handoff": handoff})
        return stage

    async def check(self) -> None:
        """Try the settings without a case; see `Checkable.check`."""
        await self._exchange.check(Capability.LEGAL_CHANNEL)

    async def _same(self, place: str, case: str, receipt: HandoffReceipt) -> HandoffReceipt:
        digest = _digest(receipt)
        first: JsonObject = {"case": case, "receipt": digest, "received_at": receipt.received_at.isoformat()}
        # Of two calls with one key the first to come here is kept, and both give its receipt.
        if not await self._context.store.add(place, first):
            first = await self._context.store.get(place) or first
        if first["case"] != case:
            raise RejectedByProvider("the key was used for another dossier", code="idempotency_key_reused")
        if first["receipt"] != digest:
            raise ProviderUnavailable("the server gives another receipt for the same key", code="malformed_answer")
        return replace(receipt, received_at=datetime.fromisoformat(str(first["received_at"])))


def _digest(receipt: HandoffReceipt) -> str:
    parts = [receipt.number, *(text for one in receipt.artifacts for text in (one.name, one.media_type, one.sha256))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
