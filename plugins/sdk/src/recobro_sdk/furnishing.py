"""Bureau furnishing: telling a credit bureau how a debtor pays, correcting it, and having it removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from recobro_sdk.furnishing_records import (
    DisputeMark,
    FurnishedAddress,
    FurnishedParty,
    FurnishedStatus,
    FurnishingAction,
    FurnishingNotice,
    FurnishingRecord,
    MonthOfArrears,
    PartyLink,
)
from recobro_sdk.legal import Artifact
from recobro_sdk.outcomes import Outcome

__all__ = [
    "AcknowledgementReader",
    "BureauFurnisher",
    "DisputeMark",
    "FurnishedAddress",
    "FurnishedParty",
    "FurnishedStatus",
    "FurnishingAcknowledgement",
    "FurnishingAction",
    "FurnishingBatch",
    "FurnishingNotice",
    "FurnishingRecord",
    "MonthOfArrears",
    "PartyLink",
    "RecordReject",
    "Submission",
    "SubmissionRef",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FurnishingBatch:
    """What is sent at once, at most 10 000 records; `reference` is the host's, `prepared_at` aware UTC.

    `furnisher` is who furnishes, under the number that the bureau gave (`subscriber`). Raises `ValueError` when it is
    empty, too large, or names an obligation twice.
    """

    reference: str
    furnisher: str
    subscriber: str
    as_of: date
    prepared_at: datetime
    records: tuple[FurnishingRecord, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not 1 <= len(self.records) <= 10_000:
            raise ValueError("a batch has 1 to 10 000 records")
        if len({record.reference for record in self.records}) != len(self.records):
            raise ValueError("a batch names an obligation twice")
        if self.prepared_at.tzinfo is None:
            raise ValueError("prepared_at must be aware")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReject:
    """Why one record was not taken, or would not be.

    `reference` is the record's; `code` stable, the bureau's own where it has one; `field` the name in
    `FurnishingRecord` that is at fault, empty where it is none; `remedy` what to do, in plain words without personal
    data.
    """

    reference: str
    code: str
    field: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """That a batch was handed over: not yet that its records were taken.

    `number` is the bureau's own, or the batch's reference where it gives none; `artifacts` the files as they were
    sent, kept as evidence. With the ability `file_only` nothing was sent: somebody has to carry the files.
    """

    bureau: str
    number: str
    received_at: datetime
    artifacts: tuple[Artifact, ...] = ()


@dataclass(frozen=True, slots=True)
class SubmissionRef:
    """How a batch is asked about: by its key, which the host knows even when the answer was lost on the way."""

    idempotency_key: str
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FurnishingAcknowledgement:
    """What the bureau made of a batch: how many records it took, and why not the others. Both together are all records.

    `number` is the submission's (`Submission.number`): an answer about another one is not believed.

    Raises `ValueError` when `accepted` is negative or a record is refused twice.
    """

    number: str
    accepted: int
    rejects: tuple[RecordReject, ...] = ()

    def __post_init__(self) -> None:
        if type(self.accepted) is not int or self.accepted < 0:
            raise ValueError("accepted is a whole number, 0 or more")
        if len({reject.reference for reject in self.rejects}) != len(self.rejects):
            raise ValueError("a record is refused once")


@runtime_checkable
class BureauFurnisher(Protocol):
    """A bureau that is told how debtors pay, for one agency."""

    async def problems(self, batch: FurnishingBatch) -> Sequence[RecordReject]:
        """What the bureau would refuse, by its own rules, in the order of the records. Quick, and without I/O."""
        ...

    async def submit(self, batch: FurnishingBatch, *, idempotency_key: str) -> Submission:
        """Hand a batch over.

        The same `idempotency_key` is one submission and gives one answer. Raises `RejectedByProvider` when the batch as
        a whole is refused (code `batch_refused`) or the key was used for another batch (code `idempotency_key_reused`),
        and the retryable errors.
        """
        ...

    async def status(self, submission: SubmissionRef) -> Outcome[FurnishingAcknowledgement]:
        """What became of a batch: asked until it is `Settled`, ever more rarely, for two weeks.

        `Settled` when the bureau has decided on every record, and the same from then on; what it refused counts as not
        told. `Failed` only when the bureau is certain that it never got the batch. With the ability `file_only` nobody
        asks, and the answer is `Pending`; the bureau's own file is read by an `AcknowledgementReader`.
        """
        ...


@runtime_checkable
class AcknowledgementReader(Protocol):
    """Optional part of a furnisher with the ability `acknowledgement_files`: its bureau answers with a file."""

    async def read_acknowledgement(self, file: Artifact) -> FurnishingAcknowledgement:
        """Read the bureau's file about one batch: what it says of all of its records, the same whenever it is read.

        `number` is the submission's, by which the host knows whether it is the file of the batch that it is given for.
        A file that was cut off says nothing: half a file is not one in which nothing more was refused. Raises
        `RejectedByProvider` (code `unreadable_file`) when it is none or not whole; its message has the line and what to
        do, and no personal data.
        """
        ...
