"""Conformance of a legal channel."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import ClassVar

from recobro_sdk.cases import Dossier
from recobro_sdk.errors import PluginError, RejectedByProvider
from recobro_sdk.legal import HandoffReceipt, HandoffRef, LegalChannel, LegalStage
from recobro_sdk.outcomes import Outcome, Settled
from recobro_sdk.testing.base import Conformance, assert_not_in
from recobro_sdk.testing.checks import inexact_values, longest_gap_ms, swallowed_cancellations
from recobro_sdk.testing.context import FakeContext


class LegalConformance(Conformance[LegalChannel]):
    """Subclass, set `plugin`, `settings`, a `complete` dossier and a `blocked` one."""

    hook = "recobro_legal_channels"
    protocol = LegalChannel

    complete: ClassVar[Dossier]
    blocked: ClassVar[Dossier]

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
            error = await self._refusal(channel, self.blocked, "handoff-1")
            return error, await channel.status(HandoffRef("handoff-1"))

        error, status = self.run(scenario)
        assert isinstance(error, RejectedByProvider) and error.code == "requirements_unsatisfied"
        assert not error.retryable and not isinstance(status, Settled)

    def test_same_key_is_one_submission(self) -> None:
        """The same key gives the same receipt to the byte, at the same time and an hour later."""

        async def scenario(channel: LegalChannel, context: FakeContext) -> list[HandoffReceipt]:
            calls = (channel.submit(self.complete, idempotency_key="handoff-1") for _ in range(3))
            receipts = list(await asyncio.gather(*calls))
            context.clock.advance(timedelta(hours=1))
            return [*receipts, await channel.submit(self.complete, idempotency_key="handoff-1")]

        receipts = self.run(scenario)
        assert all(receipt == receipts[0] for receipt in receipts)

    def test_key_of_another_dossier_is_refused(self) -> None:
        """A key that was used for a dossier cannot be used for another one."""

        async def scenario(channel: LegalChannel, _: FakeContext) -> PluginError:
            await channel.submit(self.complete, idempotency_key="handoff-1")
            return await self._refusal(channel, self.blocked, "handoff-1")

        error = self.run(scenario)
        assert isinstance(error, RejectedByProvider) and error.code == "idempotency_key_reused"

    def test_another_key_is_another_submission(self) -> None:
        """Another key gives another receipt number."""

        async def scenario(channel: LegalChannel, _: FakeContext) -> set[str]:
            return {(await channel.submit(self.complete, idempotency_key=key)).number for key in ("a", "b")}

        assert len(self.run(scenario)) == 2

    def test_receipt(self) -> None:
        """The receipt carries the offer's code, the host's time and files with distinct names and content."""

        async def scenario(channel: LegalChannel, _: FakeContext) -> HandoffReceipt:
            return await channel.submit(self.complete, idempotency_key="handoff-1")

        receipt = self.run(scenario)
        assert receipt.channel == self.offer().code
        assert receipt.received_at == FakeContext().clock.now()
        assert receipt.artifacts and all(item.content and "/" in item.media_type for item in receipt.artifacts)
        assert len({item.name for item in receipt.artifacts}) == len(receipt.artifacts)
        assert inexact_values(receipt) == []

    def test_status_is_honest(self) -> None:
        """What was submitted has a stage, also when only the key is known; what was not, has none."""

        async def scenario(channel: LegalChannel, _: FakeContext) -> list[Outcome[LegalStage]]:
            await channel.submit(self.complete, idempotency_key="handoff-1")
            return [await channel.status(HandoffRef(key)) for key in ("handoff-1", "never-sent")]

        sent, never_sent = self.run(scenario)
        assert isinstance(sent, Settled)
        assert not isinstance(never_sent, Settled)

    def test_logs_and_messages_keep_secrets(self) -> None:
        """No document number, name or secret in any log or in an error's message."""

        async def scenario(channel: LegalChannel, context: FakeContext) -> str:
            await channel.submit(self.complete, idempotency_key="handoff-1")
            error = await self._refusal(channel, self.blocked, "handoff-2")
            return f"{context.logged_text()}\n{error!r} {error.safe_message}"

        parties = (*self.complete.parties, *self.blocked.parties)
        personal = [value for party in parties for value in (party.document_number, party.name) if value]
        assert_not_in([*personal, *self.secret_values()], self.run(scenario), "a log or message")

    def test_cancellation_is_not_swallowed(self) -> None:
        """A cancelled submission ends as cancelled, and the same key still works afterwards."""

        async def scenario(channel: LegalChannel, _: FakeContext) -> list[int]:
            found = await swallowed_cancellations(lambda: channel.submit(self.complete, idempotency_key="handoff-1"))
            await channel.submit(self.complete, idempotency_key="handoff-1")
            return found

        assert self.run(scenario) == []

    def test_loop_is_not_blocked(self) -> None:
        """The event loop is never held for 50 ms; best of three, because a busy machine is not the plugin's fault."""

        async def scenario(channel: LegalChannel, _: FakeContext) -> list[int]:
            keys = ("one", "two", "three")
            return [
                await longest_gap_ms(lambda k=key: channel.submit(self.complete, idempotency_key=k)) for key in keys
            ]

        assert min(self.run(scenario)) < 50
