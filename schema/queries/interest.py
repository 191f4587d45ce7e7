"""Payoff figures, statements of interest and the caps that hold."""

from datetime import date

import strawberry

from core.interest import reads
from core.interest.payoff import payoff as read_payoff
from core.interest.statement import statement_of_interest
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import query
from schema.kit.context import Info
from schema.types.interest import RateCap
from schema.types.payoff import InterestStatement, Payoff


@query(Permission.DEBT_READ, cost=5)
async def payoff(info: Info, debt_id: strawberry.ID, on: date) -> Payoff:
    """What a debt costs to pay on a day: one gone by, today, or one ahead. Interest to the day is computed, whatever of
    it is posted yet.

    Error codes: NOT_FOUND; RATE_CAP_MISSING; INTEREST_HISTORY.
    """
    found = await read_payoff(info.context.scope, ids.decode("debt", debt_id, field="debtId"), on)
    return Payoff.of(found)


@query(Permission.DEBT_READ, cost=20)
async def interest_statement(
    info: Info, debt_id: strawberry.ID, to: date, since: date | None = None
) -> InterestStatement:
    """The statement of interest of a debt to a day, from another one, or from its beginning: bases, agreed rates, caps
    and what certifies them, and the interest of each range of days.

    Error codes: NOT_FOUND; NO_INTEREST; STATEMENT_DAYS; STATEMENT_TOO_LONG; RATE_CAP_MISSING; INTEREST_HISTORY.
    """
    found = await statement_of_interest(
        info.context.scope, ids.decode("debt", debt_id, field="debtId"), to, first=since
    )
    return InterestStatement.of(found)


@query(Permission.DEBT_READ, cost=5)
async def rate_caps(info: Info, modality: str | None = None) -> list[RateCap]:
    """The certified caps of interest, newest first; at most 500."""
    return [RateCap.of(cap) for cap in await reads.rate_caps(info.context.scope, modality)]
