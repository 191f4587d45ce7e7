"""The five offers pass the kit, against the reference server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import pytest
from remote_reference import ReferenceServer

from recobro_remote import plugin
from recobro_sdk.testing import (
    BureauConformance,
    FurnishingConformance,
    LegalConformance,
    MessageConformance,
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
