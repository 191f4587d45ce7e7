"""The tables that the workloads touch."""

from tortoise import fields
from tortoise.models import Model


class Creditor(Model):
    id = fields.UUIDField(primary_key=True)
    agency_id = fields.UUIDField()
    name = fields.TextField()

    class Meta:
        table = "creditor"


class Mandate(Model):
    id = fields.UUIDField(primary_key=True)
    agency_id = fields.UUIDField()
    allocation_order = fields.JSONField()

    class Meta:
        table = "mandate"


class Party(Model):
    id = fields.UUIDField(primary_key=True)
    agency_id = fields.UUIDField()
    name = fields.TextField()
    country = fields.TextField()

    class Meta:
        table = "party"


class Identifier(Model):
    id = fields.UUIDField(primary_key=True)
    agency_id = fields.UUIDField()
    party = fields.ForeignKeyField("bench.Party", related_name="identifiers")
    type = fields.TextField()
    number = fields.TextField()

    class Meta:
        table = "party_identifier"


class ContactPoint(Model):
    id = fields.UUIDField(primary_key=True)
    agency_id = fields.UUIDField()
    party = fields.ForeignKeyField("bench.Party", related_name="contact_points")
    channel = fields.TextField()
    value = fields.TextField()
    valid = fields.BooleanField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "contact_point"


class Debt(Model):
    id = fields.UUIDField(primary_key=True)
    agency_id = fields.UUIDField()
    creditor = fields.ForeignKeyField("bench.Creditor", related_name="debts")
    mandate = fields.ForeignKeyField("bench.Mandate", related_name="debts")
    party = fields.ForeignKeyField("bench.Party", related_name="debts")
    reference = fields.TextField()
    product = fields.TextField()
    currency = fields.TextField()
    stage = fields.TextField()
    status = fields.TextField()
    placed_on = fields.DateField()
    due_on = fields.DateField(null=True)
    placed_minor = fields.BigIntField()
    balance_minor = fields.BigIntField()
    recovered_minor = fields.BigIntField()
    last_payment_on = fields.DateField(null=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "debt"


class Component(Model):
    id = fields.UUIDField(primary_key=True)
    agency_id = fields.UUIDField()
    debt = fields.ForeignKeyField("bench.Debt", related_name="components")
    position = fields.SmallIntField()
    kind = fields.TextField()
    due_on = fields.DateField(null=True)
    balance_minor = fields.BigIntField()

    class Meta:
        table = "debt_component"


class Payment(Model):
    id = fields.UUIDField(primary_key=True)
    agency_id = fields.UUIDField()
    creditor_id = fields.UUIDField()
    debt = fields.ForeignKeyField("bench.Debt", related_name="payments")
    currency = fields.TextField()
    amount_minor = fields.BigIntField()
    unapplied_minor = fields.BigIntField()
    paid_on = fields.DateField()
    cleared_on = fields.DateField()
    received_by = fields.TextField()
    method = fields.TextField()
    idempotency_key = fields.TextField()
    fingerprint = fields.TextField()
    recorded_by = fields.TextField()

    class Meta:
        table = "payment"


class Allocation(Model):
    id = fields.UUIDField(primary_key=True)
    agency_id = fields.UUIDField()
    creditor_id = fields.UUIDField()
    payment_id = fields.UUIDField()
    component_id = fields.UUIDField()
    amount_minor = fields.BigIntField()

    class Meta:
        table = "payment_allocation"


class Movement(Model):
    id = fields.UUIDField(primary_key=True)
    agency_id = fields.UUIDField()
    creditor_id = fields.UUIDField()
    debt = fields.ForeignKeyField("bench.Debt", related_name="movements")
    component_id = fields.UUIDField()
    kind = fields.TextField()
    effective_on = fields.DateField()
    recorded_at = fields.DatetimeField(auto_now_add=True)
    delta_minor = fields.BigIntField()
    source_id = fields.UUIDField()
    actor = fields.TextField()
    reason = fields.TextField()

    class Meta:
        table = "debt_movement"
