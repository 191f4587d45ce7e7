"""Furnishing as Recobro sees it: a batch becomes a file that somebody carries to the bureaus."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from recobro_metro2.accounts import account, header, status_of, trailer
from recobro_metro2.forms import layout
from recobro_metro2.settings import Metro2Settings
from recobro_sdk import Artifact, Failed, Outcome, Pending, PluginContext, RejectedByProvider
from recobro_sdk.furnishing import (
    FurnishingAcknowledgement,
    FurnishingBatch,
    RecordReject,
    Submission,
    SubmissionRef,
)
from recobro_sdk.layouts import Problem, Record

OFFER_CODE: Final = "metro2"

_FIELDS: Final = {
    "consumerAccountNumber": "reference",
    "accountStatus": "status",
    "dateOpened": "opened_on",
    "dateClosed": "closed_on",
    "dateAccountInformation": "as_of",
    "dateFirstDelinquency": "defaulted_on",
    "dateLastPayment": "last_paid_on",
    "highestCredit": "original",
    "currentBalance": "balance",
    "amountPastDue": "past_due",
    "actualPaymentAmount": "last_payment",
    "originalCreditorName": "original_creditor",
    "creditorClassification": "creditor_class",
    "newConsumerAccountNumber": "reference",
    "paymentHistoryProfile": "history",
}
_PARTY_FIELDS: Final = frozenset(
    {"surname", "firstName", "socialSecurityNumber", "dateBirth", "firstLineAddress", "city", "state", "zipCode"}
)


class _Kept(BaseModel):
    """A submission as the plugin's store keeps it: all of it, so that the same key gives the same bytes."""

    model_config = ConfigDict(strict=True)

    number: str
    received_at: str
    name: str
    sha256: str
    packed: str


class Metro2Furnisher:
    """A `BureauFurnisher` for one agency, with the ability `file_only`: it makes the file and sends nothing."""

    def __init__(self, settings: Metro2Settings, context: PluginContext) -> None:
        self._settings: Metro2Settings = settings
        self._context: PluginContext = context

    async def problems(self, batch: FurnishingBatch) -> Sequence[RecordReject]:
        """What the bureaus would refuse: required fields, codes, and the rules between fields; in order."""
        return await asyncio.to_thread(self._problems, batch)

    async def submit(self, batch: FurnishingBatch, *, idempotency_key: str) -> Submission:
        """Make the file, keep it, and hand it to the host; see `BureauFurnisher.submit`.

        Raises `RejectedByProvider` with code `batch_refused` when a record has a problem, since what is known to be
        wrong may not be furnished (15 U.S.C. 1681s-2(a)(1)), or `idempotency_key_reused`.
        """
        key = _store_key(idempotency_key)
        refused = await self.problems(batch)
        if refused:
            raise RejectedByProvider(f"{len(refused)} problems in the batch", code="batch_refused")
        data = await asyncio.to_thread(self._file, batch)
        digest = hashlib.sha256(data).hexdigest()
        kept = _Kept(
            number=batch.reference,
            received_at=self._context.clock.now().isoformat(),
            name=f"metro2-{batch.as_of:%Y%m%d}-{digest[:12]}.dat",
            sha256=digest,
            packed=base64.b64encode(await asyncio.to_thread(zlib.compress, data)).decode("ascii"),
        )
        if not await self._context.store.add(key, kept.model_dump(mode="json")):
            document = await self._context.store.get(key)
            kept = _Kept.model_validate(document)
            if (kept.sha256, kept.number) != (digest, batch.reference):
                raise RejectedByProvider("this key was used for another batch", code="idempotency_key_reused")
        self._context.log.info("batch_furnished", records=len(batch.records), bytes=len(data))
        artifact = Artifact(name=kept.name, media_type="application/octet-stream", content=data)
        received_at = datetime.fromisoformat(kept.received_at)
        return Submission(bureau=OFFER_CODE, number=kept.number, received_at=received_at, artifacts=(artifact,))

    async def status(self, submission: SubmissionRef) -> Outcome[FurnishingAcknowledgement]:
        """Pending for ever, and not asked for: what the bureaus say of a file comes back on paper of their own."""
        kept = await self._context.store.get(_store_key(submission.idempotency_key))
        return Failed("not_received", retryable=True) if kept is None else Pending()

    def _records(self, batch: FurnishingBatch) -> Iterable[Record]:
        yield header(batch, self._settings)
        for record in batch.records:
            yield account(record, batch, self._settings)
        yield trailer()

    def _file(self, batch: FurnishingBatch) -> bytes:
        return layout().dump(self._records(batch))

    def _problems(self, batch: FurnishingBatch) -> list[RecordReject]:
        found: dict[tuple[int, str, str], RecordReject] = {}
        for index, record in enumerate(batch.records):
            currency = record.balance.currency
            if currency != "USD":
                remedy = f"Metro 2 is in US dollars and this is in {currency}: leave the record out"
                found[index, "currency", ""] = _reject(record.reference, "wrong_currency", "balance", remedy)
            if status_of(record) is None:
                remedy = "leave it out: a current account is its creditor's to report"
                found[index, "status", ""] = _reject(record.reference, "status_not_reportable", "status", remedy)
        for problem in layout().check(self._records(batch)):
            # The header is the first record of the file.
            index = problem.number - 2
            if 0 <= index < len(batch.records) and (index, "status", "") not in found:
                reject = _of_problem(batch.records[index].reference, problem)
                found.setdefault((index, reject.code, reject.field), reject)
        return [found[place] for place in sorted(found, key=lambda place: place[0])]


def _of_problem(reference: str, problem: Problem) -> RecordReject:
    name = problem.field or ""
    field = "parties" if name in _PARTY_FIELDS else _FIELDS.get(name, "")
    return _reject(reference, problem.code, field, f"{name or problem.type}: {problem.remedy}")


def _reject(reference: str, code: str, field: str, remedy: str) -> RecordReject:
    return RecordReject(reference=reference, code=code, field=field, remedy=remedy)


def _store_key(idempotency_key: str) -> str:
    # Hashed, because the host's keys may hold what a store key may not.
    return f"batch:{hashlib.sha256(idempotency_key.encode()).hexdigest()}"
