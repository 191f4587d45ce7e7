"""Conformance of a bureau that is told how debtors pay."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from recobro_sdk.bureau import Consent, SubjectKind
from recobro_sdk.decisions import Decision, Verdict
from recobro_sdk.errors import PluginError, RejectedByProvider
from recobro_sdk.furnishing import BureauFurnisher, FurnishingBatch, RecordReject, SubmissionRef
from recobro_sdk.furnishing_records import (
    FurnishedAddress,
    FurnishedParty,
    FurnishedStatus,
    FurnishingAction,
    FurnishingNotice,
    FurnishingRecord,
    PartyLink,
)
from recobro_sdk.money import Money
from recobro_sdk.outcomes import Failed, Settled
from recobro_sdk.testing.base import assert_not_in
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.faults import Fault
from recobro_sdk.testing.operations import OperationConformance

_GATE = Decision(
    verdict=Verdict.ALLOW, rule="CO-BUR-01", rule_version=1, citation="Ley 1266 de 2008 art. 12", inputs={"days": 21}
)


def furnishing_record(reference: str = "OBL-1", **changes: Any) -> FurnishingRecord:
    """A record that nothing is wrong with, or with the changed fields."""
    party = FurnishedParty(
        link=PartyLink.PRIMARY,
        kind=SubjectKind.NATURAL,
        document_type="CC",
        document_number="1000000123",
        country="CO",
        given_names="Ana María",
        surnames="Peña Ñáñez",
        born_on=date(1985, 4, 9),
        address=FurnishedAddress(lines=("Cra. 7 # 12-34",), city="Bogotá D.C.", country="CO"),
    )
    values: dict[str, Any] = {
        "reference": reference,
        "action": FurnishingAction.REPORT,
        "as_of": date(2026, 2, 28),
        "creditor": "Banco Ejemplo S.A.",
        "original_creditor": "Banco Ejemplo S.A.",
        "product": "consumer_loan",
        "parties": (party,),
        "opened_on": date(2024, 1, 15),
        "status": FurnishedStatus.IN_COLLECTION,
        "days_past_due": 180,
        "original": Money(9_000_000_00, "COP"),
        "balance": Money(4_123_456_78, "COP"),
        "past_due": Money(4_123_456_78, "COP"),
        "defaulted_on": date(2025, 8, 31),
        "consent": Consent(
            reference="consent-1", granted_at=datetime(2024, 1, 15, tzinfo=UTC), medium="paper", text_version="1"
        ),
        "notices": (FurnishingNotice(sent_at=datetime(2026, 1, 10, tzinfo=UTC), medium="letter", proof="GUIA-1"),),
        "gate": _GATE,
    }
    return FurnishingRecord(**{**values, **changes})


def furnishing_batch(*records: FurnishingRecord) -> FurnishingBatch:
    """A batch of records; of one that nothing is wrong with, when none is given."""
    return FurnishingBatch(
        reference="BATCH-2026-02",
        furnisher="Cobranzas de Prueba S.A.S.",
        subscriber="99001",
        as_of=date(2026, 2, 28),
        prepared_at=datetime(2026, 3, 2, 15, tzinfo=UTC),
        records=records or (furnishing_record(),),
    )


class FurnishingConformance(OperationConformance[BureauFurnisher], inputs=("batch", "faulty")):
    """Subclass, set `plugin`, `settings`, a `batch` that the bureau takes and a `faulty` one with a record that it
    would refuse."""

    hook = "recobro_bureau_furnishers"
    protocol = BureauFurnisher
    operation = "submit"

    batch: ClassVar[FurnishingBatch] = furnishing_batch()
    faulty: ClassVar[FurnishingBatch]

    async def act(self, service: BureauFurnisher, key: str = "call-1") -> Any:
        """Hand the good batch over."""
        return await service.submit(self.batch, idempotency_key=key)

    def personal_data(self) -> list[str]:
        """Numbers and names of everybody in the batches."""
        parties = [one for batch in (self.batch, self.faulty) for record in batch.records for one in record.parties]
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
