"""The four offers pass the kit, against the reference server."""

from __future__ import annotations

import pytest
from remote_reference import ReferenceServer

from recobro_remote import plugin
from recobro_sdk.testing import BureauConformance, LegalConformance, MessageConformance


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


class TestMessageChannel(MessageConformance):
    plugin = plugin
    server = ReferenceServer
