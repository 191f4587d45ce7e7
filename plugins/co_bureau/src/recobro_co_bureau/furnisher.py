"""Furnishing as Recobro sees it: the gate, then a file in the agreed layout that somebody carries to the operator."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, TypeAdapter

from recobro_co_bureau.answers import answer_layout_of, read_answer, rejects_of, unreadable
from recobro_co_bureau.contract import layout_of
from recobro_co_bureau.gate import legend_of, rulings
from recobro_co_bureau.rows import rows
from recobro_co_bureau.settings import CoBureauSettings
from recobro_co_bureau.terms import local_day
from recobro_sdk import Artifact, Failed, Outcome, Pending, PluginContext, RejectedByProvider, Text
from recobro_sdk.furnishing import (
    FurnishingAcknowledgement,
    FurnishingBatch,
    FurnishingRecord,
    RecordReject,
    Submission,
    SubmissionRef,
)
from recobro_sdk.layouts import Layout, Problem, Record

OFFER_CODE: Final = "co_bureau"

_DIRECT: Final = frozenset(FurnishingRecord.__dataclass_fields__)
_FIELDS: Final = {
    "obligation_number": "reference",
    "previous_number": "previous_reference",
    "arrears_band": "days_past_due",
    "currency": "balance",
    "legend": "dispute",
    "removal_on": "defaulted_on",
}
_PARTY: Final = frozenset(
    {"link", "party_kind", "document_type", "document_number", "document_country", "full_name", "given_names"}
    | {"surnames", "born_on", "phone", "email", "address", "city", "region"}
)
_CURRENCY: Final = Text(
    "Se reporta en pesos colombianos: deje fuera el registro",
    "Debts are furnished in Colombian pesos: leave the record out",
)


class _Kept(BaseModel):
    """A submission as the plugin's store keeps it: all of it, so that the same key gives the same bytes."""

    model_config = ConfigDict(strict=True)

    number: str
    received_at: str
    name: str
    batch_sha256: str
    packed: str


class _Sent(BaseModel):
    """Which records a batch had, by its number: a JSON list of their references, packed."""

    model_config = ConfigDict(strict=True)

    references: str


