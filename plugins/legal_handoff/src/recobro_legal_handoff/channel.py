"""The hand-off as Recobro sees it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import date, timedelta, timezone
from typing import Final

from recobro_legal_handoff.canonical import encode, plain
from recobro_legal_handoff.checklist import checklist
from recobro_legal_handoff.receipts import CHANNEL_CODE, StoredReceipt, receipt_number, store_key
from recobro_legal_handoff.settings import LegalHandoffSettings
from recobro_legal_handoff.sheet import Sheet
from recobro_sdk import (
    Artifact,
    CaseSummary,
    Dossier,
    Failed,
    HandoffReceipt,
    HandoffRef,
    LegalStage,
    Outcome,
    PluginContext,
    RejectedByProvider,
    Requirement,
    Settled,
)

# Colombia has one zone and has not changed its clocks since 1993, so no time-zone data is needed.
_COLOMBIA: Final = timezone(timedelta(hours=-5))


class LegalHandoff:
    """A `LegalChannel` for one agency."""

    def __init__(self, settings: LegalHandoffSettings, context: PluginContext) -> None:
        self._settings = settings
        self._context = context

    def requirements(self, case: CaseSummary) -> Sequence[Requirement]:
        """The Colombian checklist as of today in Colombia."""
        return checklist(case, self._today(), self._settings.filing_margin_days)

    async def submit(self, dossier: Dossier, *, idempotency_key: str) -> HandoffReceipt:
        """Check, pack, keep and acknowledge; see `LegalChannel.submit`.

        Raises `RejectedByProvider` with code `requirements_unsatisfied`, `idempotency_key_reused`,
        `country_not_served`, or `unprintable_text` when a name has letters that the PDF cannot show.
        """
        fingerprint = hashlib.sha256(encode(plain(dossier))).hexdigest()
        key = store_key(idempotency_key)
        earlier = await self._kept(key, fingerprint)
        if earlier is not None:
            return earlier
        lines = self._admit(dossier)
        sheet = Sheet(dossier, tuple(lines), self._today(), self._settings.firm_name, self._settings.firm_city)
        artifacts = await asyncio.to_thread(_pack, sheet)
        receipt = HandoffReceipt(
            channel=CHANNEL_CODE,
            number=receipt_number(self._context.agency, idempotency_key),
            received_at=self._context.clock.now(),
            artifacts=artifacts,
        )
        if not await self._context.store.add(key, StoredReceipt.of(receipt, fingerprint).document()):
            # Another call with the same key was faster: its receipt is the receipt.
            return await self._kept(key, fingerprint) or receipt
        self._context.log.info("handoff_acknowledged", receipt=receipt.number, artifacts=len(artifacts))
        return receipt

    async def status(self, handoff: HandoffRef) -> Outcome[LegalStage]:
        """Acknowledged, or certainly never received; what the firm does later comes back through other channels."""
        kept = await self._context.store.get(store_key(handoff.idempotency_key))
        return Failed("not_received", retryable=True) if kept is None else Settled(LegalStage.ACKNOWLEDGED)

    def _today(self) -> date:
        return self._context.clock.now().astimezone(_COLOMBIA).date()

    def _admit(self, dossier: Dossier) -> Sequence[Requirement]:
        if dossier.case.country != "CO":
            raise RejectedByProvider("this channel serves Colombia only", code="country_not_served")
        lines = self.requirements(dossier.case)
        blocking = [line.code for line in lines if line.blocks]
        if blocking:
            self._context.log.warning("handoff_refused", case=dossier.case.reference, requirements=[*blocking])
            raise RejectedByProvider(
                f"unsatisfied requirements: {', '.join(blocking)}", code="requirements_unsatisfied"
            )
        return lines

    async def _kept(self, key: str, fingerprint: str) -> HandoffReceipt | None:
        document = await self._context.store.get(key)
        if document is None:
            return None
        kept = StoredReceipt.model_validate(document)
        if kept.fingerprint != fingerprint:
            raise RejectedByProvider("this key was used for another dossier", code="idempotency_key_reused")
        return kept.receipt()


def _pack(sheet: Sheet) -> tuple[Artifact, ...]:
    # The PDF library takes longer to load than all else of the plugin: in the thread that prints, when it prints.
    from recobro_legal_handoff.pdf import render

    content = encode(
        {
            "format": "recobro-legal-handoff/1",
            "checked_on": sheet.checked_on.isoformat(),
            "checklist": plain(sheet.lines),
            "dossier": plain(sheet.dossier),
            "firm": {"name": sheet.firm_name, "city": sheet.firm_city},
        }
    )
    json_file = Artifact(name="expediente.json", media_type="application/json", content=content)
    pdf = render(sheet, json_file.sha256)
    return (Artifact(name="expediente.pdf", media_type="application/pdf", content=pdf), json_file)
