"""`creditorRegister`."""

import strawberry

from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.mandates import Creditor
from tenants.register_creditor import RegisterCreditor, register_creditor


@strawberry.input(description="A creditor that gives the agency work.")
class CreditorRegisterInput:
    name: str = strawberry.field(description="Its name, as the agency writes it.")
    code: str = strawberry.field(description="The agency's short code for it.")
    tax_id: str = strawberry.field(description="Its tax number; in Colombia the NIT with its check digit.")
    country: str = strawberry.field(default="CO", description="ISO 3166-1 alpha-2.")


@strawberry.type(description="The new creditor.")
class CreditorRegisterPayload(Payload):
    creditor: Creditor | None = strawberry.field(default=None, description="The creditor.")


@mutation(Permission.CREDITOR_MANAGE)
async def creditor_register(info: Info, input: CreditorRegisterInput) -> CreditorRegisterPayload:
    """Take on a creditor. Nothing here tells whether another agency works for it too."""
    command = RegisterCreditor(name=input.name, code=input.code, tax_id=input.tax_id, country=input.country)
    made = await register_creditor(info.context.scope, command)
    return CreditorRegisterPayload(creditor=await loaded(info, Creditor, made.creditor_id))
