"""A new portfolio: a named part of a mandate, of debts that the creditor places together."""

from dataclasses import dataclass
from uuid import UUID

from core.kit import db
from core.kit.errors import not_found
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.mandates.create_mandate import check_name, name_taken
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePortfolio:
    mandate_id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioCreated:
    portfolio_id: UUID


async def create_portfolio(scope: Scope, command: CreatePortfolio) -> PortfolioCreated:
    """Open a portfolio in a mandate. Raises: NotFound (mandate), InvalidInput (name), Conflict (NAME_TAKEN)."""
    scope.require(Permission.MANDATE_MANAGE)
    name, portfolio_id = check_name(command.name), new_id()
    async with db.transaction(scope) as tx:
        creditor_id = await tx.fetchval(
            "SELECT creditor_id FROM mandate WHERE agency_id = $1 AND id = $2", scope.agency, command.mandate_id
        )
        if creditor_id is None:
            raise not_found("mandate", "mandate_id")
        added = await tx.fetchval(
            "INSERT INTO portfolio (agency_id, id, creditor_id, mandate_id, name) VALUES ($1,$2,$3,$4,$5) "
            "ON CONFLICT (agency_id, mandate_id, name) DO NOTHING RETURNING id",
            scope.agency, portfolio_id, creditor_id, command.mandate_id, name,
        )  # fmt: skip
        if added is None:
            raise name_taken("portfolio", name)
        await emit(tx, "portfolio.created", portfolio_id, {"name": name}, creditor_id=creditor_id)
    return PortfolioCreated(portfolio_id=portfolio_id)
