"""What follows a handoff: its steps, events of the lawsuit, deadlines, costs, money."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from core.legal.colombia import rule_of
from core.legal.kinds import (
    CaseStage,
    CostApprover,
    CostKind,
    CostState,
    DeadlineParty,
    DeadlineState,
    EventKind,
    HandoffState,
    MoneyKind,
    MoneyState,
)
from core.permissions import Permission
from schema.kit.fields import Mapped, choice, column, computed, mapped, money, one, public_id
from schema.kit.money import Money
from schema.kit.node import Node, node

if TYPE_CHECKING:
    from schema.types.legal import LegalHandoff
    from schema.types.mandates import Mandate
    from schema.types.payments import Payment

strawberry.enum(HandoffState, description="How far a handoff has come. CLOSED: the case has ended.")
strawberry.enum(CaseStage, name="LegalStage", description="How far a case has come with the court.")
strawberry.enum(EventKind, name="LegalEventKind", description="What may happen in a lawsuit.")
strawberry.enum(
    DeadlineParty, name="LegalDeadlineParty",
    description="Whose term it is: OURS is the claimant's, THEIRS the debtor's, COURT the court's own.",
)  # fmt: skip
strawberry.enum(
    DeadlineState, name="LegalDeadlineState",
    description="OPEN until it is DONE, or CANCELLED because it does not hold.",
)  # fmt: skip
strawberry.enum(CostKind, name="LegalCostKind", description="What a cost of a lawsuit is for.")
strawberry.enum(CostState, name="LegalCostState", description="What was decided on a cost, and whether it is paid.")
strawberry.enum(
    CostApprover, name="LegalCostApprover",
    description="Who decides, or has decided, on a cost. LIMIT: nobody had to be asked.",
)  # fmt: skip
strawberry.enum(
    MoneyKind, name="LegalMoneyKind",
    description="What lawyers tell of money: they RECEIVED it and hold it; it went to the creditor (DIRECT); what they "
    "held is here (REMITTED); they kept a FEE or a COST of it; a payment is gone again (REVERSED).",
)  # fmt: skip
strawberry.enum(
    MoneyState, name="LegalMoneyState",
    description="TOLD: waits for a person. APPROVED: is being booked. BOOKED, or DISMISSED by a person. NOTED: nothing "
    "of it is booked.",
)  # fmt: skip

Handoff = Annotated["LegalHandoff", strawberry.lazy("schema.types.legal")]


@mapped("legal_step", "A step of a handoff from state to state.")
class LegalStep(Mapped):
    state: HandoffState = choice("state", HandoffState, "The state that it led to.")
    actor: str = column("actor", "Who took it: a user, a machine, or the program in somebody's name.")
    taken_at: datetime = column("taken_at", "When.")
    code: str | None = column("code", "The channel's word for a refusal.")
    reason: str = column("reason", "Why.")


@mapped("legal_event", "Something that happened in a lawsuit.")
class LegalEvent(Mapped):
    kind: EventKind = choice("kind", EventKind, "What it was.")
    on: date = column("occurred_on", "The day from which terms run.")
    scheduled_on: date | None = column("scheduled_on", "The day of the hearing or the auction that was set.")
    detail: str = column("detail", "More about it.")
    reference: str = column("reference", "The channel's or the recorder's own reference.")
    recorded_by: str = column("recorded_by", "Who recorded it.")
    recorded_at: datetime = column("recorded_at", "When it was recorded.")


@node("deadline", "legal_deadline", Permission.LEGAL_READ, "A term that an event of a lawsuit began.")
class LegalDeadline(Mapped, Node):
    id: strawberry.ID = public_id("deadline")
    code: str = column("code", "The rule that it comes from: `correct_claim`, `hearing`.")
    title: str = computed(("code",), lambda code: rule_of(code)[0], "What is to be done, or waited for.")
    source: str = computed(("code",), lambda code: rule_of(code)[1], "The law that it comes from; empty for a set day.")
    party: DeadlineParty = choice("party", DeadlineParty, "Whose it is.")
    due_on: date = column("due_on", "The last day.")
    computed_on: date = column("computed_on", "The last day as the rule has it, before anybody moved it.")
    state: DeadlineState = choice("state", DeadlineState, "Whether it is done.")
    note: str = column("note", "Why it was closed or moved.")
    changed_by: str | None = column("changed_by", "Who closed or moved it.")
    changed_at: datetime | None = column("changed_at", "When.")
    missed_at: datetime | None = column("missed_at", "When it was found open with its last day over.")

    event: LegalEvent | None = one("event_id", "The event that began it.")
    handoff: Handoff | None = one("handoff_id", "The case.")


@node("cost", "legal_cost", Permission.LEGAL_READ, "A cost that the lawyers of a case ask to be let spend.")
class LegalCost(Mapped, Node):
    id: strawberry.ID = public_id("cost")
    kind: CostKind = choice("kind", CostKind, "What it is for.")
    amount: Money = money("amount_minor", "How much, tax included.")
    reason: str = column("reason", "Why it is needed.")
    reference: str = column("reference", "The asker's own reference.")
    state: CostState = choice("state", CostState, "What was decided.")
    approver: CostApprover = choice("approver", CostApprover, "Who is to decide; once it is decided, who did.")
    charged: bool = column("charged", "Whether, once approved, it is added to what the debtor owes.")
    asked_by: str = column("asked_by", "Who asked.")
    asked_at: datetime = column("asked_at", "When.")
    decided_by: str | None = column("decided_by", "Who decided.")
    decided_at: datetime | None = column("decided_at", "When.")
    decision_reason: str = column("decision_reason", "Why it was decided so.")
    paid_on: date | None = column("paid_on", "The day on which the agency paid it.")

    handoff: Handoff | None = one("handoff_id", "The case.")


@node("legal_money", "legal_money", Permission.LEGAL_READ, "An amount that the lawyers of a case told of.")
class LegalMoney(Mapped, Node):
    id: strawberry.ID = public_id("legal_money")
    kind: MoneyKind = choice("kind", MoneyKind, "What happened to it.")
    amount: Money = money("amount_minor", "How much, before anything was kept of it.")
    on: date = column("occurred_on", "The day on which it had cleared, or was gone.")
    reference: str = column("reference", "The channel's own reference.")
    of_reference: str = column(
        "of_reference", "The reference of the payment that it reverses, remits or was kept of; empty where of none."
    )
    remittance: str = column(
        "remittance", "The channel's number of what it is paid over with, or taken off; empty where it told none."
    )
    state: MoneyState = choice("state", MoneyState, "What was decided.")
    problem: str | None = column("problem", "Why it waits for a person, where something speaks against booking it.")
    told_at: datetime = column("told_at", "When the channel told it first.")
    decided_by: str | None = column("decided_by", "Who decided.")
    decided_at: datetime | None = column("decided_at", "When.")
    decision_reason: str = column("decision_reason", "Why it was decided so.")

    payment: Annotated["Payment", strawberry.lazy("schema.types.payments")] | None = one(
        "payment_id", "The payment that was recorded or reversed, or has arrived.", requires=Permission.PAYMENT_READ
    )
    event: LegalEvent | None = one("event_id", "The event of the case that says so.")
    handoff: Handoff | None = one("handoff_id", "The case.")


@node(
    "cost_terms", "legal_cost_terms", Permission.LEGAL_READ, "How costs of lawsuits are approved under a mandate."
)  # fmt: skip
class LegalCostTerms(Mapped, Node):
    id: strawberry.ID = public_id("cost_terms")
    version: int = column("version", "Counts from 1; the highest holds for what is asked from then on.")
    approver: CostApprover = choice("approver", CostApprover, "Who decides on what is above the limits.")
    single: Money = money("single_minor", "Up to this a cost needs no asking.", currency="mandate.currency")
    case: Money = money(
        "case_minor", "As long as the approved costs of its case stay within this.", currency="mandate.currency"
    )
    charged: bool = column("charged", "Whether an approved cost is added to what the debtor owes.")
    books_money: bool = column("books_money", "Whether payments that the lawyers tell of are booked without asking.")
    created_by: str = column("created_by", "Who agreed on them.")
    created_at: datetime = column("created_at", "When.")

    mandate: Annotated["Mandate", strawberry.lazy("schema.types.mandates")] | None = one("mandate_id", "The mandate.")
