"""`mandateCreate`."""

from datetime import date

import strawberry

from core.kit import ids
from core.kit.money import Rounding
from core.mandates import terms
from core.mandates.create_mandate import CreateMandate, create_mandate
from core.mandates.terms import ComponentKind
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.kit.scalars import JSON
from schema.types.mandates import Mandate


@strawberry.input(description="The terms under which the agency will collect for a creditor.")
class MandateCreateInput:
    creditor_id: strawberry.ID = strawberry.field(description="Whose mandate it is.")
    name: str = strawberry.field(description="A name that the creditor has no other mandate under.")
    currency: str = strawberry.field(description="ISO 4217 code of all of its debts.")
    timezone: str = strawberry.field(default="America/Bogota", description="IANA zone in which its days are counted.")
    starts_on: date | None = strawberry.field(default=None, description="Its first day; today where not given.")
    ends_on: date | None = strawberry.field(default=None, description="Its last day, where there is one.")
    allocation_order: list[ComponentKind] | None = strawberry.field(
        default=None, description="Which component kinds money pays first. Interest before principal where not given."
    )
    allocation_policy: JSON | None = strawberry.field(
        default=None,
        description='What else decides how payments are split (docs/agency.md): {"grouping": "HORIZONTAL"}.',
    )
    ageing_bounds: list[int] | None = strawberry.field(
        default=None, description="The last day past due of each ageing bucket but the last: [30, 60, 90]."
    )
    stage_days: JSON | None = strawberry.field(
        default=None,
        description='From which day past due stages begin: {"EARLY": 1, "INTERMEDIATE": 31, "PRE_LEGAL": 91}.',
    )
    clearance_days: JSON | None = strawberry.field(
        default=None,
        description='For how many days money may bounce, by method; 0 for those left out: {"CHEQUE": 5}.',
    )
    interest: JSON | None = strawberry.field(
        default=None,
        description="The terms of interest that its debts get (docs/agency.md): "
        '{"annual_rate": "0.2817", "modality": "CO_CONSUMER"}. They earn none where not given.',
    )
    promise_grace_days: int = strawberry.field(
        default=terms.DEFAULT_GRACE_DAYS, description="How many days after its due day money still keeps a promise."
    )
    missed_instalments: int = strawberry.field(
        default=terms.DEFAULT_MISSED_INSTALMENTS, description="How many instalments, missed at once, break a plan."
    )
    rounding: Rounding = strawberry.field(
        default=Rounding.HALF_UP, description="How interest, commission and its tax are rounded."
    )
    rounding_unit_minor: int = strawberry.field(
        default=1, description="To whole multiples of so many minor units: 100 for whole pesos. At most 10^9."
    )


@strawberry.type(description="The new mandate.")
class MandateCreatePayload(Payload):
    mandate: Mandate | None = strawberry.field(default=None, description="The mandate.")


@mutation(Permission.MANDATE_MANAGE)
async def mandate_create(info: Info, input: MandateCreateInput) -> MandateCreatePayload:
    """Agree on terms with a creditor."""
    order, bounds = input.allocation_order, input.ageing_bounds
    made = await create_mandate(
        info.context.scope,
        CreateMandate(
            creditor_id=ids.decode("creditor", input.creditor_id, field="creditorId"),
            name=input.name,
            currency=input.currency,
            timezone=input.timezone,
            starts_on=input.starts_on,
            ends_on=input.ends_on,
            allocation_order=[kind.value for kind in order] if order is not None else terms.DEFAULT_ALLOCATION_ORDER,
            allocation_policy=input.allocation_policy,
            ageing_bounds=bounds if bounds is not None else terms.DEFAULT_AGEING_BOUNDS,
            stage_days=input.stage_days,
            clearance_days=input.clearance_days,
            interest=input.interest,
            promise_grace_days=input.promise_grace_days,
            missed_instalments=input.missed_instalments,
            rounding=input.rounding,
            rounding_unit_minor=input.rounding_unit_minor,
        ),
    )
    return MandateCreatePayload(mandate=await loaded(info, Mandate, made.mandate_id))
