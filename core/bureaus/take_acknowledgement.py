"""Take a bureau's file about a batch: read by the plugin, checked against the batch, kept with its hash as evidence."""

import re
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

import orjson

from core.bureaus.decided import BatchAnswer, batch_row, check_decided, write_decided
from core.bureaus.kinds import FurnishingAnswer
from core.bureaus.submit_batch import ANSWER_FILES, TIMEOUT_S
from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput, LimitExceeded
from core.kit.files import StoredFile
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host.artifacts import keep_artifacts
from core.plugin_host.call import call
from core.plugin_host.host import has_ability
from core.plugin_host.kinds import CallOutcome
from core.plugin_host.offers import BUREAU_FURNISHING
from core.plugin_host.problems import ProviderProblem
from recobro_sdk import AcknowledgementReader, Artifact, FurnishingAcknowledgement

MAX_BYTES = 8 << 20
"""Of a file: 10 000 records with 800 bytes for each."""
_MEDIA_TYPE = "application/octet-stream"
_UNNAMED = re.compile(r"[\x00-\x1f\x7f/\\]")
_AGAIN = "Ask the bureau for the file of this batch, whole, and upload that; nothing was changed."


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAcknowledgement:
    """The bureau's file about a batch, at most `MAX_BYTES`, with the name that it came by."""

    batch_id: UUID
    file_name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementTaken:
    """What the bureau says of the batch. `repeated` where this file had been taken already."""

    answer: BatchAnswer
    repeated: bool


async def take_acknowledgement(scope: Scope, command: TakeAcknowledgement) -> AcknowledgementTaken:
    """Have the batch's furnisher read the file, and write what the bureau decided: the records that it refused count as
    not told, and are furnished again. The same file again gives the same answer and changes nothing.

    Raises: Forbidden (also for a creditor); NotFound (batch, furnisher); LimitExceeded (FILE_TOO_LARGE); InvalidInput
    (FILE_EMPTY, FILE_UNREADABLE, FILE_OF_ANOTHER_BATCH, FILE_DOES_NOT_FIT); Conflict (NO_ANSWER_FILES,
    ANSWER_NOT_AWAITED, ALREADY_ANSWERED, OFFER_NOT_ENABLED); ProviderProblem. Nothing is changed then.
    """
    scope.require(Permission.BUREAU_FURNISH)
    file = _artifact(command)
    async with db.transaction(scope, read_only=True) as tx:
        row = await batch_row(tx, command.batch_id)
        known = await _known(tx, row, file)
    if known is not None:
        return known
    told = await _read(scope, row, file)
    _fits(told, row)
    ((_, stored),) = await keep_artifacts(scope.agency, (file,))
    return await _take(scope, row["id"], told, file, stored)


def _artifact(command: TakeAcknowledgement) -> Artifact:
    if len(command.content) > MAX_BYTES:
        raise LimitExceeded(
            f"The file is larger than {MAX_BYTES} bytes.", code="FILE_TOO_LARGE", field="file",
            remedy="Upload the bureau's file about this one batch.",
        )  # fmt: skip
    if not command.content:
        raise InvalidInput("The file is empty.", code="FILE_EMPTY", field="file", remedy=_AGAIN)
    name = _UNNAMED.sub("_", command.file_name).strip()[:200] or "answer"
    return Artifact(name=name, media_type=_MEDIA_TYPE, content=command.content)


async def _known(tx: Tx, row: Row, file: Artifact) -> AcknowledgementTaken | None:
    """What was taken already, where it was this file; None while the answer is awaited. Raises: Conflict."""
    if row["answer"] == FurnishingAnswer.AWAITED:
        if has_ability(BUREAU_FURNISHING, row["provider"], ANSWER_FILES):
            return None
        raise Conflict(
            "This bureau does not answer with files.", code="NO_ANSWER_FILES", field="batch_id",
            remedy="Wait until it is asked: what it says of the batch is taken by itself.",
        )  # fmt: skip
    if row["answered_at"] is None:
        raise Conflict(
            "No answer is awaited for this batch.", code="ANSWER_NOT_AWAITED", field="batch_id",
            remedy="Choose a batch whose answer is AWAITED; what was refused of this one has to be seen to by hand.",
        )  # fmt: skip
    taken = await tx.fetchval(
        "SELECT file_sha256 FROM furnishing_file WHERE agency_id = $1 AND batch_id = $2 AND from_bureau",
        tx.scope.agency, row["id"],
    )  # fmt: skip
    if taken != file.sha256:
        raise Conflict(
            "The bureau's answer to this batch was taken already.", code="ALREADY_ANSWERED", field="batch_id",
            remedy="Look whether the file is about another batch. What the bureau decided is not changed by a file.",
        )  # fmt: skip
    return AcknowledgementTaken(answer=BatchAnswer.of(row), repeated=True)


async def _read(scope: Scope, row: Row, file: Artifact) -> FurnishingAcknowledgement:
    try:
        return await call(
            scope, BUREAU_FURNISHING, row["provider"], "read_acknowledgement",
            lambda furnisher: cast(AcknowledgementReader, furnisher).read_acknowledgement(file),
            answer=FurnishingAcknowledgement, creditor_id=row["creditor_id"], subject_id=row["id"],
            timeout_s=TIMEOUT_S,
        )  # fmt: skip
    except ProviderProblem as problem:
        if problem.code == "PROVIDER_REJECTED":
            raise InvalidInput(problem.message, code="FILE_UNREADABLE", field="file", remedy=_AGAIN) from problem
        if problem.outcome is CallOutcome.UNKNOWN and problem.retryable:
            # Reading has no effect, and nobody reads the file again by himself.
            problem.remedy = "Nothing was changed. Upload the file again."
        raise


def _fits(told: FurnishingAcknowledgement, row: Row) -> None:
    """Raises: InvalidInput for a file about something else, or about a part of the batch."""
    if told.number != row["receipt"]:
        raise InvalidInput(
            "The file is about another batch.", code="FILE_OF_ANOTHER_BATCH", field="file",
            remedy="Upload it for the batch whose receipt it names, and here the file of this batch.",
        )  # fmt: skip
    try:
        check_decided(told, orjson.loads(row["content"]))
    except ValueError as problem:
        words = f"The file does not fit the batch: {problem}."
        raise InvalidInput(words, code="FILE_DOES_NOT_FIT", field="file", remedy=_AGAIN) from problem


async def _take(
    scope: Scope, batch_id: UUID, told: FurnishingAcknowledgement, file: Artifact, stored: StoredFile
) -> AcknowledgementTaken:
    async with db.transaction(scope) as tx:
        row = await write_decided(tx, batch_id, told.rejects, file_sha256=stored.sha256)
        if row is None:  # somebody else was first: with this file, or with something else
            known = await _known(tx, await batch_row(tx, batch_id), file)
            assert known is not None
            return known
        await tx.execute(
            "INSERT INTO furnishing_file (agency_id, id, batch_id, name, media_type, file_sha256, file_size, "
            "from_bureau) VALUES ($1, $2, $3, $4, $5, $6, $7, true)",
            scope.agency, new_id(), batch_id, file.name, file.media_type, stored.sha256, stored.size,
        )  # fmt: skip
    return AcknowledgementTaken(answer=BatchAnswer.of(row), repeated=False)
