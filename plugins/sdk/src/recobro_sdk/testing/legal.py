"""Conformance of a legal channel."""

from __future__ import annotations

from typing import Any, ClassVar

from recobro_sdk.cases import DocumentKind, Dossier
from recobro_sdk.errors import PluginError, RejectedByProvider
from recobro_sdk.legal import HandoffReceipt, HandoffRef, LegalChannel, LegalStage
from recobro_sdk.outcomes import Failed, Outcome, Settled
from recobro_sdk.testing.base import assert_not_in
from recobro_sdk.testing.case_costs import CostConformance
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.faults import Fault
from recobro_sdk.testing.samples import sample_dossier


class LegalConformance(CostConformance, inputs=("complete", "blocked")):
    """Subclass, set `plugin`, `settings` and, where the samples do not fit, the `complete` and `blocked` dossier.

    What an offer has the abilities `case_news` and `cost_answers` for is looked at like its submissions.
    """

    complete: ClassVar[Dossier] = sample_dossier(*DocumentKind)
    blocked: ClassVar[Dossier] = sample_dossier()

    async def act(self, service: LegalChannel, key: str = "call-1") -> Any:
        """Hand the complete case over."""
        return await service.submit(self.complete, idempotency_key=key)

    def currency(self) -> str:
        """Of the claim."""
        return self.complete.case.claim.currency

    def personal_data(self) -> list[str]:
        """Numbers and names of the parties."""
        parties = (*self.complete.parties, *self.blocked.parties)
        return [value for party in parties for value in (party.document_number, party.name) if value]

    def number_of(self, answer: Any) -> object:
        """The receipt's number."""
        return answer.number

    async def _refusal(self, channel: LegalChannel, dossier: Dossier, key: str) -> PluginError:
        try:
            await channel.submit(dossier, idempotency_key=key)
        except PluginError as error:
            return error
        raise AssertionError("no PluginError was raised")

    def test_checklist_is_complete_and_stable(self) -> None:
        """Asking twice gives the same lines; codes are unique; every line says what it asks and how to cure it."""

        async def scenario(channel: LegalChannel, _: FakeContext) -> None:
            lines = channel.requirements(self.blocked.case)
            assert list(lines) == list(channel.requirements(self.blocked.case)), "two answers differ"
            assert len({line.code for line in lines}) == len(lines), "a code appears twice"
            assert all(text for line in lines for text in (line.title.es, line.title.en, line.remedy.es))
            whole = channel.requirements(self.complete.case)
            assert [line.code for line in whole] == [line.code for line in lines], "satisfied lines are left out"

        self.run(scenario)

    def test_checklist_tells_the_two_cases_apart(self) -> None:
        """Nothing blocks the complete case, something blocks the other."""

        async def scenario(channel: LegalChannel, _: FakeContext) -> tuple[bool, bool]:
            cases = (self.complete.case, self.blocked.case)
            complete, blocked = (any(line.blocks for line in channel.requirements(case)) for case in cases)
            return complete, blocked

        assert self.run(scenario) == (False, True)

    def test_blocked_case_is_refused(self) -> None:
        """A case with a blocking line is refused for good, and the channel does not have it afterwards."""

        async def scenario(channel: LegalChannel, _: FakeContext) -> tuple[PluginError, Outcome[LegalStage]]:
            error = await self._refusal(channel, self.blocked, "blocked-1")
            return error, await channel.status(HandoffRef("blocked-1"))

        error, status = self.run(scenario)
        assert isinstance(error, RejectedByProvider) and error.code == "requirements_unsatisfied"
        assert not error.retryable and not isinstance(status, Settled)
        assert_not_in(self.personal_data(), f"{error!r} {error.safe_message}", "the message")

    def test_key_of_another_dossier_is_refused(self) -> None:
        """A key that was used for a dossier cannot be used for another one."""

        async def scenario(channel: LegalChannel, _: FakeContext) -> PluginError:
            await channel.submit(self.complete, idempotency_key="handoff-1")
            return await self._refusal(channel, self.blocked, "handoff-1")

        error = self.run(scenario)
        assert isinstance(error, RejectedByProvider) and error.code == "idempotency_key_reused"

    def test_receipt(self) -> None:
        """The receipt carries the offer's code, the host's time and files with distinct names and content."""

        async def scenario(channel: LegalChannel, _: FakeContext) -> HandoffReceipt:
            return await channel.submit(self.complete, idempotency_key="handoff-1")

        receipt = self.run(scenario)
        assert receipt.channel == self.offer().code
        assert receipt.received_at == FakeContext().clock.now()
        assert receipt.artifacts and all(item.content and "/" in item.media_type for item in receipt.artifacts)
        assert len({item.name for item in receipt.artifacts}) == len(receipt.artifacts)

    def test_status_is_honest(self) -> None:
        """What was submitted has a stage, also when only the key is known; what was not, has none."""

        async def scenario(channel: LegalChannel, _: FakeContext) -> list[Outcome[LegalStage]]:
            await channel.submit(self.complete, idempotency_key="handoff-1")
            return [await channel.status(HandoffRef(key)) for key in ("handoff-1", "never-sent")]

        sent, never_sent = self.run(scenario)
        assert isinstance(sent, Settled)
        assert not isinstance(never_sent, Settled)

    def test_status_claims_nothing_under_faults(self) -> None:
        """While the other side fails, the status of what was submitted is never `Settled` or `Failed`."""

        async def scenario(channel: LegalChannel, context: FakeContext) -> list[object]:
            await channel.submit(self.complete, idempotency_key="handoff-1")
            found: list[object] = []
            for fault in (Fault.UNREACHABLE, Fault.STATUS_500, Fault.CUT, Fault.NOT_JSON, Fault.WRONG_TYPES):
                context.wire.always = fault
                try:
                    found.append(await channel.status(HandoffRef("handoff-1")))
                except PluginError as error:
                    found.append(error)
            return found

        found = self.run(scenario)
        final = [type(one).__name__ for one in found if isinstance(one, PluginError) and not one.retryable]
        assert final == [], f"errors that are final although nobody knows: {final}"
        assert not self.goes_out() or not any(isinstance(one, Settled | Failed) for one in found), "it was made up"
