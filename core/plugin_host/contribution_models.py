# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""What is kept of what plugins contribute: how far subscribers have heard, and the calls that providers made to us."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.kit.tables import Check, Ix, Security, TableRules, TenantModel, Unique
from core.plugin_host.kinds import CallbackState


class PluginSubscription(TenantModel):
    """How far a subscriber has heard the events of an agency: everything up to `(xid, position)`.

    `tries` counts failures of the plugin at the same place, `waits` those that are nobody's defect. Who tells it holds
    it until `leased_until`.
    """

    plugin: str = fields.CharField(max_length=80)
    offer: str = fields.CharField(max_length=80)
    active: bool = fields.BooleanField(db_default=True)
    xid: int = fields.BigIntField()
    position: int = fields.BigIntField()
    tries: int = fields.SmallIntField(db_default=0)
    waits: int = fields.SmallIntField(db_default=0)
    not_before: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    leased_until: datetime | None = fields.DatetimeField(null=True)

    rules = TableRules(
        security=Security.AGENCY_WORK,
        unique=(Unique(("agency_id", "offer")),),
        checks=(Check("counts", "tries >= 0 AND waits >= 0"),),
    )

    class Meta:
        table = "plugin_subscription"


class PluginParkedEvent(TenantModel):
    """An event that a subscriber could not take, and that was passed over so that the next ones are told."""

    plugin: str = fields.CharField(max_length=80)
    offer: str = fields.CharField(max_length=80)
    event_id: UUID = fields.UUIDField()
    error_code: str = fields.CharField(max_length=80)
    tries: int = fields.SmallIntField()
    parked_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(security=Security.AGENCY, unique=(Unique(("agency_id", "offer", "event_id")),))

    class Meta:
        table = "plugin_parked_event"


class PluginAddress(TenantModel):
    """Where the provider behind an offer calls for an agency. `secret` makes the address one that nobody guesses; what
    is sent there proves itself by its signature."""

    plugin: str = fields.CharField(max_length=80)
    offer: str = fields.CharField(max_length=80)
    secret: str = fields.CharField(max_length=64)

    rules = TableRules(security=Security.AGENCY, unique=(Unique(("agency_id", "offer")),))

    class Meta:
        table = "plugin_address"


class PluginCallback(TenantModel):
    """A call of a provider, verified by its plugin. `sealed` is the whole request, encrypted; `message_id` the
    provider's own, under which a repetition is known."""

    plugin: str = fields.CharField(max_length=80)
    offer: str = fields.CharField(max_length=80)
    message_id: str = fields.CharField(max_length=200)
    sha256: str = fields.CharField(max_length=64)
    sealed: bytes = fields.BinaryField()
    state: CallbackState = fields.CharEnumField(CallbackState, max_length=12, db_default="RECEIVED")
    error_code: str | None = fields.CharField(max_length=80, null=True)
    repetitions: int = fields.IntField(db_default=0)
    received_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    finished_at: datetime | None = fields.DatetimeField(null=True)

    rules = TableRules(
        security=Security.AGENCY,
        unique=(Unique(("agency_id", "offer", "message_id")),),
        indexes=(Ix(("agency_id", "received_at", "id")),),
    )

    class Meta:
        table = "plugin_callback"
