"""`memberRoleChange`."""

import strawberry

from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from tenants.change_role import ChangeRole, change_role
from tenants.kinds import Role


@strawberry.input(description="A member with another role.")
class MemberRoleChangeInput:
    member_id: strawberry.ID = strawberry.field(description="The membership.")
    role: Role = strawberry.field(description="The new role.")


@strawberry.type(description="The changed member.")
class MemberRoleChangePayload(Payload):
    member_id: strawberry.ID | None = strawberry.field(default=None, description="The membership.")


@mutation(Permission.USER_MANAGE)
async def member_role_change(info: Info, input: MemberRoleChangeInput) -> MemberRoleChangePayload:
    """Give a member another role. The tokens that carry the old one are taken back."""
    member_id = ids.decode("member", input.member_id, field="memberId")
    await change_role(info.context.scope, ChangeRole(membership_id=member_id, role=input.role))
    return MemberRoleChangePayload(member_id=input.member_id)
