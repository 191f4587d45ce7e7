"""Let an agency's or a creditor's people sign in through their own OpenID provider."""

from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from core.kit import crypto
from core.kit.errors import Conflict, Forbidden, InvalidInput
from core.kit.ids import new_id
from core.kit.scope import Audience, Scope
from core.permissions import Permission
from tenants import checks, identity, reach
from tenants.identity import is_loopback


@dataclass(frozen=True, slots=True, kw_only=True)
class AddIdentityProvider:
    """`issuer` exactly as the provider states it. People type `slug`. `agency_id` or `creditor_id`: for the operator;
    others add a provider for themselves."""

    name: str
    slug: str
    issuer: str
    client_id: str
    client_secret: str
    email_domain: str
    agency_id: UUID | None = None
    creditor_id: UUID | None = None


async def add_identity_provider(scope: Scope, command: AddIdentityProvider) -> UUID:
    """Trust a provider for one tenant: for verified addresses of one domain, of people who are members there.

    The redirect URI to register there is `<issuer of this installation>/sign-in/provider/<slug>/callback`.

    Raises: Forbidden, also for a creditor's administrator whose own view is limited to one agency: the provider speaks
    for the whole creditor; InvalidInput (INVALID_NAME, INVALID_SLUG, INVALID_ISSUER, INVALID_DOMAIN); Conflict
    (PROVIDER_EXISTS).
    """
    reach.reach_of(scope, Permission.USER_MANAGE)
    if scope.audience is Audience.IDENTITY:
        agency_id, creditor_id = command.agency_id, command.creditor_id
        if (agency_id is None) == (creditor_id is None):
            raise InvalidInput("Say for which agency or creditor.", field="agencyId")
    elif scope.audience is Audience.CREDITOR:
        if scope.agency_id is not None:
            raise Forbidden("This needs an administrator of the whole creditor.", remedy="Ask the creditor's own.")
        agency_id, creditor_id = None, scope.creditor_id
    else:
        agency_id, creditor_id = scope.agency, None
    _check_issuer(command.issuer)
    if not command.client_id or len(command.client_id) > 200 or not command.client_secret:
        raise InvalidInput("The provider's client id and secret are needed.", field="clientId")
    async with identity.transaction("providers") as tx:
        made = await tx.fetchval(
            "INSERT INTO identity_provider (id, name, slug, agency_id, creditor_organisation_id, issuer, client_id, "
            "sealed_client_secret, email_domain, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) "
            "ON CONFLICT (slug) DO NOTHING RETURNING id",
            new_id(), checks.label(command.name, "name", longest=120), checks.slug(command.slug), agency_id,
            creditor_id,
            command.issuer, command.client_id, crypto.encrypt(command.client_secret.encode()),
            checks.domain_name(command.email_domain), tx.now,
        )  # fmt: skip
    if made is None:
        raise Conflict("There is a provider with this code.", code="PROVIDER_EXISTS", field="slug")
    return made


def _check_issuer(issuer: str) -> None:
    parts = urlsplit(issuer)
    proper = (
        parts.hostname and not parts.query and not parts.fragment and "@" not in parts.netloc and len(issuer) <= 400
    )
    if not proper or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))):
        raise InvalidInput(
            "The issuer must be an https address.", code="INVALID_ISSUER", field="issuer",
            remedy="Copy `issuer` from the provider's /.well-known/openid-configuration.",
        )  # fmt: skip
