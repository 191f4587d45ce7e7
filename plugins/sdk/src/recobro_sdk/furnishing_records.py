"""What a credit bureau is told of an obligation: whose it is, how it stands, and by which right it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from recobro_sdk.bureau import Consent, SubjectKind
from recobro_sdk.decisions import Decision
from recobro_sdk.money import Money


class FurnishingAction(StrEnum):
    """What the bureau is to do with a record."""

    REPORT = "report"
    """Add it, or bring it up to date; due at least monthly (rule card CO-BUR-07)."""
    CORRECT = "correct"
    """Replace what was reported wrongly for the same date (rule card CO-BUR-06; 15 USC 1681s-2(a)(2))."""
    DELETE = "delete"
    """Take it out: unfounded, without notice, or at the end of its permanence (CO-BUR-04, -05, -06)."""


class FurnishedStatus(StrEnum):
    """How the obligation stands on `FurnishingRecord.as_of`."""

    CURRENT = "current"
    PAST_DUE = "past_due"
    IN_COLLECTION = "in_collection"
    CHARGED_OFF = "charged_off"
    PAID = "paid"
    SETTLED = "settled"
    """Closed for less than was owed."""
    CLOSED = "closed"
    """Ended otherwise: sold, recalled, refinanced."""


class PartyLink(StrEnum):
    """How somebody answers for the obligation."""

    PRIMARY = "primary"
    JOINT = "joint"
    """Codebtor (codeudor, deudor solidario)."""
    GUARANTOR = "guarantor"
    """Guarantor or aval (avalista)."""


class DisputeMark(StrEnum):
    """What has to stand beside a record that the subject disputes (Ley 1266 de 2008 art. 16; 15 USC 1681s-2(a)(3))."""

    NONE = "none"
    CLAIM_PENDING = "claim_pending"
    """"Reclamo en trámite"."""
    IN_COURT = "in_court"
    """"Información en discusión judicial"."""
    CLOSED_DISAGREED = "closed_disagreed"
    """The inquiry has ended and the subject still disagrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FurnishedAddress:
    """Where somebody lives or has their seat. `region` is the state or department, `country` ISO 3166 alpha-2."""

    lines: tuple[str, ...] = field(repr=False)
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str

    def __post_init__(self) -> None:
        if not self.lines or not all(self.lines):
            raise ValueError("an address has at least one line, and no empty one")


@dataclass(frozen=True, slots=True, kw_only=True)
class FurnishedParty:
    """Somebody who answers for the obligation; what identifies a person is left out of `repr`.

    `given_names` and `surnames` of a natural person, `name` of an organisation. `document_type` as the country names
    it (CC, NIT, SSN). `generation` is such as `Jr`.
    """

    link: PartyLink
    kind: SubjectKind
    document_type: str
    document_number: str = field(repr=False)
    country: str
    given_names: str = field(default="", repr=False)
    surnames: str = field(default="", repr=False)
    generation: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    born_on: date | None = field(default=None, repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    address: FurnishedAddress | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not (self.surnames if self.kind is SubjectKind.NATURAL else self.name):
            raise ValueError("a person has surnames and an organisation a name")

    @property
    def full_name(self) -> str:
        """The name in one line, as the country's papers show it."""
        parts = (self.given_names, self.surnames, self.generation)
        return self.name or " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class FurnishingNotice:
    """A notice that was sent to the subject before furnishing (Ley 1266 art. 12; 12 CFR 1006.30(a)).

    `sent_at` is aware; `medium` such as `email`, `letter`, `sms`; `proof` the agency's reference of the proof of
    sending. The waiting period counts from the day after sending.
    """

    sent_at: datetime
    medium: str
    proof: str

    def __post_init__(self) -> None:
        if self.sent_at.tzinfo is None:
            raise ValueError("sent_at must be aware")
        if not self.proof:
            raise ValueError("a notice without proof of sending is no notice")


@dataclass(frozen=True, slots=True)
class MonthOfArrears:
    """How a past month ended: `month` is its first day, `days_past_due` None where nothing is known of it."""

    month: date
    days_past_due: int | None

    def __post_init__(self) -> None:
        if self.month.day != 1:
            raise ValueError("a month is named by its first day")


@dataclass(frozen=True, slots=True, kw_only=True)
class FurnishingRecord:
    """One obligation as a bureau is to know it on the day `as_of`.

    `reference` is the obligation's number at the bureau and never changes; `previous_reference` is given once, when it
    did. `creditor` is the current one and `original_creditor` who granted the credit; `creditor_class` and `product`
    are codes that both sides agreed on. `defaulted_on` is the day of the default that was never cured since (15 USC
    1681s-2(a)(5); Ley 1266 art. 13), from which permanence is counted; `first_negative_on` the day
    of the first negative report to this bureau, None before it, which no later report changes. `history` are past
    months, newest first. Amounts share one currency. `consent` is the subject's authorisation (CO-BUR-09), `notices`
    those that were sent (CO-BUR-01, -02), and `gate` the decision by which the host lets the record out.

    Raises `ValueError` when the gate does not allow it, there is not exactly one primary party, a status in arrears has
    no `defaulted_on`, currencies differ, or an amount that cannot be negative is.
    """

    reference: str
    action: FurnishingAction
    as_of: date
    creditor: str
    original_creditor: str
    creditor_class: str = ""
    product: str
    parties: tuple[FurnishedParty, ...]
    opened_on: date
    closed_on: date | None = None
    status: FurnishedStatus
    days_past_due: int
    original: Money
    balance: Money
    past_due: Money
    charged_off: Money | None = None
    scheduled_payment: Money | None = None
    last_payment: Money | None = None
    last_paid_on: date | None = None
    defaulted_on: date | None = None
    first_negative_on: date | None = None
    dispute: DisputeMark = DisputeMark.NONE
    history: tuple[MonthOfArrears, ...] = ()
    previous_reference: str | None = None
    consent: Consent | None
    notices: tuple[FurnishingNotice, ...] = ()
    gate: Decision

    def __post_init__(self) -> None:
        if not self.gate.allows:
            raise ValueError(f"the gate does not let it out: {self.gate.rule}")
        if [party.link for party in self.parties].count(PartyLink.PRIMARY) != 1:
            raise ValueError("a record has exactly one primary party")
        if type(self.days_past_due) is not int or self.days_past_due < 0:
            raise ValueError("days_past_due is a whole number, 0 or more")
        if self.status in _IN_ARREARS and self.defaulted_on is None:
            raise ValueError("a status in arrears needs the date of default")
        if len({amount.currency for amount in self.amounts}) != 1:
            raise ValueError("the amounts of a record share one currency")
        if any(amount.minor_units < 0 for amount in self.amounts):
            raise ValueError("an amount of a record is negative")

    @property
    def amounts(self) -> tuple[Money, ...]:
        """Every amount that is given."""
        some = (self.charged_off, self.scheduled_payment, self.last_payment)
        return (self.original, self.balance, self.past_due, *(one for one in some if one is not None))

    @property
    def primary(self) -> FurnishedParty:
        """The primary party."""
        return next(party for party in self.parties if party.link is PartyLink.PRIMARY)


_IN_ARREARS = frozenset({FurnishedStatus.PAST_DUE, FurnishedStatus.IN_COLLECTION, FurnishedStatus.CHARGED_OFF})
