"""Debtors, for the agency only: a creditor sees of a debtor what it placed, and that stands on the debt."""

from datetime import date, datetime

import strawberry

from core.parties.models import ContactChannel, IdentifierType, PartyKind
from core.permissions import Permission
from schema.kit.context import Info
from schema.kit.fields import Mapped, column, computed, public_id
from schema.kit.node import Node, node

strawberry.enum(PartyKind, description="A natural or a legal person.")
strawberry.enum(IdentifierType, description="What kind of number identifies a party.")
strawberry.enum(ContactChannel, description="How a contact point is used.")


@strawberry.type(description="A number that identifies a party.")
class Identifier(Mapped):
    type: IdentifierType = computed(("type",), lambda row: IdentifierType(row["type"]), "What kind of number it is.")
    number: str = column("number", "The number, without dots and spaces; a NIT with its check digit.")
    issuer: str = column("issuer", "The country; for CUSTOMER the creditor.")
    verified: bool = column("verified", "Whether its check digit is right, or it has none to check.")


@strawberry.type(description="A phone number or an e-mail address of a party.")
class ContactPoint(Mapped):
    id: strawberry.ID = public_id("contact")
    channel: ContactChannel = computed(("channel",), lambda row: ContactChannel(row["channel"]), "Phone or e-mail.")
    value: str = column("value", "E.164, or the address in lower case.")
    line_type: str | None = column("line_type", "MOBILE, FIXED_LINE and so on, by the numbering plan.")
    valid: bool = column("valid", "Whether the numbering plan, or the syntax, allows it.")
    source: str = column("source", "Where it came from.")
    created_at: datetime = column("created_at", "Since when it is known.")


@strawberry.type(description="A postal address of a party, as it was given.")
class PostalAddress(Mapped):
    lines: str = column("lines", "Street and number.")
    city: str = column("city", "City.")
    region: str = column("region", "Department, state or province.")
    postal_code: str = column("postal_code", "Postal code.")
    country: str = column("country", "ISO 3166-1 alpha-2.")


@node("party", "party", Permission.PARTY_READ, "A natural or legal person that owes, or answers for a debt.")
class Party(Mapped, Node):
    id: strawberry.ID = public_id("party")
    kind: PartyKind = computed(("kind",), lambda row: PartyKind(row["kind"]), "A natural or a legal person.")
    name: str = column("name", "Its name.")
    birth_date: date | None = column("birth_date", "Day of birth, where known.")
    country: str = column("country", "ISO 3166-1 alpha-2.")

    @strawberry.field(description="The numbers that identify it.")
    async def identifiers(self, info: Info) -> list[Identifier]:
        rows = await info.context.load.many("party_identifier", "party_id", self.row["id"], "type, number")
        return [Identifier(row=row) for row in rows]

    @strawberry.field(description="Where it can be reached.")
    async def contact_points(self, info: Info) -> list[ContactPoint]:
        rows = await info.context.load.many("contact_point", "party_id", self.row["id"], "channel, created_at, id")
        return [ContactPoint(row=row) for row in rows]

    @strawberry.field(description="Its postal addresses.")
    async def addresses(self, info: Info) -> list[PostalAddress]:
        rows = await info.context.load.many("postal_address", "party_id", self.row["id"], "created_at, id")
        return [PostalAddress(row=row) for row in rows]
