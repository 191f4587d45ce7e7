"""Plugins are found, checked one by one, and one that does not fit never stops another."""

from importlib.metadata import EntryPoint

import pytest

from core.kit.errors import NotFound
from core.plugin_host import host
from core.plugin_host.host import PluginLoadError
from core.plugin_host.offers import BUREAU, CLIENT_REPORT, LEGAL_CHANNEL, PluginState, PluginStatus
from recobro_sdk import Capability
from tests.core.plugin_house import CREDITOR_REPORTS, offer, plugin

SANDBOX = EntryPoint("bureau_sandbox", "recobro_bureau_sandbox.plugin", "recobro")


@pytest.fixture(autouse=True)
def _clean() -> None:
    host.load(found=[])


def _status(name: str) -> PluginStatus:
    return next(status for status in host.plugins() if status.name == name)


def test_the_first_party_plugins_are_found_with_what_they_ask_for() -> None:
    host.load(strict=True)
    assert {status.name: status.state for status in host.plugins()}.items() >= {
        ("bureau_sandbox", PluginState.ACTIVE),
        ("creditor_reports", PluginState.ACTIVE),
        ("legal_handoff", PluginState.ACTIVE),
        ("recovery_report", PluginState.ACTIVE),
    }
    sandbox = _status("bureau_sandbox")
    assert "http:127.0.0.1" in [scope.code for scope in sandbox.scopes] and all(
        scope.reason for scope in sandbox.scopes
    )
    assert sandbox.offers[0].settings_schema["properties"]["api_key"]["writeOnly"] is True
    assert host.offer(BUREAU, "bureau_sandbox").plugin == "bureau_sandbox"
    assert host.health() == {"active": len(host.plugins()), "degraded": [], "blocked": []}


def test_an_offer_is_found_by_its_own_kind_only() -> None:
    host.load(strict=True)
    with pytest.raises(NotFound) as caught:
        host.offer(LEGAL_CHANNEL, "bureau_sandbox")
    assert caught.value.field == "channel"
    assert [loaded.code for loaded in host.offers(CLIENT_REPORT)] == [*CREDITOR_REPORTS, "recovery_report"]


def test_an_import_error_blocks_that_plugin_alone() -> None:
    host.load(found=[EntryPoint("broken", "recobro_no_such_module.plugin", "recobro"), SANDBOX])
    assert _status("broken").state is PluginState.BLOCKED
    assert "ModuleNotFoundError" in (_status("broken").reason or "")
    assert _status("bureau_sandbox").state is PluginState.ACTIVE
    assert host.health() == {"active": 1, "degraded": [], "blocked": ["broken"]}


def test_strict_raises_and_names_the_plugin() -> None:
    with pytest.raises(PluginLoadError, match="broken"):
        host.load(strict=True, found=[EntryPoint("broken", "recobro_no_such_module.plugin", "recobro")])
    with pytest.raises(PluginLoadError, match=r"'nobody'.*not installed"):
        host.load(strict=True, allowed=["nobody"])


def test_the_allow_list_leaves_the_others_alone() -> None:
    host.load(allowed=["bureau_sandbox", "nobody"])
    assert [(status.name, status.state) for status in host.plugins()] == [
        ("bureau_sandbox", PluginState.ACTIVE),
        ("nobody", PluginState.BLOCKED),
    ]


def _exits() -> object:
    raise SystemExit(3)


async def _offers_later() -> object:
    return []


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (plugin("bad", sdk=">=9.0,<10"), "needs an SDK >=9.0,<10"),
        (plugin("bad", manifest_name="other"), "its manifest 'other'"),
        (plugin("bad", recobro_bureau=lambda: []), "hooks that this version does not know"),
        (plugin("bad", recobro_bureaus=_exits), "SystemExit"),
        (plugin("bad", recobro_bureaus=lambda: 1 / 0), "ZeroDivisionError"),
        (plugin("bad", recobro_bureaus=_offers_later), "plain functions"),
        (plugin("bad", recobro_bureaus=lambda: 7), "no offers"),
        (plugin("bad", recobro_bureaus=lambda: ["offer"]), "no offer"),
        (plugin("bad", capabilities=[], recobro_bureaus=lambda: [offer("bad", dict)]), "capability 'bureau'"),
        (plugin("bad", recobro_bureaus=lambda: [offer("twice", dict), offer("twice", dict)]), "codes that are taken"),
        (plugin("bad", skip_scopes=5, recobro_bureaus=lambda: [offer("bad", dict)]), "scope debtor:document:read"),
        (plugin("bad", skip_scopes=2, recobro_legal_channels=lambda: [offer("bad", dict)]), "debtor:identity:read"),
        (object(), "no manifest"),
    ],
)
def test_a_plugin_that_does_not_fit_is_blocked_with_the_reason(made: object, why: str) -> None:
    host.register("good", plugin("good", recobro_bureaus=lambda: [offer("good", dict)]), strict=True)
    status = host.register("bad", made)
    assert status.state is PluginState.BLOCKED and why in (status.reason or "")
    assert status.offers == ()
    assert _status("good").state is PluginState.ACTIVE


def test_a_taken_code_blocks_the_later_plugin() -> None:
    host.register("first", plugin("first", recobro_bureaus=lambda: [offer("shared", dict)]))
    later = host.register("later", plugin("later", recobro_legal_channels=lambda: [offer("shared", dict)]))
    assert later.state is PluginState.BLOCKED and "shared" in (later.reason or "")
    assert host.offer(None, "shared").plugin == "first"
    assert host.offer(None, "shared").kind.capability is Capability.BUREAU


def test_a_second_plugin_of_a_name_cannot_take_the_place_of_the_first() -> None:
    host.register("acme", plugin("acme", recobro_bureaus=lambda: [offer("acme", dict)]))
    host.register("acme", plugin("acme", recobro_bureaus=lambda: [offer("acme_two", dict)]))
    assert _status("acme").state is PluginState.ACTIVE
    assert _status("acme (another)").state is PluginState.BLOCKED
    with pytest.raises(NotFound):
        host.offer(None, "acme_two")
