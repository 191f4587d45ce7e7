"""`rateCapSave`."""

from datetime import date
from decimal import Decimal

import strawberry

from core.interest.save_rate_cap import SaveRateCap, save_rate_cap
from core.kit import ids
from core.kit.errors import InvalidInput
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload


@strawberry.input(description="A certified cap of interest; one that begins on the same day is corrected.")
class RateCapSaveInput:
    modality: str = strawberry.field(description="What kind of credit it holds for: `CO_CONSUMER`.")
    valid_from: date = strawberry.field(description="Its first day.")
    valid_to: date = strawberry.field(description="Its last day.")
    annual_rate: Decimal = strawberry.field(description="Effective annual percentage, 1 or more: `28.17`.")
    resolution: str = strawberry.field(description="The act that certifies it.")
    source: str = strawberry.field(description="Where you have it from.")


@strawberry.type(description="The cap.")
class RateCapSavePayload(Payload):
    rate_cap_id: strawberry.ID | None = strawberry.field(default=None, description="Its id.")
    changed: bool = strawberry.field(default=False, description="False where it was there just as it was given.")
    stale_debts: int = strawberry.field(
        default=0, description="Debts with interest posted for its days, which the next accrual corrects."
    )


@mutation(Permission.INTEREST_MANAGE)
async def rate_cap_save(info: Info, input: RateCapSaveInput) -> RateCapSavePayload:
    """Keep a certified cap of interest for a modality and a period.

    Error codes: INTEREST_TERMS, RATE_CAP_DAYS, RATE_CAP_OVERLAP, INVALID_TEXT.
    """
    if input.annual_rate < 1:
        raise InvalidInput(
            f"A cap of {input.annual_rate} % is none; this is a percentage, not a share.", code="INTEREST_TERMS",
            field="annual_rate", remedy='Give "28.17" for 28.17 %.',
        )  # fmt: skip
    saved = await save_rate_cap(
        info.context.scope,
        SaveRateCap(
            modality=input.modality,
            valid_from=input.valid_from,
            valid_to=input.valid_to,
            annual_rate=input.annual_rate / 100,
            resolution=input.resolution,
            source=input.source,
        ),
    )
    return RateCapSavePayload(
        rate_cap_id=strawberry.ID(ids.encode("ratecap", saved.rate_cap_id)),
        changed=saved.changed,
        stale_debts=saved.stale_debts,
    )
