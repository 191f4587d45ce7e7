"""Conformance of a bureau that is told how debtors pay."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from pydantic import TypeAdapter

from recobro_sdk.errors import PluginError, RejectedByProvider
from recobro_sdk.furnishing import (
    BureauFurnisher,
    FurnishingAcknowledgement,
    FurnishingBatch,
    RecordReject,
    SubmissionRef,
)
from recobro_sdk.furnishing_records import FurnishingRecord
from recobro_sdk.outcomes import Failed, Outcome, Pending, Settled
from recobro_sdk.testing.acknowledgements import AcknowledgementConformance
from recobro_sdk.testing.base import assert_not_in
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.faults import Fault

_OUTCOME: Final[TypeAdapter[Any]] = TypeAdapter(Outcome[FurnishingAcknowledgement])


class FurnishingConformance(AcknowledgementConformance, inputs=("faulty", "decide")):
    """Subclass, set `plugin`, `settings`, a `batch` that the bureau takes and a `faulty` one with a record that it
    would refuse.

    Where the bureau answers what it took: `partly` is a batch that it takes and of which it refuses the records named
    in `refused`, and `decide` has it decide on a batch, where it does not at once. Where it answers with a file
    (ability `acknowledgement_files`), `answer_file` makes that file.
    """

    faulty: ClassVar[FurnishingBatch]

    def decide(self, number: str) -> None:
        """Have the bureau decide on the batch with its number; nothing, unless the test says how."""

    def personal_data(self) -> list[str]:
        """Numbers and names of everybody in the batches."""
        parties = [one for batch in self._batches() for record in batch.records for one in record.parties]
        return [value for one in parties for value in (one.document_number, one.surnames, one.name) if value]

    def number_of(self, answer: Any) -> object:
        """The bureau's number, where it has one of its own."""
        return None if answer.number == self.batch.reference else answer.number

    def comparable(self, answer: Any) -> Any:
        """Without the moment."""
        return replace(answer, received_at=datetime(2026, 1, 1, tzinfo=UTC))

    def test_submission(self) -> None:
        """The submission carries the offer's code, a number, and the host's time."""
        submission = self.run(lambda furnisher, _: self.act(furnisher))
        assert submission.bureau == self.offer().code and submission.number
        assert submission.received_at == FakeContext().clock.now()
        assert len({item.name for item in submission.artifacts}) == len(submission.artifacts)

    def test_good_records_have_no_problem(self) -> None:
        """Nothing is found wrong with the good batch, twice."""

        async def scenario(furnisher: BureauFurnisher, _: FakeContext) -> list[list[RecordReject]]:
            return [list(await furnisher.problems(self.batch)) for _ in range(2)]

        assert self.run(scenario) == [[], []]

    def test_problems_name_record_field_and_remedy(self) -> None:
        """Each problem of the faulty batch names a record of it, a field of the contract and what to do; offline."""

        async def scenario(furnisher: BureauFurnisher, _: FakeContext) -> list[RecordReject]:
            return list(await furnisher.problems(self.faulty))

        found = self.run(scenario, offline=True)
        assert found, "nothing is found wrong with the faulty batch"
        fields = set(FurnishingRecord.__dataclass_fields__)
        for one in found:
            assert one.reference in {record.reference for record in self.faulty.records}
            assert one.code and one.remedy.strip() and (not one.field or one.field in fields), one.code
        assert_not_in(self.personal_data(), " ".join(f"{one.code} {one.remedy}" for one in found), "a problem")

    def _batches(self) -> list[FurnishingBatch]:
        return [self.batch, self.faulty, *([self.partly] if self.partly is not None else [])]

    async def _answered(self, furnisher: BureauFurnisher, batch: FurnishingBatch) -> tuple[SubmissionRef, Any]:
        """Hand a batch over under a key of its own, have it decided, and ask."""
        key = f"batch-{uuid.uuid4()}"
        submission = await furnisher.submit(batch, idempotency_key=key)
        self.decide(submission.number)
        asked = SubmissionRef(key, submission.number)
        return asked, await furnisher.status(asked)

    def test_key_of_another_batch_is_refused(self) -> None:
        """A key that was used for a batch cannot be used for another one."""

        async def scenario(furnisher: BureauFurnisher, _: FakeContext) -> PluginError | None:
            await furnisher.submit(self.batch, idempotency_key="batch-1")
            try:
                await furnisher.submit(replace(self.batch, reference="ANOTHER"), idempotency_key="batch-1")
            except PluginError as error:
                return error
            return None

        error = self.run(scenario)
        assert isinstance(error, RejectedByProvider) and error.code == "idempotency_key_reused"

    def test_status_is_honest(self) -> None:
        """A batch that was never handed over is not settled; one that was is not failed."""

        async def scenario(furnisher: BureauFurnisher, _: FakeContext) -> tuple[object, object]:
            await furnisher.submit(self.batch, idempotency_key="batch-1")
            return await furnisher.status(SubmissionRef("batch-1")), await furnisher.status(SubmissionRef("never"))

        sent, never = self.run(scenario)
        assert not isinstance(sent, Failed) and not isinstance(never, Settled)

    def test_status_claims_nothing_under_faults(self) -> None:
        """While the bureau fails, the status is never `Settled` or `Failed`."""

        async def scenario(furnisher: BureauFurnisher, context: FakeContext) -> object:
            await furnisher.submit(self.batch, idempotency_key="batch-1")
            context.wire.always = Fault.STATUS_500
            try:
                return await furnisher.status(SubmissionRef("batch-1"))
            except PluginError as error:
                return error

        found = self.run(scenario)
        assert not isinstance(found, PluginError) or found.retryable, "a final error although nobody knows"
        assert not self.goes_out() or not isinstance(found, Settled | Failed), "it was made up"

    def test_acknowledgement_is_of_the_batch(self) -> None:
        """A decision is about the batch that was asked about and all of its records: `number` is the submission's,
        every reject is of a record of it with a reason, and the others were taken."""
        for batch in (self.batch, self.partly or self.batch):
            asked, found = self.run(lambda furnisher, _, batch=batch: self._answered(furnisher, batch))
            _OUTCOME.validate_python(found, strict=True)
            if isinstance(found, Settled):
                self.assert_of(found.value, batch, asked.number)

    def test_refused_records_are_told(self) -> None:
        """Of the batch `partly` exactly the records in `refused` come back as rejects."""
        if (partly := self.partly) is None:
            assert not self.refused, "set `partly` to the batch that they are in"
            return
        assert self.refused, "set `refused` to what the bureau refuses of `partly`"
        if "file_only" in self.offer().abilities:
            return  # where it is told, a file tells it, which has a check of its own
        _, found = self.run(lambda furnisher, _: self._answered(furnisher, partly))
        assert isinstance(found, Settled), "the bureau has decided, and it is not told"
        assert {one.reference for one in found.value.rejects} == self.refused

    def test_acknowledgement_stays(self) -> None:
        """What a bureau has decided is the same whenever it is asked, and by the key alone."""

        async def scenario(furnisher: BureauFurnisher, context: FakeContext) -> list[object]:
            asked, found = await self._answered(furnisher, self.partly or self.batch)
            context.clock.advance(timedelta(hours=1))
            again = [await furnisher.status(one) for one in (asked, SubmissionRef(asked.idempotency_key))]
            return [found, *again]

        first, *again = self.run(scenario)
        assert not isinstance(first, Settled) or all(one == first for one in again), "it changed its mind"

    def test_each_batch_has_its_answer(self) -> None:
        """Of two batches each has the answer to its own key."""

        async def scenario(furnisher: BureauFurnisher, _: FakeContext) -> list[tuple[SubmissionRef, object]]:
            first, _one = await self._answered(furnisher, self.batch)
            second, _two = await self._answered(furnisher, replace(self.batch, reference="ANOTHER"))
            return [(asked, await furnisher.status(asked)) for asked in (first, second)]

        for asked, found in self.run(scenario):
            assert not isinstance(found, Settled) or found.value.number == asked.number, "answers were mixed up"

    def test_files_alone_have_no_answer(self) -> None:
        """With the ability `file_only` nothing was sent, so nobody can have decided: the batch is pending."""
        if "file_only" in self.offer().abilities:
            _, found = self.run(lambda furnisher, _: self._answered(furnisher, self.batch))
            assert isinstance(found, Pending), "it was made up"
