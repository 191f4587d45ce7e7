"""What must be there before a bureau is asked, and the stored form of its answer. Pure functions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from core.kit.errors import InvalidInput
from recobro_sdk import BureauObligation, BureauReport, Purpose

MAX_REPORT_BYTES = 1 << 20
_INT32 = 1 << 31


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven:
    """The debtor's authorisation: where its evidence is kept, how and when it was given (aware), to which wording."""

    reference: str
    medium: str
    granted_at: datetime
    text_version: str


def check_purpose(purpose: str | None) -> Purpose:
    """The permissible purpose of an inquiry (Ley 1266 de 2008 art. 5, CO-BUR-08; 15 USC 1681b(a)(3)(A)).

    Raises: InvalidInput (PURPOSE_MISSING, PURPOSE_UNKNOWN).
    """
    given = (purpose or "").strip().lower()
    if not given:
        raise InvalidInput(
            "A bureau is asked for a purpose that the law permits, and none is given.", code="PURPOSE_MISSING",
            field="purpose", remedy=_purposes(),
        )  # fmt: skip
    try:
        return Purpose(given)
    except ValueError as problem:
        raise InvalidInput(
            f"'{given[:60]}' is not a purpose for which a bureau may be asked.", code="PURPOSE_UNKNOWN",
            field="purpose", remedy=_purposes(),
        ) from problem  # fmt: skip


def _purposes() -> str:
    return f"Give one of: {', '.join(purpose.name for purpose in Purpose)}."


def check_consent(consent: ConsentGiven | None, now: datetime) -> ConsentGiven:
    """The debtor's authorisation (Ley 1266 de 2008 art. 6, CO-BUR-09), complete and given before now.

    Raises: InvalidInput (CONSENT_MISSING, CONSENT_IN_FUTURE, INVALID_TEXT).
    """
    if consent is None:
        raise _missing("consent")
    for name, most in (("reference", 200), ("medium", 60), ("text_version", 60)):
        text: str = getattr(consent, name)
        if not text.strip():
            raise _missing(f"consent.{name}")
        if len(text) > most or "\0" in text:
            raise InvalidInput(
                f"This has at most {most} characters.",
                code="INVALID_TEXT",
                field=f"consent.{name}",
                remedy="Shorten it.",
            )
    if consent.granted_at.tzinfo is None:
        raise InvalidInput(
            "The moment of consent needs its zone.", field="consent.granted_at", remedy="Add the offset."
        )
    if consent.granted_at > now:
        raise InvalidInput(
            "The consent is dated in the future.", code="CONSENT_IN_FUTURE", field="consent.granted_at",
            remedy="Give the moment at which the debtor gave it.",
        )  # fmt: skip
    return consent


def _missing(field: str) -> InvalidInput:
    return InvalidInput(
        "Nobody is looked up at a bureau without the debtor's authorisation.", code="CONSENT_MISSING", field=field,
        remedy="Give the reference, the medium, the moment and the text version of the consent.",
    )  # fmt: skip


def stored_report(report: BureauReport, provider: str) -> dict[str, Any]:
    """An answer as JSON, amounts as minor units. Raises: ValueError, TypeError for an answer that is none."""
    if report.provider != provider or not 0 < len(report.reference) <= 200:
        raise ValueError("the answer is not of this provider, or has no reference")
    if report.score is not None and (type(report.score) is not int or not -_INT32 <= report.score < _INT32):
        raise ValueError("the score is no whole number")
    document = {
        "provider": report.provider,
        "reference": report.reference,
        "fetched_at": report.fetched_at.isoformat(),
        "score": report.score,
        "obligations": [_obligation(item) for item in report.obligations],
        "raw": report.raw,
    }
    encoded = orjson.dumps(document)
    if len(encoded) > MAX_REPORT_BYTES or b"\\u0000" in encoded:
        raise ValueError("the answer is too large, or holds what cannot be stored")
    return orjson.loads(encoded)


def _obligation(item: BureauObligation) -> dict[str, Any]:
    if type(item.balance.minor_units) is not int or type(item.days_past_due) is not int:
        raise TypeError("amounts and days are whole numbers")
    return {
        "creditor_name": str(item.creditor_name),
        "balance_minor": item.balance.minor_units,
        "currency": str(item.balance.currency),
        "days_past_due": item.days_past_due,
        "status": item.status.value,
    }
