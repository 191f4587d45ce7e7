"""`memberAdd`."""

import strawberry

from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from tenants.add_user import AddUser, add_user
from tenants.kinds import Role


@strawberry.input(description="A person who gets access.")
class MemberAddInput:
    email: str = strawberry.field(description="The address that the person signs in with.")
    name: str = strawberry.field(description="The name, as it is shown here.")
    role: Role = strawberry.field(description="What the person will do.")
    creditor_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="For a creditor's user: the creditor. Added by an agency, it sees the debts there alone.",
    )


@strawberry.type(description="The invitation.")
class MemberAddPayload(Payload):
    member_id: strawberry.ID | None = strawberry.field(default=None, description="The membership.")
    invitation: str | None = strawberry.field(
        default=None, description="For the person, at `/sign-in/invitation?code=…`. Shown this once."
    )


@mutation(Permission.USER_MANAGE)
async def member_add(info: Info, input: MemberAddInput) -> MemberAddPayload:
    """Give a person access to the agency, to a creditor's debts at the agency, or to the creditor."""
    creditor_id = ids.decode("creditor", input.creditor_id, field="creditorId") if input.creditor_id else None
    command = AddUser(email=input.email, name=input.name, role=input.role, creditor_id=creditor_id)
    added = await add_user(info.context.scope, command)
    member_id = strawberry.ID(ids.encode("member", added.membership_id))
    return MemberAddPayload(member_id=member_id, invitation=added.invitation)
