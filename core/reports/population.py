"""The debts that a figure is about: a creditor's at this agency, or in its own scope at all of its agencies."""

from dataclasses import dataclass
from uuid import UUID

from core.kit.db import Row
from core.kit.errors import not_found
from core.kit.pages import Args
from core.kit.scope import Audience, Scope

# What was placed counts since the debt was opened, also where the agency learnt of it later (a history taken over); all
# other movements count from their legal day on.
MOVED_ON = "CASE WHEN v.kind = 'PLACEMENT' THEN LEAST(v.effective_on, d.opened_on) ELSE v.effective_on END"


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    creditor_id: UUID
    mandate_id: UUID | None = None
    portfolio_id: UUID | None = None

    def whose(self, scope: Scope, args: Args, alias: str) -> str:
        """The condition on rows of a table that has agency_id and creditor_id."""
        found = [f"{alias}.creditor_id = {args.add(self.creditor_id)}"]
        if scope.audience is Audience.AGENCY:
            found.append(f"{alias}.agency_id = {args.add(scope.agency)}")
        return " AND ".join(found)

    def where(self, scope: Scope, args: Args, alias: str, debt: str = "d") -> str:
        """The same, with those on the mandate and the portfolio, which `debt` has."""
        found = [self.whose(scope, args, alias)]
        for column, value in (("mandate_id", self.mandate_id), ("portfolio_id", self.portfolio_id)):
            if value is not None:
                found.append(f"{debt}.{column} = {args.add(value)}")
        return " AND ".join(found)

    def known(self, scope: Scope, args: Args) -> str:
        """Columns that say whether the scope can see what was asked about, for `require_known`."""
        found: list[str] = []
        creditor = args.add(self.creditor_id)
        own = f"x.creditor_id = {creditor}"
        if scope.audience is Audience.AGENCY:
            own += f" AND x.agency_id = {args.add(scope.agency)}"
        asked = (("creditor", self.creditor_id), ("mandate", self.mandate_id), ("portfolio", self.portfolio_id))
        for table, value in asked:
            if value is None:
                found.append(f"true AS known_{table}")
            else:
                sql = f"SELECT FROM {table} x WHERE x.id = {args.add(value)} AND {own}"
                found.append(f"EXISTS ({sql}) AS known_{table}")
        return ", ".join(found)


def require_known(row: Row) -> None:
    """Raises: NotFound for what the scope cannot see."""
    for table in ("creditor", "mandate", "portfolio"):
        if not row[f"known_{table}"]:
            raise not_found(table, f"{table}_id")
