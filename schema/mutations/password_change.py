"""`passwordChange`."""

import strawberry

from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from tenants.change_password import ChangePassword, change_password


@strawberry.input(description="Your own password.")
class PasswordChangeInput:
    current: str = strawberry.field(description="The present one.")
    new: str = strawberry.field(description="The new one.")


@strawberry.type(description="Done.")
class PasswordChangePayload(Payload):
    changed: bool = strawberry.field(default=False, description="Whether it was changed.")


@mutation(None, cost=200)
async def password_change(info: Info, input: PasswordChangeInput) -> PasswordChangePayload:
    """Replace your own password. Every session and token of yours ends, the present one too."""
    await change_password(info.context.scope, ChangePassword(current=input.current, new=input.new))
    return PasswordChangePayload(changed=True)
