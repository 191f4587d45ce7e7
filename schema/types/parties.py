"""Debtors, for the agency only: a creditor sees of a debtor what it placed, and that stands on the debt."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from core.parties.kinds import ContactChannel, IdentifierType, PartyKind
from core.permissions import Permission
from schema.kit.fields import Mapped, choice, column, many, mapped, public_id
from schema.kit.node import Node, node
from schema.kit.pages import Connection
from schema.types.debt_filter import debts_of

if TYPE_CHECKING:
    from schema.types.debts import Debt

strawberry.enum(PartyKind, description="A natural or a legal person.")
strawberry.enum(IdentifierType, description="What kind of number identifies a party.")
strawberry.enum(ContactChannel, description="How a contact point is used.")


@mapped("party_identifier", "A number that identifies a party.")
class Identifier(Mapped):
    type: IdentifierType = choice("type", IdentifierType, "What kind of number it is.")
    number: str = column("number", "The number, without dots and spaces; a NIT with its check digit.")
    issuer: str = column("issuer", "The country; for CUSTOMER the creditor.")
    verified: bool = column("verified", "Whether its check digit is right, or it has none to check.")


@mapped("contact_point", "A phone number or an e-mail address of a party.")
class ContactPoint(Mapped):
    id: strawberry.ID = public_id("contact")
    channel: ContactChannel = choice("channel", ContactChannel, "Phone or e-mail.")
    value: str = column("value", "E.164, or the address in lower case.")
    line_type: str | None = column("line_type", "MOBILE, FIXED_LINE and so on, by the numbering plan.")
    valid: bool = column("valid", "Whether the numbering plan, or the syntax, allows it.")
    source: str = column("source", "Where it came from.")
    created_at: datetime = column("created_at", "Since when it is known.")


@mapped("postal_address", "A postal address of a party, as it was given.")
class PostalAddress(Mapped):
    lines: str = column("lines", "Street and number.")
    city: str = column("city", "City.")
    region: str = column("region", "Department, state or province.")
    postal_code: str = column("postal_code", "Postal code.")
    country: str = column("country", "ISO 3166-1 alpha-2.")


@node("party", "party", Permission.PARTY_READ, "A natural or legal person that owes, or answers for a debt.")
class Party(Mapped, Node):
    id: strawberry.ID = public_id("party")
    kind: PartyKind = choice("kind", PartyKind, "A natural or a legal person.")
    name: str = column("name", "Its name.")
    birth_date: date | None = column("birth_date", "Day of birth, where known.")
    country: str = column("country", "ISO 3166-1 alpha-2.")

    identifiers: list[Identifier] = many("party_id", "t.type, t.number", "The numbers that identify it.")
    contact_points: list[ContactPoint] = many("party_id", "t.channel, t.created_at, t.id", "Where it can be reached.")
    addresses: list[PostalAddress] = many("party_id", "t.created_at, t.id", "Its postal addresses.")
    debts: Connection[Annotated["Debt", strawberry.lazy("schema.types.debts")]] = debts_of(
        "party_id", "What it owes, whatever to whom; active debts where the filter does not say otherwise."
    )
