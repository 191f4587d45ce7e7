"""Credit bureaus: asking what one of them knows about a debtor."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from recobro_sdk.context import JsonObject
from recobro_sdk.money import Money


class SubjectKind(StrEnum):
    """Whether the law sees a person or an organisation."""

    NATURAL = "natural"
    LEGAL = "legal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom the inquiry is about. `document_type` as the country names it (CC, NIT); `country` ISO 3166 alpha-2.

    Number and name are left out of `repr`, which ends up in logs and tracebacks.
    """

    document_type: str
    document_number: str = field(repr=False)
    country: str
    name: str = field(repr=False)
    kind: SubjectKind

    def __post_init__(self) -> None:
        if not self.document_type or not self.document_number:
            raise ValueError("a subject needs a document type and number")


class Purpose(StrEnum):
    """Why a bureau may be asked; recorded with every inquiry (Ley 1266 de 2008, rule card CO-BUR-08).

    Employment has no member on purpose: the Colombian card forbids it, and in the United States it is the separate
    ground of 15 USC 1681b(a)(3)(B), which collecting a debt never is.
    """

    REVIEW_OR_COLLECTION_OF_ACCOUNT = "review_or_collection_of_account"
    """Collecting or reviewing an account of the subject: 15 USC 1681b(a)(3)(A); CO-BUR-08."""
    EXTENSION_OF_CREDIT = "extension_of_credit"
    """Deciding on new credit, such as a refinancing: 15 USC 1681b(a)(3)(A); CO-BUR-08."""
    SUBJECT_INSTRUCTION = "subject_instruction"
    """The subject asked for it in writing: 15 USC 1681b(a)(2); free for the subject, CO-BUR-09."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The subject's authorisation, without which nobody is asked (Ley 1266 de 2008, rule card CO-BUR-09).

    `reference` points to the evidence the agency keeps; `granted_at` is aware; `medium` says how it was given (`paper`,
    `voice`, `web`); `text_version` which wording was accepted.
    """

    reference: str
    granted_at: datetime
    medium: str
    text_version: str

    def __post_init__(self) -> None:
        if not self.reference:
            raise ValueError("a consent needs the reference of its evidence")
        if self.granted_at.tzinfo is None:
            raise ValueError("granted_at must be aware")


class ObligationStatus(StrEnum):
    """How a bureau describes an obligation."""

    CURRENT = "current"
    PAST_DUE = "past_due"
    CHARGED_OFF = "charged_off"
    DISPUTED = "disputed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BureauObligation:
    """One line of a report: whom the subject owes, how much, and for how many days it has been due (0 or more)."""

    creditor_name: str
    balance: Money
    days_past_due: int
    status: ObligationStatus

    def __post_init__(self) -> None:
        if type(self.days_past_due) is not int or self.days_past_due < 0:
            raise ValueError("days_past_due is a whole number, 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class BureauReport:
    """What a bureau answered.

    `provider` is the code of the offer; `reference` the bureau's own number of the inquiry, the same for every call
    with the same idempotency key; `fetched_at` aware UTC; `score` on the bureau's own scale, None when it has none;
    `raw` the answer as JSON, kept as evidence, without the document number.
    """

    provider: str
    reference: str
    fetched_at: datetime
    score: int | None
    obligations: tuple[BureauObligation, ...] = ()
    raw: JsonObject = field(default_factory=lambda: JsonObject(), repr=False)

    def __post_init__(self) -> None:
        if self.score is not None and type(self.score) is not int:
            raise TypeError("score is an int or None")
        if self.fetched_at.tzinfo is None:
            raise ValueError("fetched_at must be aware")


@runtime_checkable
class BureauProvider(Protocol):
    """A credit bureau, for one agency."""

    async def fetch_report(
        self, subject: Subject, *, purpose: Purpose, consent: Consent, idempotency_key: str
    ) -> BureauReport:
        """Ask the bureau about the subject.

        The same `idempotency_key` is one inquiry, however often it is sent: inquiries cost money and leave a trace on
        the subject's file. Raises `SubjectNotFound`, `RejectedByProvider`, `AuthenticationFailed`, `RateLimited`,
        `ProviderTimeout`, `ProviderUnavailable`.
        """
        ...
