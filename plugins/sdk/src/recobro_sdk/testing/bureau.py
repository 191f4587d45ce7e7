"""Conformance of a credit bureau."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from recobro_sdk.bureau import BureauProvider, BureauReport, Consent, Purpose, Subject, SubjectKind
from recobro_sdk.errors import PluginError, SubjectNotFound
from recobro_sdk.testing.base import assert_not_in
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.operations import OperationConformance

_UNICODE: Final = "Íñigo Muñoz-O’Brien y Nuñez 王秀英 Łukasz İbrahim\u0301"


class BureauConformance(OperationConformance[BureauProvider], inputs=("known", "unknown", "consent")):
    """Subclass, set `plugin`, `settings`, and the two subjects: one the bureau under test knows and one it does not."""

    hook = "recobro_bureaus"
    protocol = BureauProvider
    operation = "fetch_report"

    known: ClassVar[Subject] = Subject(
        document_type="CC", document_number="1000000123", country="CO", name="Ana Peña", kind=SubjectKind.NATURAL
    )
    unknown: ClassVar[Subject] = Subject(
        document_type="CC", document_number="1000000000", country="CO", name="Nadie Niño", kind=SubjectKind.NATURAL
    )
    consent: ClassVar[Consent] = Consent(
        reference="consent-1", granted_at=datetime(2026, 1, 5, tzinfo=UTC), medium="web", text_version="2026-01"
    )

    async def fetch(self, bureau: BureauProvider, subject: Subject, key: str = "inquiry-1") -> BureauReport:
        """One inquiry, with a lawful purpose and a consent."""
        purpose = Purpose.REVIEW_OR_COLLECTION_OF_ACCOUNT
        return await bureau.fetch_report(subject, purpose=purpose, consent=self.consent, idempotency_key=key)

    async def act(self, service: BureauProvider, key: str = "call-1") -> Any:
        """An inquiry about the known subject."""
        return await self.fetch(service, self.known, key)

    def personal_data(self) -> list[str]:
        """Numbers and names of both subjects."""
        subjects = (self.known, self.unknown)
        return [value for subject in subjects for value in (subject.document_number, subject.name)]

    def number_of(self, answer: Any) -> object:
        """The inquiry's reference."""
        return answer.reference

    def comparable(self, answer: Any) -> Any:
        """Without the moment: an answer may be fetched anew."""
        return replace(answer, fetched_at=datetime(2026, 1, 1, tzinfo=UTC))

    async def _failure(self, bureau: BureauProvider, subject: Subject) -> PluginError:
        try:
            await self.fetch(bureau, subject)
        except PluginError as error:
            return error
        raise AssertionError("no PluginError was raised")

    def test_known_subject(self) -> None:
        """A known subject gets a report under the offer's code, fetched at the host's time, with a reference."""
        report = self.run(lambda bureau, _: self.fetch(bureau, self.known))
        assert report.provider == self.offer().code
        assert report.reference, "the report has no reference"
        assert report.fetched_at == FakeContext().clock.now(), "fetched_at is not the host's clock"

    def test_unknown_subject(self) -> None:
        """An unknown subject is `SubjectNotFound`, never an empty report that would look like a clean file."""
        error = self.run(lambda bureau, _: self._failure(bureau, self.unknown))
        assert isinstance(error, SubjectNotFound)
        assert not error.retryable
        assert_not_in(self.personal_data(), f"{error!r} {error.safe_message}", "the message")

    def test_raw_is_json(self) -> None:
        """The raw answer, which is kept as evidence, is JSON."""
        report = self.run(lambda bureau, _: self.fetch(bureau, self.known))
        json.dumps(report.raw, allow_nan=False)

    def test_raw_keeps_the_number_out(self) -> None:
        """The raw answer, which is kept as evidence, does not repeat the document number."""
        report = self.run(lambda bureau, _: self.fetch(bureau, self.known))
        assert_not_in([self.known.document_number], json.dumps(report.raw), "the raw answer")

    def test_unicode_names(self) -> None:
        """A name with accents, apostrophes and other scripts is asked about like any other."""
        subject = replace(self.known, name=_UNICODE)
        assert self.run(lambda bureau, _: self.fetch(bureau, subject)).reference

    def test_purpose_and_consent_are_required(self) -> None:
        """Without a purpose, a consent and a key nothing can be asked: none has a default, and nothing leaves."""

        async def defaults(bureau: BureauProvider, _: FakeContext) -> list[Any]:
            parameters = inspect.signature(bureau.fetch_report).parameters
            return [parameters[name].default for name in ("purpose", "consent", "idempotency_key")]

        assert self.run(defaults) == [inspect.Parameter.empty] * 3
        lawful = {
            "purpose": Purpose.REVIEW_OR_COLLECTION_OF_ACCOUNT,
            "consent": self.consent,
            "idempotency_key": "none",
        }
        for name in ("purpose", "consent"):
            assert not self._sent_with({**lawful, name: None}), f"an inquiry without {name} left the process"

    def _sent_with(self, options: dict[str, Any]) -> bool:
        async def scenario(bureau: BureauProvider, context: FakeContext) -> bool:
            try:
                await bureau.fetch_report(self.known, **options)
            except NotImplementedError:
                raise
            except Exception:
                return bool(context.wire.sent)
            return True

        return self.run(scenario)
