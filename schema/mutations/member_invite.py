"""`memberInvite`."""

import strawberry

from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from tenants.invite_again import InviteAgain, invite_again


@strawberry.input(description="A member who needs a new invitation.")
class MemberInviteInput:
    member_id: strawberry.ID = strawberry.field(description="The membership.")
    reset_password: bool = strawberry.field(default=False, description="Whether the person forgot the password.")


@strawberry.type(description="The new invitation.")
class MemberInvitePayload(Payload):
    invitation: str | None = strawberry.field(
        default=None, description="For the person, at `/sign-in/invitation?code=…`. Shown this once."
    )


@mutation(Permission.USER_MANAGE)
async def member_invite(info: Info, input: MemberInviteInput) -> MemberInvitePayload:
    """Invite a member anew: the invitation ran out, or the password is forgotten."""
    member_id = ids.decode("member", input.member_id, field="memberId")
    command = InviteAgain(membership_id=member_id, reset_password=input.reset_password)
    return MemberInvitePayload(invitation=await invite_again(info.context.scope, command))
