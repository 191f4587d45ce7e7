"""The states of a hand-over, and the words for what follows it: events, deadlines, costs, money."""

from enum import StrEnum


class HandoffState(StrEnum):
    """domain 11.3: CHECKLIST → PACKAGED → SENT → ACK → ACCEPTED | REFUSED. CLOSED: the case has ended."""

    CHECKLIST = "CHECKLIST"
    PACKAGED = "PACKAGED"
    SENT = "SENT"
    ACK = "ACK"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    CLOSED = "CLOSED"


RUNNING = (HandoffState.ACK, HandoffState.ACCEPTED)
"""The channel has the case, and it has not ended."""


class CaseStage(StrEnum):
    """How far a case has come, as its channel or its events say: the names of the SDK's `LegalStage`."""

    ACKNOWLEDGED = "ACKNOWLEDGED"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    FILED = "FILED"
    PAYMENT_ORDERED = "PAYMENT_ORDERED"
    SERVED = "SERVED"
    OPPOSED = "OPPOSED"
    EXECUTION_CONTINUES = "EXECUTION_CONTINUES"
    AUCTION = "AUCTION"
    CLOSED = "CLOSED"


class EventKind(StrEnum):
    """What may happen in a lawsuit: the names of the SDK's `CaseEventKind`, which says what each is."""

    FILED = "FILED"
    INADMITTED = "INADMITTED"
    REJECTED = "REJECTED"
    ADMITTED = "ADMITTED"
    PAYMENT_ORDERED = "PAYMENT_ORDERED"
    PAYMENT_ORDER_DENIED = "PAYMENT_ORDER_DENIED"
    ATTACHMENT_ORDERED = "ATTACHMENT_ORDERED"
    ATTACHMENT_MADE = "ATTACHMENT_MADE"
    SERVED = "SERVED"
    RECONSIDERATION_ASKED = "RECONSIDERATION_ASKED"
    OPPOSED = "OPPOSED"
    HEARING_SET = "HEARING_SET"
    HEARING_HELD = "HEARING_HELD"
    JUDGMENT = "JUDGMENT"
    APPEALED = "APPEALED"
    EXECUTION_CONTINUES = "EXECUTION_CONTINUES"
    CREDIT_STATEMENT_SERVED = "CREDIT_STATEMENT_SERVED"
    CREDIT_STATEMENT_APPROVED = "CREDIT_STATEMENT_APPROVED"
    COSTS_SETTLED = "COSTS_SETTLED"
    APPRAISAL_SERVED = "APPRAISAL_SERVED"
    AUCTION_SET = "AUCTION_SET"
    AUCTION_HELD = "AUCTION_HELD"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    SUSPENDED = "SUSPENDED"
    RESUMED = "RESUMED"
    TERMINATED = "TERMINATED"
    OTHER = "OTHER"


STAGE_OF = {
    EventKind.FILED: CaseStage.FILED,
    EventKind.PAYMENT_ORDERED: CaseStage.PAYMENT_ORDERED,
    EventKind.SERVED: CaseStage.SERVED,
    EventKind.OPPOSED: CaseStage.OPPOSED,
    EventKind.EXECUTION_CONTINUES: CaseStage.EXECUTION_CONTINUES,
    EventKind.AUCTION_HELD: CaseStage.AUCTION,
    EventKind.TERMINATED: CaseStage.CLOSED,
}
"""The stages that events lead to; others leave it as it is."""


class DeadlineParty(StrEnum):
    """Whose term it is: OURS is the claimant's, THEIRS the debtor's, COURT the court's own."""

    OURS = "OURS"
    THEIRS = "THEIRS"
    COURT = "COURT"


class DeadlineState(StrEnum):
    """OPEN until it is DONE, or CANCELLED because it does not hold. An OPEN one whose day is over is overdue."""

    OPEN = "OPEN"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class CostKind(StrEnum):
    """What a cost of a lawsuit is for: the names of the SDK's `CostKind`."""

    COURT_FEE = "COURT_FEE"
    BAILIFF = "BAILIFF"
    SERVICE = "SERVICE"
    REGISTRATION = "REGISTRATION"
    PUBLICATION = "PUBLICATION"
    EXPERT = "EXPERT"
    CUSTODIAN = "CUSTODIAN"
    BOND = "BOND"
    COPIES = "COPIES"
    TRAVEL = "TRAVEL"
    OTHER = "OTHER"


class CostState(StrEnum):
    """ASKED → APPROVED | REFUSED; APPROVED → PAID by the agency."""

    ASKED = "ASKED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    PAID = "PAID"


class CostApprover(StrEnum):
    """Who decides on a cost: the creditor alone, or the agency too. LIMIT: nobody had to be asked."""

    CREDITOR = "CREDITOR"
    AGENCY = "AGENCY"
    LIMIT = "LIMIT"


class MoneyKind(StrEnum):
    """What lawyers tell of money: the names of the SDK's `CaseMoneyKind`, which says what each is."""

    RECEIVED = "RECEIVED"
    DIRECT = "DIRECT"
    REMITTED = "REMITTED"
    FEE = "FEE"
    COST = "COST"
    REVERSED = "REVERSED"


class MoneyState(StrEnum):
    """TOLD: waits for a person. APPROVED: is being booked. BOOKED, or DISMISSED by a person. NOTED: nothing of it is
    booked, as a fee that the lawyers kept."""

    TOLD = "TOLD"
    APPROVED = "APPROVED"
    BOOKED = "BOOKED"
    DISMISSED = "DISMISSED"
    NOTED = "NOTED"
