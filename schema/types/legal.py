"""Handoffs to legal channels."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from core.kit import ids
from core.legal.kinds import CaseStage, HandoffState
from core.permissions import Permission
from schema.kit.fields import Mapped, choice, column, computed, many, mapped, money, one, public_id
from schema.kit.money import Money
from schema.kit.node import Node, node
from schema.kit.scalars import BigInt
from schema.types.legal_cases import LegalCost, LegalDeadline, LegalEvent, LegalMoney, LegalStep

if TYPE_CHECKING:
    from schema.types.debts import Debt


@strawberry.type(description="One requirement before a suit is filed.")
class Requirement:
    code: str = strawberry.field(description="Its code.")
    title: str = strawberry.field(description="What it asks for.")
    satisfied: bool = strawberry.field(description="Whether it is met.")
    risk: str = strawberry.field(description="What it means when it is not.")
    remedy: str = strawberry.field(description="What to do.")
    blocks: bool = strawberry.field(description="Whether nothing is sent while it is missing.")
    missing: str = strawberry.field(description="What of this case is missing or wrong; empty where nothing is.")
    due_on: date | None = strawberry.field(description="The last day on which the remedy still helps.")

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> "Requirement":
        return cls(
            code=line["code"],
            title=line["title"],
            satisfied=line["satisfied"],
            risk=line["risk"],
            remedy=line["remedy"],
            blocks=line["blocks"],
            # Handoffs of before have neither.
            missing=line.get("missing", ""),
            due_on=date.fromisoformat(day) if (day := line.get("due_on")) else None,
        )


@mapped("legal_document", "A document of a handoff.")
class LegalDocument(Mapped):
    name: str = column("name", "Its file name.")
    media_type: str = column("media_type", "Its media type.")
    size: BigInt = column("file_size", "In bytes.")
    sha256: str = column("file_sha256", "Its hash, in hex.")
    url: str = computed(
        ("id",), lambda key: f"/files/{ids.encode('document', key)}", "Where to download it, with the token."
    )


@node("handoff", "legal_handoff", Permission.LEGAL_READ, "One debt handed over to one legal channel.")
class LegalHandoff(Mapped, Node):
    id: strawberry.ID = public_id("handoff")
    channel: str = column("channel", "The code of the plugin's offer.")
    state: HandoffState = choice("state", HandoffState, "How far it has come.")
    stage: CaseStage | None = choice("stage", CaseStage, "How far the case has come with the court, once anybody told.")
    checklist: list[Requirement] = computed(
        ("checklist",),
        lambda lines: [Requirement.of(line) for line in lines],
        "The requirements, each with its answer.",
    )
    receipt: str | None = column("receipt", "The channel's acknowledgement.")
    refusal_code: str | None = column("refusal_code", "Why it was refused.")
    requested_by: str = column("requested_by", "Who handed it over.")
    requested_at: datetime = column("requested_at", "When.")
    acknowledged_at: datetime | None = column("acknowledged_at", "When the channel acknowledged it.")
    dossier_sha256: str | None = column(
        "dossier_sha256", "The hash, in hex, of the dossier as it was handed over (JSON with sorted keys)."
    )
    debt_id: strawberry.ID = public_id("debt", "debt_id", "The debt.")
    standing_on: date | None = column("standing_on", "The day of the last balance that the lawyers told.")
    their_balance: Money | None = money("their_minor", "The balance as they have it.", currency="debt.currency")
    our_balance: Money | None = money(
        "our_minor", "What the books said of that day, when they told it last.", currency="debt.currency"
    )
    balance_difference: Money | None = money(
        "difference_minor", "How much more than in the books the balance is with them.", currency="debt.currency"
    )
    their_paid: Money | None = money(
        "their_paid_minor", "What was paid since the handover, as they have it.", currency="debt.currency"
    )
    our_paid: Money | None = money("our_paid_minor", "The same as the books have it.", currency="debt.currency")

    debt: Annotated["Debt", strawberry.lazy("schema.types.debts")] | None = one(
        "debt_id", "The debt.", requires=Permission.DEBT_READ
    )
    history: list[LegalStep] = many("handoff_id", "t.id", "Its steps from state to state: who took each, and when.")
    events: list[LegalEvent] = many(
        "handoff_id", "t.occurred_on DESC, t.id DESC", "What happened in the lawsuit, newest first; at most 100."
    )
    deadlines: list[LegalDeadline] = many("handoff_id", "t.due_on, t.id", "Its deadlines by day; at most 100.")
    costs: list[LegalCost] = many("handoff_id", "t.asked_at DESC, t.id DESC", "Its costs, newest first; at most 100.")
    money: list[LegalMoney] = many(
        "handoff_id", "t.occurred_on DESC, t.id DESC", "Money that its lawyers told of, newest first; at most 100."
    )
    documents: list[LegalDocument] = many("handoff_id", "t.name", "The dossier's documents.")
