"""The sandbox bureau passes the kit, with the server inside the process and with one at an address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

import pytest

from recobro_bureau_sandbox import FakeBureauServer, plugin
from recobro_sdk import Subject, SubjectKind
from recobro_sdk.testing import BureauConformance, FurnishingConformance, furnishing_batch, furnishing_record

KEY = "sandbox-key-1"
NOBODY = Subject(
    document_type="CC", document_number="1000000000", country="CO", name="Nadie Niño", kind=SubjectKind.NATURAL
)


class TestDemonstration(BureauConformance):
    plugin = plugin
    settings: ClassVar[Mapping[str, object]] = {"api_key": KEY}
    unknown = NOBODY


class TestAtAnAddress(BureauConformance):
    plugin = plugin
    unknown = NOBODY

    @pytest.fixture(autouse=True)
    def address(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with FakeBureauServer({KEY}) as server:
            monkeypatch.setattr(type(self), "settings", {"api_key": KEY, "base_url": f"{server.base_url}/"})
            yield


class TestFurnisher(FurnishingConformance):
    plugin = plugin
    settings: ClassVar[Mapping[str, object]] = {"api_key": KEY}
    faulty = furnishing_batch(
        furnishing_record(parties=(replace(furnishing_record().primary, document_number="1000000000"),))
    )
    partly = furnishing_batch(*(furnishing_record(f"OBL-{n}") for n in (1, 2000, 3, 4999)))
    refused = frozenset({"OBL-2000", "OBL-4999"})


class TestFurnisherAtAnAddress(TestFurnisher):
    @pytest.fixture(autouse=True)
    def address(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with FakeBureauServer({KEY}) as server:
            monkeypatch.setattr(type(self), "settings", {"api_key": KEY, "base_url": f"{server.base_url}/"})
            yield
