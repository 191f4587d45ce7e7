"""Conformance of a credit bureau."""

from __future__ import annotations

import asyncio
import inspect
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from recobro_sdk.bureau import BureauProvider, BureauReport, Consent, Purpose, Subject, SubjectKind
from recobro_sdk.errors import PluginError, SubjectNotFound
from recobro_sdk.testing.base import Conformance, assert_not_in
from recobro_sdk.testing.checks import inexact_values, longest_gap_ms, swallowed_cancellations
from recobro_sdk.testing.context import FakeContext


class BureauConformance(Conformance[BureauProvider]):
    """Subclass, set `plugin`, `settings`, and the two subjects: one the bureau under test knows and one it does not."""

    hook = "recobro_bureaus"
    protocol = BureauProvider

    known: ClassVar[Subject] = Subject(
        document_type="CC", document_number="1000000123", country="CO", name="Ana Peña", kind=SubjectKind.NATURAL
    )
    unknown: ClassVar[Subject]
    consent: ClassVar[Consent] = Consent(
        reference="consent-1", granted_at=datetime(2026, 1, 5, tzinfo=UTC), medium="web", text_version="2026-01"
    )

    async def fetch(self, bureau: BureauProvider, subject: Subject, key: str = "inquiry-1") -> BureauReport:
        """One inquiry, with a lawful purpose and a consent."""
        purpose = Purpose.REVIEW_OR_COLLECTION_OF_ACCOUNT
        return await bureau.fetch_report(subject, purpose=purpose, consent=self.consent, idempotency_key=key)

    def _report(self) -> BureauReport:
        return self.run(lambda bureau, _: self.fetch(bureau, self.known))

    async def _failure(self, bureau: BureauProvider, subject: Subject) -> PluginError:
        try:
            await self.fetch(bureau, subject)
        except PluginError as error:
            return error
        raise AssertionError("no PluginError was raised")

    def test_known_subject(self) -> None:
        """A known subject gets a report under the offer's code, fetched at the host's time, with a reference."""
        report = self._report()
        assert report.provider == self.offer().code
        assert report.reference, "the report has no reference"
        assert report.fetched_at == FakeContext().clock.now(), "fetched_at is not the host's clock"

    def test_unknown_subject(self) -> None:
        """An unknown subject is `SubjectNotFound`, never an empty report that would look like a clean file."""
        error = self.run(lambda bureau, _: self._failure(bureau, self.unknown))
        assert isinstance(error, SubjectNotFound)
        assert not error.retryable

    def test_money_is_exact(self) -> None:
        """No number of the report is a float, in the raw answer included, and the raw answer is JSON."""
        report = self._report()
        assert inexact_values(report) == []
        json.dumps(report.raw, allow_nan=False)

    def test_same_key_is_one_inquiry(self) -> None:
        """The same idempotency key gives the same answer and reference, later and at the same time."""

        async def scenario(bureau: BureauProvider, context: FakeContext) -> list[BureauReport]:
            reports = list(await asyncio.gather(*(self.fetch(bureau, self.known) for _ in range(3))))
            context.clock.advance(timedelta(hours=1))
            return [*reports, await self.fetch(bureau, self.known)]

        reports = self.run(scenario)
        assert all(replace(report, fetched_at=reports[0].fetched_at) == reports[0] for report in reports)

    def test_another_key_is_another_inquiry(self) -> None:
        """Another idempotency key is another inquiry, with another reference."""

        async def scenario(bureau: BureauProvider, _: FakeContext) -> tuple[str, str]:
            first = await self.fetch(bureau, self.known, "inquiry-1")
            second = await self.fetch(bureau, self.known, "inquiry-2")
            return first.reference, second.reference

        first, second = self.run(scenario)
        assert first != second

    def test_no_network_is_retryable(self) -> None:
        """Without a network the error is a retryable `PluginError`, not the exception of an HTTP library."""
        error = self.run(lambda bureau, _: self._failure(bureau, self.known), offline=True)
        assert error.retryable
        assert error.code and error.safe_message

    def test_logs_and_messages_keep_secrets(self) -> None:
        """No document number, name or secret in any log or in an error's message."""

        async def scenario(bureau: BureauProvider, context: FakeContext) -> str:
            await self.fetch(bureau, self.known)
            error = await self._failure(bureau, self.unknown)
            return f"{context.logged_text()}\n{error!r} {error.safe_message}"

        text = self.run(scenario)
        subjects = (self.known, self.unknown)
        personal = [value for subject in subjects for value in (subject.document_number, subject.name)]
        assert_not_in([*personal, *self.secret_values()], text, "a log or message")

    def test_raw_keeps_the_number_out(self) -> None:
        """The raw answer, which is kept as evidence, does not repeat the document number."""
        assert_not_in([self.known.document_number], json.dumps(self._report().raw), "the raw answer")

    def test_cancellation_is_not_swallowed(self) -> None:
        """A cancelled inquiry ends as cancelled, wherever it was waiting."""

        async def scenario(bureau: BureauProvider, _: FakeContext) -> list[int]:
            return await swallowed_cancellations(lambda: self.fetch(bureau, self.known))

        assert self.run(scenario) == []

    def test_loop_is_not_blocked(self) -> None:
        """The event loop is never held for 50 ms; best of three, because a busy machine is not the plugin's fault."""

        async def scenario(bureau: BureauProvider, _: FakeContext) -> list[int]:
            return [await longest_gap_ms(lambda: self.fetch(bureau, self.known)) for _ in range(3)]

        assert min(self.run(scenario)) < 50

    def test_purpose_and_consent_are_required(self) -> None:
        """Nothing can be asked without a purpose, a consent and a key: none of them has a default."""

        async def scenario(bureau: BureauProvider, _: FakeContext) -> list[Any]:
            parameters = inspect.signature(bureau.fetch_report).parameters
            return [parameters[name].default for name in ("purpose", "consent", "idempotency_key")]

        assert self.run(scenario) == [inspect.Parameter.empty] * 3
