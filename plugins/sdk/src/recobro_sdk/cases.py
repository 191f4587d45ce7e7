"""A legal case as data: what a checklist looks at, and the dossier that is handed over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from recobro_sdk.bureau import SubjectKind
from recobro_sdk.money import Money


class ProcessType(StrEnum):
    """Which lawsuit is intended."""

    EXECUTIVE = "executive"
    """On an enforceable instrument (Colombia: CGP art. 422)."""
    SECURED_EXECUTIVE = "secured_executive"
    """Enforcing a mortgage or pledge (Colombia: CGP arts. 467 and 468)."""
    MONITORY = "monitory"
    """For a contractual debt without an instrument (Colombia: CGP art. 419)."""


class Guarantee(StrEnum):
    """What secures the debt."""

    NONE = "none"
    PERSONAL = "personal"
    MORTGAGE = "mortgage"
    PLEDGE = "pledge"


class DocumentKind(StrEnum):
    """Papers of a case that a checklist asks for."""

    POWER_OF_ATTORNEY = "power_of_attorney"
    PROMISSORY_NOTE = "promissory_note"
    INSTRUCTION_LETTER = "instruction_letter"
    BALANCE_CERTIFICATE = "balance_certificate"
    CREDITOR_STANDING = "creditor_standing"
    DEBTOR_STANDING = "debtor_standing"
    SECURITY_DEED = "security_deed"
    TITLE_CERTIFICATE = "title_certificate"
    CONTRACT = "contract"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDocument:
    """A paper that the agency holds. `reference` is the agency's own; `expires_on` the last day it is good for."""

    kind: DocumentKind
    reference: str
    dated: date
    expires_on: date | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSummary:
    """What must be known of a case to tell whether it can be filed; nobody's name is in it.

    `country` ISO 3166 alpha-2. `due_on` is when the debt became enforceable. `time_bar_on` is the last day to sue as
    the host's rules computed it, with interruptions and suspensions; None leaves it to the channel's own plain rule.
    `agreed_rate` and `rate_cap` are effective annual percentages (`Decimal("28.17")`): the agreed default interest and
    the legal cap of its modality and period. `signed_in_blank` says whether the note was, and so needs its letter.
    """

    reference: str
    country: str
    process: ProcessType
    guarantee: Guarantee
    debtor_kind: SubjectKind
    claim: Money
    due_on: date
    time_bar_on: date | None = None
    agreed_rate: Decimal | None = None
    rate_cap: Decimal | None = None
    signed_in_blank: bool = True
    documents: tuple[CaseDocument, ...] = ()


class PartyRole(StrEnum):
    """What somebody is in a case."""

    CREDITOR = "creditor"
    DEBTOR = "debtor"
    CODEBTOR = "codebtor"
    GUARANTOR = "guarantor"
    ATTORNEY = "attorney"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody in a case. Contact data may be empty; what identifies a person is left out of `repr`."""

    role: PartyRole
    kind: SubjectKind
    name: str = field(repr=False)
    document_type: str
    document_number: str = field(repr=False)
    address: str = field(default="", repr=False)
    city: str = ""
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


class DebtConcept(StrEnum):
    """What a part of a claim is for."""

    PRINCIPAL = "principal"
    INTEREST = "interest"
    DEFAULT_INTEREST = "default_interest"
    INSURANCE = "insurance"
    COLLECTION_COSTS = "collection_costs"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtComponent:
    """A part of the claim; `detail` says more where the concept does not (the period of some interest)."""

    concept: DebtConcept
    amount: Money
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestLine:
    """Days on which interest was reckoned alike, from the day after `first_on` to `last_on`.

    Amounts are exact, in the currency's unit. `rate` is the effective annual percentage that was applied and `cap` the
    certified maximum of those days; no rate while interest was paused, or where a nominal one was agreed. `source`
    names the resolution of the cap, or why interest was paused.
    """

    first_on: date
    last_on: date
    days: int
    base: Decimal
    interest: Decimal
    total: Decimal
    rate: Decimal | None = None
    cap: Decimal | None = None
    source: str = ""


class EvidenceKind(StrEnum):
    """What proves how a debt was collected before the lawsuit."""

    PLACEMENT = "placement"
    """The creditor gave it for collection."""
    DEMAND = "demand"
    """The debtor was asked to pay."""
    PAYMENT = "payment"
    """The debtor paid: it acknowledged the debt."""
    PROMISE = "promise"
    """The debtor promised to pay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that the books can prove. `sha256` is of the file in which it came, hexadecimal."""

    kind: EvidenceKind
    on: date
    text: str = field(repr=False)
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A case, ready to hand over.

    `balance_on` is the date of the amounts; `facts` are the numbered statements of the claim, in the court's language;
    `statement` is how its interest came about (liquidación del crédito), empty where none was reckoned; `evidence` what
    the books can prove, oldest first.
    Raises `ValueError` when the components do not add up to the claim, or there is no creditor or no debtor.
    """

    case: CaseSummary
    agency_name: str
    prepared_by: str = field(repr=False)
    balance_on: date
    parties: tuple[Party, ...]
    components: tuple[DebtComponent, ...]
    facts: tuple[str, ...] = field(default=(), repr=False)
    statement: tuple[InterestLine, ...] = ()
    evidence: tuple[Evidence, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if sum((part.amount for part in self.components), Money.zero(self.case.claim.currency)) != self.case.claim:
            raise ValueError("the components do not add up to the claim")
        if not {PartyRole.CREDITOR, PartyRole.DEBTOR} <= {party.role for party in self.parties}:
            raise ValueError("a dossier needs a creditor and a debtor")
