"""The debtor of a debt as the agency knows it: identifiers, contact points, addresses. No creditor reads it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.kit.db import Tx
from core.kit.errors import not_found
from core.kit.pages import reading
from core.kit.scope import Scope
from core.parties.kinds import ContactChannel, IdentifierType, PartyKind
from core.permissions import Permission

MAX_EACH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    id: UUID
    type: IdentifierType
    issuer: str
    number: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    id: UUID
    channel: ContactChannel
    value: str
    given: str
    line_type: str | None
    valid: bool
    source: str
    creditor_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    id: UUID
    lines: str
    city: str
    region: str
    postal_code: str
    country: str
    source: str
    creditor_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Debtor:
    """A party with the oldest 100 of each list. `debts` is how many debts of it the agency has, of all creditors."""

    id: UUID
    kind: PartyKind
    name: str
    birth_date: date | None
    country: str
    created_at: datetime
    debts: int
    identifiers: tuple[Identifier, ...]
    contacts: tuple[Contact, ...]
    addresses: tuple[Address, ...]


async def debtor(scope: Scope, debt_id: UUID, *, tx: Tx | None = None) -> Debtor:
    """The party behind a debt of the agency. Raises: Forbidden (also for a creditor); NotFound (debt)."""
    scope.require(Permission.PARTY_READ)
    agency_id = scope.agency
    async with reading(scope, tx) as open_tx:
        row = await open_tx.fetchrow(_DEBTOR, agency_id, debt_id, MAX_EACH)
    if row is None:
        raise not_found("debt", "debt_id")
    return Debtor(
        id=row["id"],
        kind=PartyKind(row["kind"]),
        name=row["name"],
        birth_date=row["birth_date"],
        country=row["country"],
        created_at=row["created_at"],
        debts=row["debts"],
        identifiers=tuple(_identifier(part) for part in row["identifiers"]),
        contacts=tuple(_contact(part) for part in row["contacts"]),
        addresses=tuple(_address(part) for part in row["addresses"]),
    )


def _list(table: str, columns: str) -> str:
    of_party = f"FROM {table} x WHERE x.agency_id = $1 AND x.party_id = p.id ORDER BY x.id LIMIT $3"
    return f"(SELECT COALESCE(jsonb_agg(to_jsonb(part)), '[]') FROM (SELECT {columns} {of_party}) AS part)"  # noqa: S608


_ORIGIN = "x.source, x.creditor_id"
_DEBTOR = f"""
SELECT p.id, p.kind, p.name, p.birth_date, p.country, p.created_at,
  (SELECT count(*) FROM debt o WHERE o.agency_id = $1 AND o.party_id = p.id) AS debts,
  {_list("party_identifier", "x.id, x.type, x.issuer, x.number, x.verified")} AS identifiers,
  {_list("contact_point", f"x.id, x.channel, x.value, x.given, x.line_type, x.valid, {_ORIGIN}")} AS contacts,
  {_list("postal_address", f"x.id, x.lines, x.city, x.region, x.postal_code, x.country, {_ORIGIN}")} AS addresses
FROM debt d JOIN party p ON p.agency_id = $1 AND p.id = d.party_id WHERE d.agency_id = $1 AND d.id = $2
"""  # noqa: S608 - the program's own text


def _identifier(part: dict[str, Any]) -> Identifier:
    given: dict[str, Any] = {**part, "id": UUID(part["id"]), "type": IdentifierType(part["type"])}
    return Identifier(**given)


def _contact(part: dict[str, Any]) -> Contact:
    given: dict[str, Any] = {**_given(part), "channel": ContactChannel(part["channel"])}
    return Contact(**given)


def _address(part: dict[str, Any]) -> Address:
    return Address(**_given(part))


def _given(part: dict[str, Any]) -> dict[str, Any]:
    creditor_id = part["creditor_id"]
    return {**part, "id": UUID(part["id"]), "creditor_id": UUID(creditor_id) if creditor_id else None}
