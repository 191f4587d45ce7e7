"""Defects of what is answered, and of what is made of a provider's failures."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from recobro_hostile.honest import Answer, HonestBureau
from recobro_sdk import (
    AuthenticationFailed,
    BureauReport,
    Consent,
    JsonObject,
    PluginError,
    ProviderUnavailable,
    Purpose,
    RateLimited,
    RejectedByProvider,
    Subject,
    SubjectNotFound,
    ask_json,
)


class RaisesItsLibrarysErrors(HonestBureau):
    """Lets the exception of a parser through."""

    code = "hostile_raises_its_librarys_errors"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask, and parse what cannot be parsed."""
        try:
            return await super().asked(inquiry, key)
        except ProviderUnavailable as error:
            if error.code == "malformed_answer":
                json.loads("<html>")
            raise


class TellsAWrongType(HonestBureau):
    """Answers a number where a text was agreed."""

    code = "hostile_tells_a_wrong_type"

    def report(self, answer: Answer, subject: Subject, **changes: Any) -> BureauReport:
        """A report whose reference is a number."""
        return super().report(answer, subject, reference=int(answer.inquiry[-12:], 16))


class CountsMoneyInFractions(HonestBureau):
    """Has a binary fraction for an amount."""

    code = "hostile_counts_money_in_fractions"

    def report(self, answer: Answer, subject: Subject, **changes: Any) -> BureauReport:
        """A report with half a peso in the evidence."""
        return super().report(answer, subject, raw={"balance": 1234.5})


class UsesItsOwnClock(HonestBureau):
    """Takes the time from the machine."""

    code = "hostile_uses_its_own_clock"

    def report(self, answer: Answer, subject: Subject, **changes: Any) -> BureauReport:
        """A report of now."""
        return super().report(answer, subject, fetched_at=datetime.now(UTC))


class KeepsTheNumberAsEvidence(HonestBureau):
    """Repeats the document number in the raw answer."""

    code = "hostile_keeps_the_number_as_evidence"

    def report(self, answer: Answer, subject: Subject, **changes: Any) -> BureauReport:
        """A report that names whom it is about."""
        return super().report(answer, subject, raw={"asked": subject.document_number})


class BelievesAnything(HonestBureau):
    """Makes a report of whatever came."""

    code = "hostile_believes_anything"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask, and take what looks like JSON for an answer."""
        url = f"{self._settings.base_url}/v1/inquiries"
        try:
            return await super().asked(inquiry, key)
        except ProviderUnavailable as error:
            if error.code != "malformed_answer":
                raise
            response = await self._context.http.post(url, json=inquiry, headers=self.headers(key))
            if not response.content.startswith(b"{"):
                raise
            return Answer(inquiry="unreadable", score=150, obligations=[])


class GivesUpTooEarly(HonestBureau):
    """Takes a failure of the provider for its answer."""

    code = "hostile_gives_up_too_early"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask once and for all."""
        try:
            return await super().asked(inquiry, key)
        except ProviderUnavailable as error:
            if "500" in error.safe_message:
                raise RejectedByProvider("the bureau refused") from error
            raise


class ForgetsTheWait(HonestBureau):
    """Does not say how long the provider asked to wait."""

    code = "hostile_forgets_the_wait"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask."""
        try:
            return await super().asked(inquiry, key)
        except RateLimited as error:
            raise RateLimited("slow down") from error


class TriesARefusedKeyAgain(HonestBureau):
    """Has the host try again what only an administrator can mend."""

    code = "hostile_tries_a_refused_key_again"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask."""
        try:
            return await super().asked(inquiry, key)
        except AuthenticationFailed as error:
            raise ProviderUnavailable("something went wrong") from error


class AsksWithoutConsent(HonestBureau):
    """Needs no consent."""

    code = "hostile_asks_without_consent"

    async def fetch_report(
        self, subject: Subject, *, purpose: Purpose, consent: Consent | None = None, idempotency_key: str
    ) -> BureauReport:
        """Ask about anybody."""
        given = consent or Consent(
            reference="none", granted_at=self._context.clock.now(), medium="none", text_version="none"
        )
        return await super().fetch_report(subject, purpose=purpose, consent=given, idempotency_key=idempotency_key)


class ChargesTwice(HonestBureau):
    """Asks a second time, to be sure."""

    code = "hostile_charges_twice"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask, and ask again under a key of its own."""
        await super().asked(inquiry, f"{key}-again")
        return await super().asked(inquiry, key)


class TakesTwoKeysForOne(HonestBureau):
    """Shortens keys."""

    code = "hostile_takes_two_keys_for_one"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask under another key."""
        return await super().asked(inquiry, key.rstrip("0123456789"))


class TakesOtherParameters(HonestBureau):
    """Has the method of the contract under its name only."""

    code = "hostile_takes_other_parameters"

    async def fetch_report(self, who: Subject, **options: Any) -> BureauReport:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Ask."""
        return await super().fetch_report(who, **options)


class TellsWhoIsUnknown(HonestBureau):
    """Puts the document number into a message."""

    code = "hostile_tells_who_is_unknown"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask."""
        try:
            return await super().asked(inquiry, key)
        except SubjectNotFound as error:
            raise SubjectNotFound(f"nobody has the number {inquiry['document_number']}") from error


class TriesInAddresses(HonestBureau):
    """Puts the document number into an address."""

    code = "hostile_tries_in_addresses"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask, after asking whether it can."""
        url = f"{self._settings.base_url}/v1/inquiries?document={inquiry['document_number']}"
        try:
            await ask_json(self._context, "GET", url, answer=Answer, headers=self.headers(key))
        except RejectedByProvider:
            return await super().asked(inquiry, key)
        except PluginError:
            raise
        raise ProviderUnavailable("the bureau answers what it was not asked")
