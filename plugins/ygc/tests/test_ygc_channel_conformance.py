"""The channel passes the kit both ways, with files over SFTP and over HTTP; so does who hears of payments."""

from __future__ import annotations

from ygc_cases import BLOCKED, COMPLETE
from ygc_firms import GatewayFirm, SftpFirm

from recobro_sdk import DomainEvent
from recobro_sdk.testing import FakeClock, LegalConformance, SubscriberConformance
from recobro_ygc import plugin


class TestOverSftp(LegalConformance):
    plugin = plugin
    offer_code = "ygc_sftp"
    server = SftpFirm
    complete, blocked = COMPLETE, BLOCKED


class TestOverHttp(LegalConformance):
    plugin = plugin
    offer_code = "ygc_http"
    server = GatewayFirm
    complete, blocked = COMPLETE, BLOCKED


class TestPayments(SubscriberConformance):
    plugin = plugin
    offer_code = "ygc_payments"
    events = tuple(
        DomainEvent(
            id=f"event-{number}", cursor=f"{number:020}", name=name, version=1, occurred_at=FakeClock().now(), data=data
        )
        for number, (name, data) in enumerate(
            [
                ("legal.acknowledged", {"debt_id": "debt-1", "channel": "ygc_sftp", "receipt": "0123456789"}),
                ("payment.recorded", {"debt_id": "debt-1", "amount_minor": 5000, "currency": "USD",
                                      "paid_on": "2026-03-01", "received_by": "CREDITOR"}),
                ("payment.reversed", {"debt_id": "debt-1", "amount_minor": 5000, "currency": "USD",
                                      "reversed_on": "2026-03-02", "received_by": "CREDITOR"}),
            ],
            1,
        )
    )  # fmt: skip
