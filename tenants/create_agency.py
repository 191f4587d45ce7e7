"""Open an agency: a tenant, with its first administrator."""

import re
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.kit import money
from core.kit.errors import Conflict, InvalidInput
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.permissions import Permission
from tenants import checks, identity, invitations, passwords
from tenants.kinds import MembershipKind, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAgency:
    """`timezone` is IANA's name, `currency` ISO 4217, `country` ISO 3166. With `admin_password` the administrator can
    sign in at once; otherwise the invitation has to be passed on."""

    name: str
    slug: str
    tax_id: str
    admin_email: str
    admin_name: str
    country: str = "CO"
    timezone: str = "America/Bogota"
    currency: str = "COP"
    admin_password: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyCreated:
    agency_id: UUID
    membership_id: UUID
    invitation: str | None


async def create_agency(scope: Scope, command: CreateAgency) -> AgencyCreated:
    """Open an agency with its first administrator. For the operator.

    Raises: Forbidden; InvalidInput (INVALID_NAME, INVALID_SLUG, INVALID_COUNTRY, INVALID_TAX_ID, INVALID_TIMEZONE,
    UNKNOWN_CURRENCY, INVALID_EMAIL, WEAK_PASSWORD); Conflict (AGENCY_EXISTS, ACCOUNT_EXISTS).
    """
    scope.require(Permission.INSTALLATION_OPERATE)
    name, slug = checks.label(command.name, "name"), checks.slug(command.slug)
    country = checks.country_code(command.country)
    tax_id = checks.tax_id(command.tax_id, country)
    money.exponent(command.currency)
    _check_timezone(command.timezone)
    email, admin_name = checks.email_address(command.admin_email), checks.label(command.admin_name, "adminName")
    password_hash = None
    if command.admin_password is not None:
        passwords.check_strength(command.admin_password, email, field="adminPassword")
        password_hash = await passwords.hash_secret(command.admin_password)
    async with identity.transaction("agencies") as tx:
        agency_id = await tx.fetchval(
            "INSERT INTO agency (id, name, slug, tax_id, country, timezone, currency, created_at) "
            "VALUES ($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT DO NOTHING RETURNING id",
            new_id(), name, slug, tax_id, country, command.timezone, command.currency, tx.now,
        )  # fmt: skip
        if agency_id is None:
            raise Conflict("There is an agency with this short name or tax id.", code="AGENCY_EXISTS", field="slug")
        user_id = await invitations.account_of(tx, email, admin_name)
        membership_id, invitation = await invitations.grant(
            tx, user_id, kind=MembershipKind.AGENCY, role=Role.AGENCY_ADMIN, name=admin_name, agency_id=agency_id
        )
        if password_hash is not None:
            await invitations.accept_for(tx, user_id, membership_id, password_hash)
            return AgencyCreated(agency_id=agency_id, membership_id=membership_id, invitation=None)
    return AgencyCreated(agency_id=agency_id, membership_id=membership_id, invitation=invitation)


def _check_timezone(name: str) -> None:
    try:
        if not re.fullmatch(r"[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+)*", name):
            raise ValueError(name)
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise InvalidInput(
            f"'{name[:64]}' is not a time zone.", code="INVALID_TIMEZONE", field="timezone",
            remedy="Give IANA's name, such as America/Bogota.",
        ) from problem  # fmt: skip
