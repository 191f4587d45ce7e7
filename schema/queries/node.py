"""`node`, `viewer` and `agency`."""

from uuid import UUID

import strawberry

from core.kit import ids
from core.kit.scope import Audience, Scope
from schema.kit.access import query
from schema.kit.context import Info
from schema.kit.fields import Mapped
from schema.kit.node import Node, load_node
from schema.kit.reads import READ, NodeRead, single
from schema.types.agencies import Agency, Viewer

_AUDIENCES = {Audience.AGENCY: "AGENCY", Audience.CREDITOR: "CREDITOR", Audience.IDENTITY: "OPERATOR"}


@query(None)
async def node(info: Info, id: strawberry.ID) -> Node | None:
    """Anything by its id. Null where there is nothing that you can see; needs the permission to read its kind."""
    found: Mapped | None = await load_node(info, id)
    return found  # pyright: ignore[reportReturnType] every registered type implements Node


node.metadata = {READ: NodeRead()}


@query(None)
async def viewer(info: Info) -> Viewer:
    """Who is asking, and what the access token allows."""
    scope = info.context.scope
    return Viewer(
        id=scope.actor.id,
        name=scope.actor.name,
        audience=_AUDIENCES.get(scope.audience, "SYSTEM"),
        agency_id=strawberry.ID(ids.encode("agency", scope.agency_id)) if scope.agency_id else None,
        creditor_id=strawberry.ID(ids.encode("creditor", scope.creditor_id)) if scope.creditor_id else None,
        permissions=sorted(scope.permissions),
    )


@single(Agency, None)
def agency(scope: Scope) -> UUID | None:
    """The agency that the token is for. Null for a creditor whose access is not limited to one."""
    return scope.agency_id if scope.audience in (Audience.AGENCY, Audience.CREDITOR) else None
