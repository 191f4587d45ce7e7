"""Certified caps of interest, and pauses."""

from datetime import date, datetime

import strawberry

from core.interest.kinds import PauseReason
from core.interest.reads import RateCapView
from core.interest.statement import percent
from core.kit import ids
from schema.kit.fields import Mapped, choice, column, mapped, public_id

strawberry.enum(PauseReason, description="Why a debt earns no interest for a while.")


@mapped("interest_pause", "Days on which a debt earns no interest.")
class InterestPause(Mapped):
    id: strawberry.ID = public_id("pause")
    first_on: date = column("first_on", "The first day without interest.")
    last_on: date | None = column("last_on", "The last one; null until further notice.")
    reason: PauseReason = choice("reason", PauseReason, "Why.")
    note: str = column("note", "What the agency noted.")
    paused_at: datetime = column("paused_at", "When it was recorded.")


@strawberry.type(description="A certified maximum of interest for a period. Rates are percentages: `28.17`.")
class RateCap:
    id: strawberry.ID = strawberry.field(description="Its id.")
    modality: str = strawberry.field(description="What kind of credit it holds for.")
    valid_from: date = strawberry.field(description="Its first day.")
    valid_to: date = strawberry.field(description="Its last day.")
    annual_rate: str = strawberry.field(description="Effective annual.")
    resolution: str = strawberry.field(description="The act that certifies it.")
    source: str = strawberry.field(description="Where the agency has it from.")

    @classmethod
    def of(cls, cap: RateCapView) -> "RateCap":
        return cls(
            id=strawberry.ID(ids.encode("ratecap", cap.id)),
            modality=cap.modality,
            valid_from=cap.valid_from,
            valid_to=cap.valid_to,
            annual_rate=percent(cap.annual_rate),
            resolution=cap.resolution,
            source=cap.source,
        )
