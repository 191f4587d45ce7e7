"""Jurisdiction rule packs: what the law of a place says about contacting, furnishing, claiming and notifying.

A pack is pure: no clock, no network, no store. The same question has the same answer for ever, so that a decision of
last year can be repeated with the pack of that day. Several packs may apply to one act: the strictest answer prevails.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable

from recobro_sdk.bureau import SubjectKind
from recobro_sdk.cases import PartyRole
from recobro_sdk.decisions import Decision
from recobro_sdk.furnishing_records import FurnishingNotice
from recobro_sdk.money import Money
from recobro_sdk.texts import Text


class ContactAction(StrEnum):
    """What somebody is about to do to reach a person."""

    CALL = "call"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    EMAIL = "email"
    PUSH = "push"
    LETTER = "letter"
    VISIT = "visit"


class ContactPurpose(StrEnum):
    """What a contact is for; rules differ by it."""

    COLLECTION = "collection"
    INFORMATION_REQUESTED = "information_requested"
    """The person asked for exactly this (Colombia: SFC 2023080946-002)."""
    LEGAL_NOTICE = "legal_notice"
    LOCATION = "location"
    """Finding somebody through another (US: 12 CFR 1006.10)."""
    MARKETING = "marketing"


class ContactResult(StrEnum):
    """Who was reached by an earlier contact; only this feeds frequency counters."""

    RIGHT_PARTY = "right_party"
    CODEBTOR = "codebtor"
    THIRD_PARTY = "third_party"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastContact:
    """An earlier contact of the same person, whichever creditor it was for. `at` aware; `debts` those it was about."""

    reference: str
    at: datetime
    action: ContactAction
    purpose: ContactPurpose
    result: ContactResult
    debts: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedWindow:
    """Hours that the person asked for later than the contract, and apart from it (Ley 2300 de 2023 art. 3 par.).

    `weekdays` are ISO numbers, Monday 1; `proof` is the reference of the evidence.
    """

    weekdays: frozenset[int]
    opens: time
    closes: time
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRequest:
    """An intended contact of one person. Nobody's name or address is in it.

    `at` is aware. `zones` are all IANA zones that the person may be in: the contact has to be lawful in each. `debts`
    are references of what it is about. `authorised` are the channels that the person authorised, `opted_out` those
    they refused since. `is_represented` means that an attorney speaks for them; `has_ceased` that they asked in writing
    to be left alone.
    """

    at: datetime
    action: ContactAction
    purpose: ContactPurpose
    role: PartyRole
    kind: SubjectKind
    zones: tuple[str, ...]
    debts: frozenset[str]
    authorised: frozenset[ContactAction]
    opted_out: frozenset[ContactAction] = frozenset()
    agreed_windows: tuple[AgreedWindow, ...] = ()
    is_represented: bool = False
    has_ceased: bool = False
    past: tuple[PastContact, ...] = ()

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("at must be aware")
        if not self.zones:
            raise ValueError("without a zone no hour is lawful: give every zone that is possible")


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtFacts:
    """What rules and scores need to know of a debt; nobody's name or number is in it.

    `reference` is the host's; `instrument` such as `promissory_note`, `contract`, `cheque`; `modality` the class of
    credit that rate caps are certified for; `attributes` further facts that both sides agreed on, as texts.
    """

    reference: str
    country: str
    product: str
    instrument: str
    modality: str
    kind: SubjectKind
    opened_on: date
    due_on: date
    defaulted_on: date | None
    days_past_due: int
    placed: Money
    balance: Money
    stage: str
    payments: int = 0
    promises_broken: int = 0
    contacts: int = 0
    acknowledged_on: date | None = None
    """The debtor last acknowledged it: the time bar counts anew from here (Colombia: C.C. 2539)."""
    sued_on: date | None = None
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FurnishingRequest:
    """An intended first report of a debt to a bureau on the day `on`.

    `negative` says whether it is about arrears; `is_authorised` whether the subject's authorisation is at hand.
    """

    on: date
    debt: DebtFacts
    negative: bool
    is_authorised: bool
    notices: tuple[FurnishingNotice, ...]
    is_disputed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredNotice:
    """A notice that the law wants: by which day, and what has to be in it (stable codes of contents)."""

    code: str
    title: Text
    citation: str
    due_on: date
    contents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSource:
    """A rule of a pack: stable code, its wording's number from 1, law and article, and since when."""

    rule: str
    version: int
    citation: str
    summary: Text
    effective_from: date
    effective_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackDescription:
    """What a pack covers. `country` is ISO 3166 alpha-2, with `region` where a part of it has its own law.

    `horizon` is the last day it answers for: beyond it calendars and rates are not known, and nothing is allowed.
    """

    code: str
    version: str
    country: str
    region: str = ""
    title: Text
    horizon: date
    rules: tuple[RuleSource, ...] = field(repr=False)


@runtime_checkable
class JurisdictionPack(Protocol):
    """The law of one place. Plain functions: quick, pure, without I/O; a missing fact is never ALLOW."""

    def describe(self) -> PackDescription:
        """What the pack covers and the rules in it."""
        ...

    def may_contact(self, request: ContactRequest) -> Decision:
        """Whether the person may be contacted like this, at that moment: windows, days, frequency, channel, role."""
        ...

    def may_furnish(self, request: FurnishingRequest) -> Decision:
        """Whether the debt may be reported to a bureau on that day: notices, waiting periods, permanence, dispute."""
        ...

    def may_sue(self, debt: DebtFacts, on: date) -> Decision:
        """Whether a suit may be brought, or threatened, on that day: the time bar, with its interruptions."""
        ...

    def rate_cap(self, debt: DebtFacts, on: date) -> Decimal | None:
        """The highest lawful default rate on that day, as an effective annual percentage; None where there is none.

        Raises `ValueError` for a day for which no cap is known where the law has one.
        """
        ...

    def notices(self, debt: DebtFacts, on: date) -> tuple[RequiredNotice, ...]:
        """The notices that are still to be given from that day on, by due date."""
        ...
