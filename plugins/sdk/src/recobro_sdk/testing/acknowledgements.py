"""Conformance of a furnisher whose bureau answers with a file; passes where the offer does not say that it does."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final, TypeVar, get_type_hints

from pydantic import TypeAdapter

from recobro_sdk.errors import RejectedByProvider
from recobro_sdk.furnishing import (
    AcknowledgementReader,
    BureauFurnisher,
    FurnishingAcknowledgement,
    FurnishingBatch,
    Submission,
)
from recobro_sdk.furnishing_records import FurnishingRecord
from recobro_sdk.legal import Artifact
from recobro_sdk.testing.base import assert_not_in
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.faulty_calls import Act
from recobro_sdk.testing.furnishing_samples import furnishing_batch
from recobro_sdk.testing.operations import OperationConformance

_T = TypeVar("_T")
_ABILITY: Final = "acknowledgement_files"
_READ: Final = "read_acknowledgement"
_ANSWER: Final[TypeAdapter[FurnishingAcknowledgement]] = TypeAdapter(FurnishingAcknowledgement)
_PLACES: Final = 40
_FOREIGN: Final = (
    b"", b"\n", b"this is not an answer", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", b'{"accepted": 1, "rejects": []}',
    b"PK\x03\x04" + bytes(64), "referencia;código\nninguna;ninguno\n".encode("utf-16"),
)  # fmt: skip


class AcknowledgementConformance(
    OperationConformance[BureauFurnisher], inputs=("batch", "partly", "refused", "answer_file")
):
    """What of the kit of furnishers is about the bureau's files: `FurnishingConformance` has it all."""

    hook = "recobro_bureau_furnishers"
    protocol = BureauFurnisher
    operation = "submit"

    batch: ClassVar[FurnishingBatch] = furnishing_batch()
    partly: ClassVar[FurnishingBatch | None] = None
    refused: ClassVar[frozenset[str]] = frozenset()

    def answer_file(self, batch: FurnishingBatch, submission: Submission, refused: frozenset[str]) -> Artifact | None:
        """The bureau's file about a batch that it was handed, of which it refuses these records and takes the others.
        Nothing, where it does not answer with files."""
        return None

    def reads_files(self) -> bool:
        """Whether the offer has the ability."""
        return _ABILITY in self.offer().abilities

    async def act(self, service: BureauFurnisher, key: str = "call-1") -> Any:
        """Hand the good batch over."""
        return await service.submit(self.batch, idempotency_key=key)

    def acts(self) -> Mapping[str, Act]:
        """Handing over; and reading a file, where the bureau answers with one."""

        async def read(service: BureauFurnisher, key: str) -> Any:
            submission = await service.submit(self.batch, idempotency_key=f"{key}-file")
            reader, file = self._file(service, self.batch, submission, frozenset())
            return await reader.read_acknowledgement(file)

        return {self.operation: self.act, **({_READ: read} if self.reads_files() else {})}

    def answer_type(self, name: str) -> Any:
        """As the contract annotates it."""
        contract = AcknowledgementReader if name == _READ else self.protocol
        return get_type_hints(getattr(contract, name))["return"]

    def assert_of(self, told: FurnishingAcknowledgement, batch: FurnishingBatch, number: str | None) -> None:
        """That a decision is about this batch, all of its records, and says why of what it refuses."""
        assert told.number == number, "it is about another submission"
        assert told.accepted + len(told.rejects) == len(batch.records), "it is not about all records"
        known, fields = {one.reference for one in batch.records}, set(FurnishingRecord.__dataclass_fields__)
        for one in told.rejects:
            assert one.reference in known, "it refuses a record that was not sent"
            assert 0 < len(one.code) <= 80 and one.code.isprintable() and one.remedy.strip(), one.code
            assert not one.field or one.field in fields, one.field
        assert_not_in(self.personal_data(), " ".join(f"{one.code} {one.remedy}" for one in told.rejects), "a reject")

    def _file(
        self, service: BureauFurnisher, batch: FurnishingBatch, submission: Submission, refused: frozenset[str]
    ) -> tuple[AcknowledgementReader, Artifact]:
        """Have the bureau answer a batch."""
        file = self.answer_file(batch, submission, refused)
        assert file is not None, "override `answer_file`: the offer says that its bureau answers with files"
        assert isinstance(service, AcknowledgementReader), f"the furnisher has no {_READ}"
        return service, file

    async def _answered_by_file(
        self, service: BureauFurnisher, batch: FurnishingBatch, refused: frozenset[str]
    ) -> tuple[AcknowledgementReader, Artifact, Submission]:
        """Hand a batch over under a key of its own, and have the bureau answer."""
        submission = await service.submit(batch, idempotency_key=f"batch-{uuid.uuid4()}")
        return *self._file(service, batch, submission, refused), submission

    def _reading(self, scenario: Callable[[BureauFurnisher, FakeContext], Awaitable[_T]]) -> _T | None:
        """What a scenario gives, where the offer reads files."""
        return self.run(scenario) if self.reads_files() else None

    async def _told(self, reader: AcknowledgementReader, file: Artifact, content: bytes) -> object:
        """What is read from other content under the file's name; the error where it is refused."""
        given = Artifact(name=file.name, media_type=file.media_type, content=content)
        try:
            return await reader.read_acknowledgement(given)
        except RejectedByProvider as error:
            refusal = error
        assert refusal.code == "unreadable_file", f"a file is refused as {refusal.code} and not as unreadable_file"
        assert refusal.safe_message.strip(), "nothing says what is wrong with the file"
        assert_not_in(self.personal_data(), refusal.safe_message, "an error")
        return refusal

    def test_acknowledgement_file_is_read(self) -> None:
        """A file tells of the whole batch: its number, the records that the bureau refused and no others, and that all
        others were taken."""
        for batch, refused in ((self.batch, frozenset[str]()), (self.partly, self.refused)):
            if batch is None:
                continue

            async def scenario(
                service: BureauFurnisher,
                _: FakeContext,
                batch: FurnishingBatch = batch,
                refused: frozenset[str] = refused,
            ) -> tuple[Submission, FurnishingAcknowledgement]:
                reader, file, submission = await self._answered_by_file(service, batch, refused)
                return submission, await reader.read_acknowledgement(file)

            found = self._reading(scenario)
            if found is not None:
                submission, told = found
                _ANSWER.validate_python(told, strict=True)
                self.assert_of(told, batch, submission.number)
                assert {one.reference for one in told.rejects} == refused, "the rejects are not those of the file"

    def test_acknowledgement_file_says_the_same_again(self) -> None:
        """The same file gives the same answer, at once and an hour later."""

        async def scenario(service: BureauFurnisher, context: FakeContext) -> list[object]:
            reader, file, _ = await self._answered_by_file(service, self.partly or self.batch, self.refused)
            answers = [await self._told(reader, file, file.content) for _ in range(2)]
            context.clock.advance(timedelta(hours=1))
            return [*answers, await self._told(reader, file, file.content)]

        answers = self._reading(scenario)
        assert answers is None or all(one == answers[0] for one in answers), "one file gives two answers"

    def test_foreign_file_is_refused(self) -> None:
        """What is not the bureau's file, such as the one that was sent to it, is refused with `RejectedByProvider`
        (code `unreadable_file`), in words that help and without personal data."""

        async def scenario(service: BureauFurnisher, _: FakeContext) -> list[bytes]:
            reader, file, submission = await self._answered_by_file(service, self.batch, frozenset())
            contents = [*_FOREIGN, *(one.content for one in submission.artifacts)]
            found = [(content, await self._told(reader, file, content)) for content in contents]
            return [content for content, told in found if not isinstance(told, RejectedByProvider)]

        believed = self._reading(scenario)
        assert not believed, f"taken for the bureau's file: {[content[:30] for content in believed]}"

    def test_half_a_file_is_not_believed(self) -> None:
        """A file that was cut off is refused; what is read from it all the same is what the whole says. Never does it
        pass for one in which less was refused."""

        async def scenario(service: BureauFurnisher, __: FakeContext) -> list[int]:
            reader, file, _ = await self._answered_by_file(service, self.partly or self.batch, self.refused)
            whole, size = await reader.read_acknowledgement(file), file.size
            ends = {place + 1 for place, byte in enumerate(file.content[: size - 1][:10_000]) if byte in b"\r\n"}
            places = {1, size // 2, *range(1, size, max(1, size // _PLACES)), *range(max(1, size - 9), size), *ends}
            found = [(place, await self._told(reader, file, file.content[:place])) for place in sorted(places)]
            return [place for place, told in found if not isinstance(told, RejectedByProvider) and told != whole]

        believed = self._reading(scenario)
        assert not believed, f"cut off after so many bytes, the file says something else: {believed}"
