"""What the agency charges: schedules, fee lines, and what other terms would have brought."""

from datetime import date

import strawberry

from core.commissions import reads
from core.commissions.kinds import FeeKind, FeeLineStatus
from core.commissions.simulate_fees import SimulateFees, simulate_fees
from core.kit import ids
from core.kit.pages import Listing, PageRequest
from core.kit.scope import Scope
from core.permissions import Permission
from schema.kit.access import query
from schema.kit.context import Info
from schema.kit.reads import page
from schema.kit.scalars import JSON
from schema.types.commissions import CommissionSchedule, CommissionSimulation, FeeLine, tax_rate_of, terms_of


@page(CommissionSchedule, Permission.COMMISSION_READ)
def commission_schedules(scope: Scope, mandate_id: strawberry.ID) -> Listing:
    """The versions of a mandate's terms of commission, newest first. At most 100 a page."""
    return reads.schedules_listing(scope, ids.decode("mandate", mandate_id, field="mandateId"))


@page(FeeLine, Permission.COMMISSION_READ)
def fee_lines(
    scope: Scope,
    payment_id: strawberry.ID | None = None,
    debt_id: strawberry.ID | None = None,
    creditor_id: strawberry.ID | None = None,
    mandate_id: strawberry.ID | None = None,
    since: date | None = None,
    until: date | None = None,
    kinds: list[FeeKind] | None = None,
    status: FeeLineStatus | None = None,
) -> Listing:
    """What was charged: of a payment or a debt as it was written, otherwise by the day of the charge. Reversals are
    among it where `status` does not say otherwise. `since` and `until` are days of the charge. At most 100 a page.

    Error codes: PERIOD.
    """
    return reads.fee_lines_listing(
        scope,
        reads.FeeLinesQuery(
            payment_id=ids.optional("payment", payment_id, field="paymentId"),
            debt_id=ids.optional("debt", debt_id, field="debtId"),
            creditor_id=ids.optional("creditor", creditor_id, field="creditorId"),
            mandate_id=ids.optional("mandate", mandate_id, field="mandateId"),
            since=since,
            until=until,
            kinds=tuple(kinds or ()),
            status=status,
        ),
    )


@query(Permission.COMMISSION_READ, cost=200)
async def commission_simulate(
    info: Info,
    mandate_id: strawberry.ID,
    terms: JSON,
    tax_rate: str,
    since: date,
    until: date,
    first: int | None = None,
    after: str | None = None,
) -> CommissionSimulation:
    """What if: replay the payments of a mandate whose money came from one day to another, under other terms, whenever
    their debts were placed. For each payment what is charged, what would be, and the difference. Writes nothing.

    `terms` and `taxRate` as for `commissionScheduleSave`. Error codes: NOT_FOUND; INVALID_TERMS, TAX_RATE, PERIOD.
    """
    command = SimulateFees(
        mandate_id=ids.decode("mandate", mandate_id, field="mandateId"),
        terms=terms_of(terms),
        tax_rate=tax_rate_of(tax_rate),
        first=since,
        last=until,
    )
    found = await simulate_fees(info.context.scope, command, PageRequest(first=first, after=after))
    return CommissionSimulation.of(found)
