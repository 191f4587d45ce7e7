# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Agencies, creditor organisations, users and what sign-in keeps. No tenant scope reaches these tables."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.kit.tables import Check, GlobalModel, Ix, Security, TableRules, Unique
from tenants.kinds import ClientKind, KeyState, MembershipKind, Role


class Agency(GlobalModel):
    """A collection agency: a tenant."""

    name: str = fields.CharField(max_length=200)
    slug: str = fields.CharField(max_length=60)
    tax_id: str = fields.CharField(max_length=40)
    country: str = fields.CharField(max_length=2)
    timezone: str = fields.CharField(max_length=64)
    currency: str = fields.CharField(max_length=3)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(security=Security.AGENCY_DIRECTORY, unique=(Unique(("slug",)), Unique(("country", "tax_id"))))

    class Meta:
        table = "agency"


class CreditorOrganisation(GlobalModel):
    """A creditor across agencies: one row per tax id, so that a bank sees its debts at all of its agencies.

    The id is random and not a UUIDv7: an agency must not read from it whether another agency was there before.
    """

    country: str = fields.CharField(max_length=2)
    tax_id: str = fields.CharField(max_length=40)
    name: str = fields.CharField(max_length=200)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(security=Security.IDENTITY, unique=(Unique(("country", "tax_id")),))

    class Meta:
        table = "creditor_organisation"


class UserAccount(GlobalModel):
    """A person who signs in. `password_hash` is argon2id; it is absent where an OpenID provider vouches, and until the
    first invitation is accepted. Sign-ins before `sessions_since` no longer count.

    The id is random and not a UUIDv7: the agency that adds a user must not read from it when another agency did.
    """

    email: str = fields.CharField(max_length=254)
    name: str = fields.CharField(max_length=200)
    password_hash: str | None = fields.CharField(max_length=200, null=True)
    sessions_since: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    disabled_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.IDENTITY,
        unique=(Unique(("email",)),),
        checks=(Check("email_lower", "email = lower(email)"),),
    )

    class Meta:
        table = "user_account"


class Membership(GlobalModel):
    """A user's role at an agency, at a creditor, or over the installation.

    A creditor membership that an agency granted carries that agency's id and shows the debts at that agency alone:
    otherwise an agency could invite itself to what another agency holds for the same bank.

    It counts once it is accepted with the invitation's secret: an account is shared by all tenants, and without this
    whoever opened it first could walk into what another tenant grants to its address. For the same reason the word of
    the tenant's own provider (`vouched_at`) opens it to sign-ins through that provider, and not to the account's
    password. `name` is what this tenant calls the person.
    """

    user = fields.ForeignKeyField("recobro.UserAccount", on_delete=fields.CASCADE)
    kind: MembershipKind = fields.CharEnumField(MembershipKind, max_length=16)
    agency = fields.ForeignKeyField("recobro.Agency", on_delete=fields.RESTRICT, null=True)
    creditor_organisation = fields.ForeignKeyField("recobro.CreditorOrganisation", on_delete=fields.RESTRICT, null=True)
    role: Role = fields.CharEnumField(Role, max_length=24)
    name: str = fields.CharField(max_length=200)
    invitation_hash: str | None = fields.CharField(max_length=64, null=True)
    invitation_expires_at: datetime | None = fields.DatetimeField(null=True)
    accepted_at: datetime | None = fields.DatetimeField(null=True)
    vouched_at: datetime | None = fields.DatetimeField(null=True)
    sessions_since: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    disabled_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.IDENTITY,
        # One key per kind: a key over nullable columns would hold nothing together.
        unique=(
            Unique(("user_id",), where="kind = 'OPERATOR'"),
            Unique(("user_id", "agency_id"), where="kind = 'AGENCY'"),
            Unique(("user_id", "creditor_organisation_id"), where="kind = 'CREDITOR' AND agency_id IS NULL"),
            Unique(
                ("user_id", "creditor_organisation_id", "agency_id"),
                where="kind = 'CREDITOR' AND agency_id IS NOT NULL",
            ),
            Unique(("invitation_hash",)),
        ),
        indexes=(Ix(("agency_id",)), Ix(("creditor_organisation_id",))),
        checks=(
            Check(
                "role_of_its_kind",
                "(kind = 'AGENCY' AND role IN "
                "('AGENCY_ADMIN', 'SUPERVISOR', 'COLLECTOR', 'COMPLIANCE_OFFICER', 'AUDITOR'))"
                " OR (kind = 'CREDITOR' AND role IN ('CREDITOR_ADMIN', 'CREDITOR_APPROVER', 'CREDITOR_VIEWER'))"
                " OR (kind = 'OPERATOR' AND role = 'OPERATOR')",
            ),
            Check(
                "kind_has_its_tenant",
                "(kind = 'AGENCY' AND agency_id IS NOT NULL AND creditor_organisation_id IS NULL)"
                " OR (kind = 'CREDITOR' AND creditor_organisation_id IS NOT NULL)"
                " OR (kind = 'OPERATOR' AND agency_id IS NULL AND creditor_organisation_id IS NULL)",
            ),
        ),
    )

    class Meta:
        table = "membership"


