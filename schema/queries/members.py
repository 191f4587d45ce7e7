"""People with access."""

from core.kit.pages import PageRequest
from core.permissions import Permission
from schema.kit.access import query
from schema.kit.context import Info
from schema.kit.pages import Connection, connection
from schema.types.agencies import Member
from tenants.reads import list_users


@query(Permission.USER_READ, cost=2)
async def members(
    info: Info, first: int | None = None, after: str | None = None, last: int | None = None, before: str | None = None
) -> Connection[Member]:
    """The people of the agency and the creditor users it invited, or those of the creditor, by name."""
    scope, asked = info.context.scope, PageRequest(first=first, after=after, last=last, before=before)
    page = await list_users(scope, asked)

    async def count() -> int:
        return (await list_users(scope, PageRequest(first=0), with_total=True)).total or 0

    return connection(page, [Member.of(row) for row in page.rows], count)
