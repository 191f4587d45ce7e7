"""`memberDisable`."""

import strawberry

from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from tenants.disable_user import DisableUser, disable_user


@strawberry.input(description="A member whose access ends.")
class MemberDisableInput:
    member_id: strawberry.ID = strawberry.field(description="The membership.")


@strawberry.type(description="The ended membership.")
class MemberDisablePayload(Payload):
    member_id: strawberry.ID | None = strawberry.field(default=None, description="The membership.")


@mutation(Permission.USER_MANAGE)
async def member_disable(info: Info, input: MemberDisableInput) -> MemberDisablePayload:
    """End a membership, and every token that came of it."""
    member_id = ids.decode("member", input.member_id, field="memberId")
    await disable_user(info.context.scope, DisableUser(membership_id=member_id))
    return MemberDisablePayload(member_id=input.member_id)
