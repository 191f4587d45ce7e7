"""The kits of channels and gateways fail on every defect by the names of the right checks, and on no other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from recobro_hostile import outgoing
from recobro_hostile.catalogue import CHANNELS, GATEWAYS
from recobro_sdk.testing import FakeGatewayServer, FakeMessageServer, GatewayConformance, MessageConformance
from recobro_sdk.testing.seal import NotWritten, checks_of

_ONCE_FOR_ALL = {
    "test_imports_only_the_sdk",
    "test_import_works_alone",
    "test_import_is_fast",
    "test_import_has_no_side_effects",
    "test_never_names_float",
}


class Channels(MessageConformance):
    plugin = outgoing
    settings: ClassVar[Mapping[str, object]] = {}
    server = FakeMessageServer
    patience_s = 20.0


class Gateways(GatewayConformance):
    plugin = outgoing
    settings: ClassVar[Mapping[str, object]] = {}
    server = FakeGatewayServer
    patience_s = 20.0


def failing(kit_of: Any, code: str, *, honest: bool) -> set[str]:
    # A class of its own has a server of its own, which knows no key of the offer before.
    kit_of = type(f"{kit_of.__name__}Of", (kit_of,), {"offer_code": code})
    kit: Any = kit_of()
    found: set[str] = set()
    # What is read from the source is the same for all of them, and is looked at with the honest one.
    for name in sorted(set(checks_of(kit_of)) - {"test_kit_is_whole"} - (set() if honest else _ONCE_FOR_ALL)):
        try:
            getattr(kit, name)()
        except NotWritten:
            continue
        except Exception:
            found.add(name)
    return found


def test_every_offer_is_in_the_catalogue() -> None:
    assert {offer.code for offer in outgoing.recobro_message_channels()} == set(CHANNELS)
    assert {offer.code for offer in outgoing.recobro_payment_gateways()} == set(GATEWAYS)


@pytest.mark.parametrize("code", CHANNELS)
def test_kit_finds_the_defect_of_a_channel_and_nothing_else(code: str) -> None:
    assert failing(Channels, code, honest=not CHANNELS[code]) == CHANNELS[code]


@pytest.mark.parametrize("code", GATEWAYS)
def test_kit_finds_the_defect_of_a_gateway_and_nothing_else(code: str) -> None:
    assert failing(Gateways, code, honest=not GATEWAYS[code]) == GATEWAYS[code]
