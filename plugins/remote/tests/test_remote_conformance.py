"""The five offers, and who calls, pass the kit, against the reference server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import pytest
from pydantic import SecretStr
from remote_reference import SECRET, ReferenceServer

from recobro_remote import plugin
from recobro_sdk.testing import (
    BureauConformance,
    FurnishingConformance,
    LegalConformance,
    MessageConformance,
    ReceiverConformance,
    furnishing_batch,
    furnishing_record,
)


class TestBureau(BureauConformance):
    plugin = plugin
    server = ReferenceServer

    @pytest.fixture(autouse=True)
    def forgetful(self) -> None:
        # Checks share keys and the server lives as long as the class; a key is bound to the whole question here.
        server = self.fake()
        assert isinstance(server, ReferenceServer)
        server.service.done.clear()


class TestLegalChannel(LegalConformance):
    plugin = plugin
    offer_code = "remote_legal"
    server = ReferenceServer


class TestCaseChannel(LegalConformance):
    plugin = plugin
    offer_code = "remote_cases"
    server = ReferenceServer


class TestCalls(ReceiverConformance):
    plugin = plugin
    hook = "recobro_legal_channels"
    offer_code = "remote_cases"
    server = ReferenceServer
    secret = SecretStr(SECRET)
    bodies = (
        b'{"handoffs": [{"idempotency_key": "01980d2e-7f43-7c1a-9d5e-0a1b2c3d4e5f", "number": "CASE-1"}]}',
        b'{"handoffs": [{"idempotency_key": "01980d2e-7f43-7c1a-9d5e-0a1b2c3d4e5f"}], "later": {"more": 1}}',
    )


class TestMessageChannel(MessageConformance):
    plugin = plugin
    server = ReferenceServer


class TestFurnisher(FurnishingConformance):
    plugin = plugin
    server = ReferenceServer
    settings: ClassVar[Mapping[str, object]] = {"needed_fields": ["address"]}
    faulty = furnishing_batch(
        furnishing_record(), furnishing_record("OBL-2", parties=(replace(furnishing_record().primary, address=None),))
    )
    partly = furnishing_batch(furnishing_record(), furnishing_record("OBL-2000"), furnishing_record("OBL-3"))
    refused = frozenset({"OBL-2000"})
