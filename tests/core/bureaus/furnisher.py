"""A bureau of the tests that is told how debtors pay; it does what the test says, and keeps what it was told."""

from collections.abc import Awaitable, Callable, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from core.kit import clock
from core.kit.scope import Scope
from core.plugin_host import host
from core.plugin_host.enable_offer import enable_offer
from recobro_sdk import (
    Artifact,
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
from tests.core.plugin_house import offer, plugin

CODE = "told"


@dataclass
class Told:
    """What the bureau has by key, how often each key came, and what happens before it takes or after it has taken."""

    batches: dict[str, FurnishingBatch] = field(default_factory=dict[str, FurnishingBatch])
    asked: list[str] = field(default_factory=list[str])
    before: Callable[[], Awaitable[None]] | None = None
    after: Callable[[], Awaitable[None]] | None = None
    refused: frozenset[str] = frozenset()
    as_bureau: str = CODE
    status: Callable[[SubmissionRef, FurnishingBatch], Awaitable[Outcome[FurnishingAcknowledgement]]] | None = None
    inquiries: list[SubmissionRef] = field(default_factory=list[SubmissionRef])
    read: Callable[[Artifact], Awaitable[FurnishingAcknowledgement]] | None = None
    files: list[Artifact] = field(default_factory=list[Artifact])

    @property
    def references(self) -> list[str]:
        return [record.reference for batch in self.batches.values() for record in batch.records]


class Furnisher:
    def __init__(self, told: Told, _: Any, __: PluginContext) -> None:
        self.told = told

    async def problems(self, batch: FurnishingBatch) -> Sequence[RecordReject]:
        return [
            RecordReject(reference=record.reference, code="no_contract", field="product", remedy="Give it a product.")
            for record in batch.records
            if record.reference in self.told.refused
        ]

    async def submit(self, batch: FurnishingBatch, *, idempotency_key: str) -> Submission:
        told = self.told
        told.asked.append(idempotency_key)
        if told.before is not None:
            await told.before()
        if told.batches.setdefault(idempotency_key, batch) != batch:
            raise RejectedByProvider("another batch", code="idempotency_key_reused")
        if told.after is not None:
            await told.after()
        content = "\n".join(record.reference for record in batch.records).encode()
        return Submission(
            bureau=told.as_bureau, number=f"N-{len(told.batches)}", received_at=clock.now(),
            artifacts=(Artifact(name="batch.txt", media_type="text/plain", content=content),),
        )  # fmt: skip

    async def status(self, submission: SubmissionRef) -> Outcome[FurnishingAcknowledgement]:
        self.told.inquiries.append(submission)
        if self.told.status is None:
            return Pending()
        return await self.told.status(submission, self.told.batches[submission.idempotency_key])

    async def read_acknowledgement(self, file: Artifact) -> FurnishingAcknowledgement:
        self.told.files.append(file)
        if self.told.read is not None:
            return await self.told.read(file)
        return read_lines(file)


def answer_file(number: str, accepted: int, *rejects: str) -> bytes:
    """What this bureau answers with: the batch and how many it took, and a line for each record that it did not."""
    return "\n".join([f"{number};{accepted};{len(rejects)}", *rejects]).encode()


def read_lines(file: Artifact) -> FurnishingAcknowledgement:
    head, *lines = file.content.decode("utf-8", "replace").split("\n")
    number, _, counts = head.partition(";")
    accepted, _, refused = counts.partition(";")
    if not accepted.isdecimal() or refused != str(len(lines)):
        raise RejectedByProvider("line 1: no number of records; ask for the whole file", code="unreadable_file")
    rejects = tuple(
        RecordReject(reference=reference, code="E-17", field="balance", remedy="Correct it.") for reference in lines
    )
    return FurnishingAcknowledgement(number=number, accepted=int(accepted), rejects=rejects)


def register_told(abilities: Set[str] = frozenset()) -> Told:
    """Add the bureau to those that are loaded."""
    told = Told()
    offered = offer(CODE, lambda settings, context: Furnisher(told, settings, context), abilities=abilities)
    made = plugin(CODE, scopes=("debt:status:furnish",), recobro_bureau_furnishers=lambda: [offered])
    assert host.register(CODE, made, strict=True).reason is None
    return told


async def with_told(scope: Scope, *, abilities: Set[str] = frozenset()) -> Told:
    """Register and enable it for an agency."""
    told = register_told(abilities)
    await enable_offer(scope, CODE, {})
    return told
