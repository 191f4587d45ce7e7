# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Parties of an agency. Shared by all of its creditors as persons; obligations never are."""

from datetime import date, datetime
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.kit.tables import Check, Ix, Security, TableRules, TenantModel, Unique
from core.parties.kinds import ContactChannel, IdentifierType, PartyKind


class Party(TenantModel):
    """A natural or legal person that owes, or answers for a debt."""

    kind: PartyKind = fields.CharEnumField(PartyKind, max_length=16)
    name: str = fields.CharField(max_length=200)
    birth_date: date | None = fields.DateField(null=True)
    country: str = fields.CharField(max_length=2, db_default="CO")
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    updated_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(security=Security.AGENCY, indexes=(Ix(("agency_id", "name", "id")),))

    class Meta:
        table = "party"


class PartyIdentifier(TenantModel):
    """An identifier in its compact form (no dots, no spaces; NIT with its check digit). `issuer` is the country, or for
    CUSTOMER the creditor. `verified` says that its check digit is right, or that it has none to check."""

    party = fields.ForeignKeyField("recobro.Party", on_delete=fields.CASCADE)
    type: IdentifierType = fields.CharEnumField(IdentifierType, max_length=16)
    issuer: str = fields.CharField(max_length=36)
    number: str = fields.CharField(max_length=40)
    verified: bool = fields.BooleanField(db_default=False)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.AGENCY_SEARCHED,
        unique=(Unique(("agency_id", "type", "issuer", "number")),),
        indexes=(
            Ix(("agency_id", "party_id")),
            Ix(("agency_id", "number")),
            Ix(("agency_id", "number"), using="gin", ops=(("number", "gin_trgm_ops"),)),
        ),
        checks=(Check("number_given", "number <> ''"),),
    )

    class Meta:
        table = "party_identifier"


class ContactPoint(TenantModel):
    """A phone in E.164 or an e-mail address in lower case. `source` says where it came from (a batch, a user, a
    bureau); `creditor_id` which creditor gave it. `valid` is what the numbering plan, or the address syntax, says."""

    party = fields.ForeignKeyField("recobro.Party", on_delete=fields.CASCADE)
    channel: ContactChannel = fields.CharEnumField(ContactChannel, max_length=8)
    value: str = fields.CharField(max_length=254)
    given: str = fields.CharField(max_length=254, db_default="")
    line_type: str | None = fields.CharField(max_length=24, null=True)
    valid: bool = fields.BooleanField(db_default=True)
    source: str = fields.CharField(max_length=80)
    creditor_id: UUID | None = fields.UUIDField(null=True)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.AGENCY_SEARCHED,
        unique=(Unique(("agency_id", "party_id", "channel", "value")),),
        indexes=(
            Ix(("agency_id", "value")),
            Ix(("agency_id", "value"), where="channel = 'PHONE'", using="gin", ops=(("value", "gin_trgm_ops"),)),
        ),
    )

    class Meta:
        table = "contact_point"


class PostalAddress(TenantModel):
    """A postal address as it was given."""

    party = fields.ForeignKeyField("recobro.Party", on_delete=fields.CASCADE)
    lines: str = fields.CharField(max_length=300)
    city: str = fields.CharField(max_length=120, db_default="")
    region: str = fields.CharField(max_length=120, db_default="")
    postal_code: str = fields.CharField(max_length=20, db_default="")
    country: str = fields.CharField(max_length=2, db_default="CO")
    source: str = fields.CharField(max_length=80)
    creditor_id: UUID | None = fields.UUIDField(null=True)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(security=Security.AGENCY, unique=(Unique(("agency_id", "party_id", "lines", "city", "region")),))

    class Meta:
        table = "postal_address"
