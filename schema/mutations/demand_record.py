"""`demandRecord`."""

from datetime import date

import strawberry

from core.debts.record_demand import RecordDemand, record_demand
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.debts import Debt


@strawberry.input(description="That a debtor was asked to pay.")
class DemandRecordInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt.")
    demanded_on: date = strawberry.field(description="The legal day of the demand, in the mandate's zone.")


@strawberry.type(description="The debt with its first demand.")
class DemandRecordPayload(Payload):
    debt: Debt | None = strawberry.field(default=None, description="The debt.")


@mutation(Permission.DEBT_WORK)
async def demand_record(info: Info, input: DemandRecordInput) -> DemandRecordPayload:
    """Keep the day of the agency's first demand; a later one changes nothing. Where the schedule says so, what the
    creditor received itself before that day bears no fee.

    Error codes: NOT_FOUND; DEMANDED_ON; DEBT_CLOSED.
    """
    debt_id = ids.decode("debt", input.debt_id, field="debtId")
    await record_demand(info.context.scope, RecordDemand(debt_id=debt_id, demanded_on=input.demanded_on))
    return DemandRecordPayload(debt=await loaded(info, Debt, debt_id))