class OAuthClient(GlobalModel):
    """An application. A machine belongs to one agency or one creditor and has a fixed set of scopes (permissions)."""

    client_id: str = fields.CharField(max_length=80)
    name: str = fields.CharField(max_length=120)
    kind: ClientKind = fields.CharEnumField(ClientKind, max_length=16)
    secret_hash: str | None = fields.CharField(max_length=200, null=True)
    redirect_uris: list[str] = fields.JSONField(db_default="[]")
    scopes: list[str] = fields.JSONField(db_default="[]")
    agency = fields.ForeignKeyField("recobro.Agency", on_delete=fields.CASCADE, null=True)
    creditor_organisation = fields.ForeignKeyField("recobro.CreditorOrganisation", on_delete=fields.CASCADE, null=True)
    disabled_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.IDENTITY,
        unique=(Unique(("client_id",)),),
        checks=(
            Check(
                "machine_has_secret_and_tenant",
                "kind <> 'MACHINE' OR (secret_hash IS NOT NULL"
                " AND (agency_id IS NOT NULL OR creditor_organisation_id IS NOT NULL))",
            ),
        ),
    )

    class Meta:
        table = "oauth_client"


class AuthorizationCode(GlobalModel):
    """A code between the sign-in page and the token endpoint; kept by its hash, good once and for one minute."""

    code_hash: str = fields.CharField(max_length=64)
    client = fields.ForeignKeyField("recobro.OAuthClient", on_delete=fields.CASCADE)
    user = fields.ForeignKeyField("recobro.UserAccount", on_delete=fields.CASCADE)
    membership = fields.ForeignKeyField("recobro.Membership", on_delete=fields.CASCADE)
    redirect_uri: str = fields.CharField(max_length=400)
    scope: str = fields.TextField()
    code_challenge: str = fields.CharField(max_length=128)
    family_id: UUID = fields.UUIDField()
    expires_at: datetime = fields.DatetimeField()
    used_at: datetime | None = fields.DatetimeField(null=True)

    rules = TableRules(
        security=Security.IDENTITY,
        unique=(Unique(("code_hash",)),),
        indexes=(Ix(("expires_at",)), Ix(("membership_id",)), Ix(("user_id",))),
    )

    class Meta:
        table = "authorization_code"


class OAuthToken(GlobalModel):
    """A grant's tokens: refresh tokens by hash, access tokens by `jti` (for revocation and introspection).

    A refresh token is good once; using an old one again revokes its whole `family_id` (RFC 9700 4.14.2). `scope` is
    what was granted; an access token may carry less.
    """

    family_id: UUID = fields.UUIDField()
    client = fields.ForeignKeyField("recobro.OAuthClient", on_delete=fields.CASCADE)
    user = fields.ForeignKeyField("recobro.UserAccount", on_delete=fields.CASCADE, null=True)
    membership = fields.ForeignKeyField("recobro.Membership", on_delete=fields.CASCADE, null=True)
    scope: str = fields.TextField()
    access_jti: str = fields.CharField(max_length=64)
    access_expires_at: datetime = fields.DatetimeField()
    refresh_hash: str | None = fields.CharField(max_length=64, null=True)
    refresh_expires_at: datetime | None = fields.DatetimeField(null=True)
    rotated_at: datetime | None = fields.DatetimeField(null=True)
    revoked_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.IDENTITY,
        unique=(Unique(("access_jti",)), Unique(("refresh_hash",))),
        indexes=(
            Ix(("family_id",)),
            Ix(("access_expires_at",)),
            Ix(("membership_id",)),
            Ix(("user_id",)),
            Ix(("client_id",)),
            Ix(("revoked_at",), where="revoked_at IS NOT NULL"),
        ),
    )

    class Meta:
        table = "oauth_token"


class SigningKey(GlobalModel):
    """A key that signs access tokens (ES256); the private half is encrypted at rest."""

    kid: str = fields.CharField(max_length=64)
    state: KeyState = fields.CharEnumField(KeyState, max_length=12)
    public_jwk: dict[str, Any] = fields.JSONField()
    sealed_private_jwk: bytes = fields.BinaryField()
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    retired_at: datetime | None = fields.DatetimeField(null=True)

    rules = TableRules(
        security=Security.IDENTITY,
        unique=(Unique(("kid",)), Unique(("state",), where="state = 'ACTIVE'")),
    )

    class Meta:
        table = "signing_key"


class IdentityProvider(GlobalModel):
    """An agency's or a creditor's own OpenID provider. It vouches only for addresses of `email_domain`, and only for
    users who already are members there."""

    name: str = fields.CharField(max_length=120)
    slug: str = fields.CharField(max_length=60)
    agency = fields.ForeignKeyField("recobro.Agency", on_delete=fields.CASCADE, null=True)
    creditor_organisation = fields.ForeignKeyField("recobro.CreditorOrganisation", on_delete=fields.CASCADE, null=True)
    issuer: str = fields.CharField(max_length=400)
    client_id: str = fields.CharField(max_length=200)
    sealed_client_secret: bytes = fields.BinaryField()
    email_domain: str = fields.CharField(max_length=200)
    enabled: bool = fields.BooleanField(db_default=True)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.IDENTITY,
        unique=(Unique(("slug",)),),
        checks=(Check("one_owner", "(agency_id IS NULL) <> (creditor_organisation_id IS NULL)"),),
    )

    class Meta:
        table = "identity_provider"


class SignInAttempt(GlobalModel):
    """Failed sign-ins, counted per address and per network address to slow guessing down."""

    subject_hash: str = fields.CharField(max_length=64)
    failed_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(security=Security.IDENTITY, indexes=(Ix(("subject_hash", "failed_at")),))

    class Meta:
        table = "sign_in_attempt"
