"""Inquiries at credit bureaus. Plugins answer in their own words, which stand in `report`."""

from datetime import datetime

import strawberry

from core.bureaus.kinds import InquiryState
from core.permissions import Permission
from schema.kit.fields import Mapped, choice, column, public_id
from schema.kit.node import Node, node
from schema.kit.scalars import JSON

strawberry.enum(InquiryState, description="What became of an inquiry.")


@node(
    "inquiry",
    "bureau_inquiry",
    Permission.BUREAU_READ,
    "Who asked a bureau about whom, why, by which consent; and the answer.",
)
class BureauInquiry(Mapped, Node):
    id: strawberry.ID = public_id("inquiry")
    provider: str = column("provider", "The code of the plugin's offer.")
    purpose: str = column("purpose", "The permissible purpose that was given.")
    consent_reference: str = column("consent_reference", "The consent that was given as proof.")
    requested_by: str = column("requested_by", "Who asked.")
    requested_at: datetime = column("requested_at", "When.")
    state: InquiryState = choice("state", InquiryState, "What became of it.")
    score: int | None = column("score", "The score, where the bureau gave one.")
    report: JSON | None = column("report", "The bureau's answer.")
    error_code: str | None = column("error_code", "Why there is no answer.")
    answered_at: datetime | None = column("answered_at", "When it answered.")
    answered_from_id: strawberry.ID | None = public_id(
        "inquiry", "answered_from_id", "The inquiry whose answer was used again, instead of asking the bureau."
    )
    debt_id: strawberry.ID = public_id("debt", "debt_id", "The debt that it was for.")
    party_id: strawberry.ID = public_id("party", "party_id", "Whom it was about.")
