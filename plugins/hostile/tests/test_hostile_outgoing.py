"""The kits of channels and gateways fail on every defect by the names of the right checks, and on no other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pytest
from hostile_kits import failing

from recobro_hostile import outgoing
from recobro_hostile.catalogue import CHANNELS, GATEWAYS
from recobro_hostile.catalogue_of_abilities import CHARGERS
from recobro_sdk.testing import (
    CallbackConformance,
    FakeGatewayServer,
    FakeMessageServer,
    GatewayConformance,
    MessageConformance,
)
from recobro_sdk.testing.charges import ChargeConformance
from recobro_sdk.testing.seal import checks_of


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


def test_every_offer_is_in_the_catalogue() -> None:
    assert {offer.code for offer in outgoing.recobro_message_channels()} == set(CHANNELS)
    assert {offer.code for offer in outgoing.recobro_payment_gateways()} == {*GATEWAYS, *CHARGERS}


@pytest.mark.parametrize("code", CHANNELS)
def test_kit_finds_the_defect_of_a_channel_and_nothing_else(code: str) -> None:
    assert failing(Channels, code, honest=not CHANNELS[code]) == CHANNELS[code]


@pytest.mark.parametrize("code", GATEWAYS)
def test_kit_finds_the_defect_of_a_gateway_and_nothing_else(code: str) -> None:
    assert failing(Gateways, code, honest=not GATEWAYS[code]) == GATEWAYS[code]


@pytest.mark.parametrize("code", CHARGERS)
def test_kit_finds_the_defect_of_a_gateway_that_charges_and_nothing_else(code: str) -> None:
    assert failing(Gateways, code, honest=not CHARGERS[code]) == CHARGERS[code]


def test_every_check_of_charges_finds_something() -> None:
    found = {name for names in CHARGERS.values() for name in names}
    assert set(checks_of(ChargeConformance)) - set(checks_of(CallbackConformance)) - found == set()
