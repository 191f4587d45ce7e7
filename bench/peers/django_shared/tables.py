"""Django, set up, with the tables that the workloads touch; a middleware opens the transaction and sets the tenant."""

import os
from collections.abc import Callable
from urllib.parse import urlsplit

import django
from django.conf import settings

_url = urlsplit(os.environ["DATABASE_URL"])
settings.configure(
    DEBUG=False,
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="server",
    USE_TZ=True,
    TIME_ZONE="UTC",
    INSTALLED_APPS=os.environ["DJANGO_APPS"].split(),
    MIDDLEWARE=["tables.Tenant"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    GRAPHENE={},
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _url.path[1:],
            "USER": _url.username,
            "PASSWORD": _url.password,
            "HOST": _url.hostname,
            "PORT": _url.port,
            "CONN_MAX_AGE": None,
            "OPTIONS": {"options": "-c jit=off"},
        }
    },
)
django.setup()

from django.db import connection, models, transaction  # noqa: E402 - settings come first
from django.http import HttpRequest, HttpResponse  # noqa: E402


class Tenant:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('app.agency_id', %s, true)", [request.headers["x-agency-id"]])
            return self._get_response(request)


class Row(models.Model):
    id = models.UUIDField(primary_key=True)
    agency_id = models.UUIDField()

    class Meta:
        abstract = True
        app_label = "bench"


class Creditor(Row):
    name = models.TextField()

    class Meta(Row.Meta):
        db_table = "creditor"


class Mandate(Row):
    allocation_order = models.JSONField()

    class Meta(Row.Meta):
        db_table = "mandate"


class Party(Row):
    name = models.TextField()
    country = models.TextField()

    class Meta(Row.Meta):
        db_table = "party"


class Identifier(Row):
    party = models.ForeignKey(Party, models.CASCADE, related_name="identifiers")
    type = models.TextField()
    number = models.TextField()

    class Meta(Row.Meta):
        db_table = "party_identifier"
        ordering = ("type", "number")


class ContactPoint(Row):
    party = models.ForeignKey(Party, models.CASCADE, related_name="contact_points")
    channel = models.TextField()
    value = models.TextField()
    valid = models.BooleanField()
    created_at = models.DateTimeField()

    class Meta(Row.Meta):
        db_table = "contact_point"
        ordering = ("channel", "created_at", "id")


class Debt(Row):
    creditor = models.ForeignKey(Creditor, models.CASCADE)
    mandate = models.ForeignKey(Mandate, models.CASCADE)
    party = models.ForeignKey(Party, models.CASCADE)
    reference = models.TextField()
    product = models.TextField()
    currency = models.TextField()
    stage = models.TextField()
    status = models.TextField()
    placed_on = models.DateField()
    due_on = models.DateField(null=True)
    placed_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField()
    recovered_minor = models.BigIntegerField()
    last_payment_on = models.DateField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(Row.Meta):
        db_table = "debt"


class Component(Row):
    debt = models.ForeignKey(Debt, models.CASCADE)
    position = models.SmallIntegerField()
    kind = models.TextField()
    due_on = models.DateField(null=True)
    balance_minor = models.BigIntegerField()

    class Meta(Row.Meta):
        db_table = "debt_component"


class Payment(Row):
    creditor_id = models.UUIDField()
    debt = models.ForeignKey(Debt, models.CASCADE)
    currency = models.TextField()
    amount_minor = models.BigIntegerField()
    unapplied_minor = models.BigIntegerField()
    paid_on = models.DateField()
    cleared_on = models.DateField()
    received_by = models.TextField()
    method = models.TextField()
    idempotency_key = models.TextField()
    fingerprint = models.TextField()
    recorded_by = models.TextField()

    class Meta(Row.Meta):
        db_table = "payment"


class Allocation(Row):
    creditor_id = models.UUIDField()
    payment_id = models.UUIDField()
    component_id = models.UUIDField()
    amount_minor = models.BigIntegerField()

    class Meta(Row.Meta):
        db_table = "payment_allocation"


class Movement(Row):
    creditor_id = models.UUIDField()
    debt = models.ForeignKey(Debt, models.CASCADE)
    component_id = models.UUIDField()
    kind = models.TextField()
    effective_on = models.DateField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    delta_minor = models.BigIntegerField()
    source_id = models.UUIDField()
    actor = models.TextField()
    reason = models.TextField()

    class Meta(Row.Meta):
        db_table = "debt_movement"
