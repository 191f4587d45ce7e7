"""`commissionScheduleSave`."""

from datetime import date

import strawberry

from core.commissions.save_schedule import SaveSchedule, save_schedule
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.kit.scalars import JSON
from schema.types.commissions import CommissionSchedule, tax_rate_of, terms_of


@strawberry.input(description="Terms of commission of a mandate, for debts that are placed from a day on.")
class CommissionScheduleSaveInput:
    mandate_id: strawberry.ID = strawberry.field(description="The mandate.")
    terms: JSON = strawberry.field(description='The terms (docs/agency.md): {"tiers": [{"rate": "0.25"}]}.')
    valid_from: date = strawberry.field(description="The first day of placement that has them.")
    tax_rate: str = strawberry.field(description="The tax on the fee, as a share: `0.19`; `0` for none.")


@strawberry.type(description="The new version.")
class CommissionScheduleSavePayload(Payload):
    schedule: CommissionSchedule | None = strawberry.field(default=None, description="The schedule.")


@mutation(Permission.COMMISSION_MANAGE)
async def commission_schedule_save(info: Info, input: CommissionScheduleSaveInput) -> CommissionScheduleSavePayload:
    """Keep terms as the newest version of a mandate. Debts that are placed already keep theirs: every version but the
    first is valid from tomorrow at the earliest.

    Error codes: NOT_FOUND; INVALID_TERMS, TAX_RATE; SCHEDULE_TOO_EARLY.
    """
    done = await save_schedule(
        info.context.scope,
        SaveSchedule(
            mandate_id=ids.decode("mandate", input.mandate_id, field="mandateId"),
            terms=terms_of(input.terms),
            valid_from=input.valid_from,
            tax_rate=tax_rate_of(input.tax_rate),
        ),
    )
    return CommissionScheduleSavePayload(schedule=await loaded(info, CommissionSchedule, done.schedule_id))
