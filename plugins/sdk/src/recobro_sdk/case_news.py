"""What comes back of a case that was handed over: answers, what the court did, costs that are asked for, money."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol, runtime_checkable

from recobro_sdk.case_money import CaseMoney
from recobro_sdk.legal import HandoffRef, LegalStage
from recobro_sdk.money import Money
from recobro_sdk.outcomes import Outcome


class CaseEventKind(StrEnum):
    """What may happen in a lawsuit. A list of what may be seen, not an order that every case follows."""

    FILED = "filed"
    """The claim is with the court (demanda radicada, suit filed)."""
    INADMITTED = "inadmitted"
    """The court wants the claim corrected (auto inadmisorio)."""
    REJECTED = "rejected"
    """The court does not take the claim (rechazo)."""
    ADMITTED = "admitted"
    """The court takes it, or calls on the debtor to pay (auto admisorio, requerimiento)."""
    PAYMENT_ORDERED = "payment_ordered"
    """The order to pay (mandamiento de pago)."""
    PAYMENT_ORDER_DENIED = "payment_order_denied"
    ATTACHMENT_ORDERED = "attachment_ordered"
    """Seizure, garnishment or lien was ordered (embargo)."""
    ATTACHMENT_MADE = "attachment_made"
    """It was carried out (embargo registrado, secuestro, levy)."""
    SERVED = "served"
    """The debtor was notified (notificación, service)."""
    RECONSIDERATION_ASKED = "reconsideration_asked"
    """The debtor asks the court to think again (reposición)."""
    OPPOSED = "opposed"
    """The debtor's defences were handed to the claimant (traslado de excepciones, answer)."""
    HEARING_SET = "hearing_set"
    HEARING_HELD = "hearing_held"
    JUDGMENT = "judgment"
    APPEALED = "appealed"
    EXECUTION_CONTINUES = "execution_continues"
    """Nobody opposes, or in vain (seguir adelante la ejecución, default judgment)."""
    CREDIT_STATEMENT_SERVED = "credit_statement_served"
    """The other side's statement of the debt was handed over (traslado de la liquidación del crédito)."""
    CREDIT_STATEMENT_APPROVED = "credit_statement_approved"
    COSTS_SETTLED = "costs_settled"
    """The court settled the costs of the suit (liquidación de costas)."""
    APPRAISAL_SERVED = "appraisal_served"
    """An appraisal was handed over (traslado del avalúo)."""
    AUCTION_SET = "auction_set"
    AUCTION_HELD = "auction_held"
    ACTION_REQUIRED = "action_required"
    """The court wants the claimant to act, or ends the case (requerimiento previo al desistimiento tácito)."""
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    TERMINATED = "terminated"
    """The case has ended (terminación, satisfaction, dismissal)."""
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """Something that happened in a case.

    `reference` is the channel's own and the same each time that the event is told. `on` is the day from which terms
    run: of a decision, when the claimant was notified of it. `scheduled_on` is the day of what was set (a hearing).
    """

    reference: str
    kind: CaseEventKind
    on: date
    detail: str = field(default="", repr=False)
    scheduled_on: date | None = None


class CostKind(StrEnum):
    """What a cost of a lawsuit is for."""

    COURT_FEE = "court_fee"
    """Arancel judicial, filing fee."""
    BAILIFF = "bailiff"
    """Diligencia de embargo o secuestro, sheriff."""
    SERVICE = "service"
    """Notifying the other side."""
    REGISTRATION = "registration"
    """Registering an attachment, certificates of title."""
    PUBLICATION = "publication"
    """Edicts and notices of auction."""
    EXPERT = "expert"
    """Appraisers, auxiliaries of justice."""
    CUSTODIAN = "custodian"
    """Secuestre, storage."""
    BOND = "bond"
    """Caución, security for costs."""
    COPIES = "copies"
    TRAVEL = "travel"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRequest:
    """A cost that the lawyers ask to be let spend, before they do. `reference` is the channel's own and the same each
    time that the request is told; `amount` is above 0, tax included. Raises `ValueError` where it is not."""

    reference: str
    kind: CostKind
    amount: Money
    reason: str

    def __post_init__(self) -> None:
        if self.amount.minor_units <= 0:
            raise ValueError("a cost has a positive amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStanding:
    """The account of a case as the channel has it at the end of the legal day `on`: the `balance` is all that is owed,
    interest and costs with it; `paid` all that was paid since the case was handed over, where the channel knows it."""

    on: date
    balance: Money
    paid: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseNews:
    """All that the channel knows of a case now; the host takes each event, request and amount once, by its reference.

    `reason` says why a case was refused. `money` is booked when the agency approves it, or its terms do. An empty
    `stage` would be a lie: a case that was received is ACKNOWLEDGED. `standing` is the last one; the host keeps it
    beside what its own books have of that day, and changes nothing by it.
    """

    stage: LegalStage
    reason: str = ""
    events: tuple[CaseEvent, ...] = ()
    costs: tuple[CostRequest, ...] = ()
    money: tuple[CaseMoney, ...] = ()
    standing: CaseStanding | None = None


@runtime_checkable
class CaseFollower(Protocol):
    """Optional part of a legal channel with the ability `case_news`: its other side tells how a case goes on."""

    async def news(self, handoff: HandoffRef) -> Outcome[CaseNews]:
        """What is known of a case; `Failed` when the channel is certain that it never got it. At most 500 events,
        200 requests and 500 amounts; the host asks once a day, and at once after a callback that names the handoff as
        settled."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CostAnswer:
    """The decision on a `CostRequest`; `reason` is for the lawyers."""

    reference: str
    approved: bool
    reason: str


@runtime_checkable
class CostAnswerReceiver(Protocol):
    """Optional part of a legal channel with the ability `cost_answers`: its lawyers are told what they may spend."""

    async def answer_cost(self, handoff: HandoffRef, answer: CostAnswer) -> None:
        """Tell the decision. The host may tell it again, which changes nothing: a cost is decided once.

        Raises `RejectedByProvider` for a case that the lawyers never got, and the retryable errors.
        """
        ...