class CoBureauFurnisher:
    """A `BureauFurnisher` for one agency, with the ability `file_only`: it makes the file and sends nothing. It is an
    `AcknowledgementReader`, too: the operator's answer is a file."""

    def __init__(self, settings: CoBureauSettings, context: PluginContext) -> None:
        self._settings: CoBureauSettings = settings
        self._context: PluginContext = context
        self._layout: Layout = layout_of(settings.layout, settings.codes)
        self._answers: Layout = answer_layout_of(settings.answer_layout)

    async def problems(self, batch: FurnishingBatch) -> Sequence[RecordReject]:
        """What may not leave by law on the day of `prepared_at` in Colombia, or does not fit the layout; in order."""
        return await asyncio.to_thread(self._problems, batch)

    async def submit(self, batch: FurnishingBatch, *, idempotency_key: str) -> Submission:
        """Make the file, keep it, and hand it to the host; see `BureauFurnisher.submit`.

        Raises `RejectedByProvider` with code `batch_refused` when a record has a problem, since nothing may be
        furnished that the law or the operator refuses, or `idempotency_key_reused`. What was made once is given again
        as it was, whatever the settings have become.
        """
        key, digest = _store_key(idempotency_key), await asyncio.to_thread(_digest, batch)
        kept = await self._kept(key) or await self._made(batch, digest)
        if not await self._context.store.add(key, kept.model_dump(mode="json")):
            # Another call may have been first: what it made is the answer to both.
            kept = await self._kept(key) or kept
        if kept.batch_sha256 != digest:
            raise RejectedByProvider("this key was used for another batch", code="idempotency_key_reused")
        content = await asyncio.to_thread(_unpacked, kept.packed)
        references = await asyncio.to_thread(
            _packed, json.dumps([record.reference for record in batch.records]).encode()
        )
        await self._context.store.put(_number_key(kept.number), _Sent(references=references).model_dump())
        legends = sum(bool(legend_of(record)) for record in batch.records)
        self._context.log.info("batch_furnished", records=len(batch.records), bytes=len(content), legends=legends)
        artifact = Artifact(name=kept.name, media_type="application/octet-stream", content=content)
        received_at = datetime.fromisoformat(kept.received_at)
        return Submission(bureau=OFFER_CODE, number=kept.number, received_at=received_at, artifacts=(artifact,))

    async def status(self, submission: SubmissionRef) -> Outcome[FurnishingAcknowledgement]:
        """Pending for ever, and not asked for: what the operator says of a file comes back in a file of its own."""
        kept = await self._context.store.get(_store_key(submission.idempotency_key))
        return Failed("not_received", retryable=True) if kept is None else Pending()

    async def read_acknowledgement(self, file: Artifact) -> FurnishingAcknowledgement:
        """What the operator's file in the agreed layout says; see `AcknowledgementReader.read_acknowledgement`.

        A debt with several people is refused where one of its rows is. Raises `RejectedByProvider`, also for a file
        about a batch that was not made here.
        """
        number, rows = await asyncio.to_thread(read_answer, self._answers, file.content)
        document = await self._context.store.get(_number_key(number))
        if document is None:
            raise unreadable("it names a batch that was not made here: ask the operator for this agency's file")
        sent = _Sent.model_validate(document)
        references = frozenset[str](json.loads(await asyncio.to_thread(_unpacked, sent.references)))
        settings = self._settings
        rejects = rejects_of(self._answers, rows, references, settings.codes, settings.language)
        rejects = tuple(replace(one, field=_field_of(one.field)) for one in rejects)
        self._context.log.info("answer_read", records=len(references), rejects=len(rejects))
        return FurnishingAcknowledgement(number=number, accepted=len(references) - len(rejects), rejects=rejects)

    async def _kept(self, key: str) -> _Kept | None:
        document = await self._context.store.get(key)
        return None if document is None else _Kept.model_validate(document)

    async def _made(self, batch: FurnishingBatch, digest: str) -> _Kept:
        refused = await self.problems(batch)
        if refused:
            raise RejectedByProvider(f"{len(refused)} problems in the batch", code="batch_refused")
        data = await asyncio.to_thread(self._file, batch)
        return _Kept(
            number=batch.reference,
            received_at=self._context.clock.now().isoformat(),
            name=f"{self._layout.spec.name}-{batch.as_of:%Y%m%d}-{digest[:12]}.txt",
            batch_sha256=digest,
            packed=await asyncio.to_thread(_packed, data),
        )

    def _file(self, batch: FurnishingBatch) -> bytes:
        return self._layout.dump(row for _, row in rows(batch, self._layout, self._settings.codes))

    def _problems(self, batch: FurnishingBatch) -> list[RecordReject]:
        found: dict[tuple[int, str, str], RecordReject] = {}
        for index, reject in (*self._by_law(batch), *self._by_layout(batch)):
            found.setdefault((index, reject.code, reject.field), reject)
        return [found[place] for place in sorted(found, key=lambda place: place[0])]

    def _by_law(self, batch: FurnishingBatch) -> Iterator[tuple[int, RecordReject]]:
        settings, day = self._settings, local_day(batch.prepared_at)
        for index, record in enumerate(batch.records):
            if record.balance.currency != "COP":
                remedy = _CURRENCY.localised(settings.language)
                yield index, _reject(record, "wrong_currency", "balance", remedy)
                continue
            for one in rulings(record, day, strict=settings.strict_waiting, minimum_wages=settings.minimum_wages):
                remedy = f"{one.words.localised(settings.language)} ({one.decision.citation})"
                yield index, _reject(record, one.decision.rule, one.field, remedy)

    def _by_layout(self, batch: FurnishingBatch) -> Iterator[tuple[int, RecordReject]]:
        places: list[int | None] = []

        def counted() -> Iterator[Record]:
            for place, row in rows(batch, self._layout, self._settings.codes):
                places.append(place)
                yield row

        for problem in self._layout.check(counted()):
            place = places[problem.number - 1] if 0 < problem.number <= len(places) else None
            # What is wrong with header or trailer is wrong with every record: it is told of the first.
            yield place or 0, _of_problem(batch.records[place or 0], problem)


def _of_problem(record: FurnishingRecord, problem: Problem) -> RecordReject:
    name = problem.field or ""
    return _reject(record, problem.code, _field_of(name), f"{name or problem.type}: {problem.remedy}")


def _field_of(name: str) -> str:
    """The record's field that a field of the file is about; empty where it is none."""
    if "notice" in name or name.startswith("consent_"):
        return "notices" if "notice" in name else "consent"
    return "parties" if name in _PARTY else _FIELDS.get(name, name if name in _DIRECT else "")


def _reject(record: FurnishingRecord, code: str, field: str, remedy: str) -> RecordReject:
    return RecordReject(reference=record.reference, code=code, field=field, remedy=remedy)


def _digest(batch: FurnishingBatch) -> str:
    return hashlib.sha256(TypeAdapter(FurnishingBatch).dump_json(batch)).hexdigest()


def _store_key(idempotency_key: str) -> str:
    # Hashed, because the host's keys may hold what a store key may not.
    return f"batch:{hashlib.sha256(idempotency_key.encode()).hexdigest()}"


def _number_key(number: str) -> str:
    return f"sent:{hashlib.sha256(number.encode()).hexdigest()}"


def _packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode("ascii")


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))
