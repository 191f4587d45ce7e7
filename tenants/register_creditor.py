"""Take on a creditor as client of the agency."""

from dataclasses import dataclass
from uuid import UUID

from core.kit import db
from core.kit.errors import Conflict
from core.kit.events import emit
from core.kit.scope import Scope
from core.permissions import Permission
from tenants import checks


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCreditor:
    """`code` is the agency's own short name for it. `tax_id`: in Colombia the NIT with its check digit."""

    name: str
    code: str
    tax_id: str
    country: str = "CO"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditorRegistered:
    creditor_id: UUID


async def register_creditor(scope: Scope, command: RegisterCreditor) -> CreditorRegistered:
    """Take on a creditor. It is the same organisation at every agency; nothing here tells whether another one has it.

    Raises: Forbidden; InvalidInput (INVALID_NAME, INVALID_COUNTRY, INVALID_TAX_ID); Conflict (CREDITOR_EXISTS) for the
    agency's own.
    """
    scope.require(Permission.CREDITOR_MANAGE)
    name, code = checks.label(command.name, "name"), checks.label(command.code, "code", longest=40)
    country = checks.country_code(command.country)
    tax_id = checks.tax_id(command.tax_id, country)
    async with db.transaction(scope) as tx:
        creditor_id = await tx.fetchval("SELECT organisation_for_tax_id($1, $2, $3)", country, tax_id, name)
        made = await tx.fetchval(
            "INSERT INTO creditor (agency_id, id, creditor_id, name, code, tax_id, country, created_at) "
            "VALUES ($1,$2,$2,$3,$4,$5,$6,$7) ON CONFLICT DO NOTHING RETURNING id",
            scope.agency, creditor_id, name, code, tax_id, country, tx.now,
        )  # fmt: skip
        if made is None:
            raise Conflict(
                "The agency has a creditor with this code or tax id.", code="CREDITOR_EXISTS", field="code",
                remedy="Use another code, or work with the creditor that is there.",
            )  # fmt: skip
        data = {"name": name, "code": code, "country": country, "tax_id": tax_id}
        await emit(tx, "creditor.registered", creditor_id, data, creditor_id=creditor_id)
    return CreditorRegistered(creditor_id=creditor_id)
