"""`portfolioCreate`."""

import strawberry

from core.kit import ids
from core.mandates.create_portfolio import CreatePortfolio, create_portfolio
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.mandates import Portfolio


@strawberry.input(description="A named part of a mandate.")
class PortfolioCreateInput:
    mandate_id: strawberry.ID = strawberry.field(description="The mandate that it belongs to.")
    name: str = strawberry.field(description="A name that the mandate has no other portfolio under.")


@strawberry.type(description="The new portfolio.")
class PortfolioCreatePayload(Payload):
    portfolio: Portfolio | None = strawberry.field(default=None, description="The portfolio.")


@mutation(Permission.MANDATE_MANAGE)
async def portfolio_create(info: Info, input: PortfolioCreateInput) -> PortfolioCreatePayload:
    """Open a portfolio in a mandate."""
    mandate_id = ids.decode("mandate", input.mandate_id, field="mandateId")
    made = await create_portfolio(info.context.scope, CreatePortfolio(mandate_id=mandate_id, name=input.name))
    return PortfolioCreatePayload(portfolio=await loaded(info, Portfolio, made.portfolio_id))
