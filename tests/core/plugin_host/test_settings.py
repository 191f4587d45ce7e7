"""Settings of offers: checked, sealed, masked, versioned, and nobody else's business."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from core.kit import crypto, db
from core.kit.db import Database
from core.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.disable_offer import disable_offer
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.reads import all_offer_settings, offer_settings
from core.plugin_host.settings import require_enabled
from core.plugin_host.withdraw_offers import withdraw_offers
from recobro_sdk import BureauReport, Consent, InvalidConfiguration, PluginContext, Purpose, Subject
from tests.core.house import events, make_agency
from tests.core.plugin_house import CREDITOR_REPORTS, SCOPES, first_party, offer, plugin

SECRET = "a-very-secret-key"


@pytest.fixture(autouse=True)
async def plugins() -> AsyncIterator[None]:
    async with first_party():
        yield


@pytest.fixture
async def north(database: Database) -> Scope:
    return await make_agency("north")


async def _refused(scope: Scope, settings: dict[str, Any], code: str = "bureau_sandbox") -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        await enable_offer(scope, code, settings)
    assert SECRET not in str(vars(caught.value)) and SECRET not in repr(caught.value.__cause__)
    return caught.value


async def test_enabling_seals_the_settings_and_shows_them_without_secrets(north: Scope) -> None:
    done = await enable_offer(north, "bureau_sandbox", {"api_key": SECRET, "timeout_ms": 900})
    assert done.version == 1
    shown = await offer_settings(north, "bureau_sandbox")
    assert shown.enabled and shown.version == 1 and shown.settings is not None
    assert shown.settings["timeout_ms"] == 900 and shown.settings["api_key"] == "**********"
    async with db.transaction(north) as tx:
        sealed = await tx.fetchval("SELECT sealed FROM plugin_setting")
    assert SECRET.encode() not in sealed and SECRET.encode() in crypto.decrypt(sealed)
    (event,) = await events(north, "plugin.enabled")
    assert event["data"] == {
        "plugin": "bureau_sandbox", "offer": "bureau_sandbox", "version": 1,
        "scopes": [
            "debt:balance:read", "debt:status:furnish", "debtor:document:read", "debtor:identity:read",
            "http:127.0.0.1", "http:{base_url}", "store:dossier:write",
        ],
    }  # fmt: skip


async def test_a_secret_that_is_left_out_or_given_back_masked_stays(north: Scope) -> None:
    await enable_offer(north, "bureau_sandbox", {"api_key": SECRET})
    assert (await enable_offer(north, "bureau_sandbox", {"timeout_ms": 800})).version == 2
    assert (await enable_offer(north, "bureau_sandbox", {"api_key": "**********"})).version == 3
    async with db.transaction(north) as tx:
        sealed = await tx.fetchval("SELECT sealed FROM plugin_setting")
    assert SECRET.encode() in crypto.decrypt(sealed)
    assert (await offer_settings(north, "bureau_sandbox")).settings == {
        "api_key": "**********", "base_url": "", "timeout_ms": 5000,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({}, "settings.api_key"),
        ({"api_key": "short"}, "settings.api_key"),
        ({"api_key": SECRET, "timeout_ms": 1}, "settings.timeout_ms"),
        ({"api_key": SECRET, "unknown": 1}, "settings.unknown"),
        ({"api_key": SECRET, "base_url": "ftp://x"}, "settings"),
        ({"api_key": SECRET, "base_url": object()}, "settings"),
        ({"api_key": SECRET, "base_url": "https://x/" + "x" * 70_000}, "settings"),
        ({"api_key": SECRET, "base_url": "http://10.0.0.8/"}, "settings"),
        ({"api_key": SECRET, "base_url": "http://[::1]:8000/"}, "settings"),
        ({"api_key": SECRET, "base_url": "http://169.254.169.254/latest"}, "settings"),
        ({"api_key": SECRET, "base_url": "http://localhost:5432"}, "settings"),
    ],
)
async def test_wrong_settings_name_the_field_and_never_what_is_in_it(
    north: Scope, settings: dict[str, Any], field: str
) -> None:
    problem = await _refused(north, settings)
    assert (problem.code, problem.field) == ("SETTINGS_INVALID", field)
    assert not (await offer_settings(north, "bureau_sandbox")).enabled


async def test_a_plugin_that_cannot_be_built_is_not_enabled(north: Scope) -> None:
    def explains(_: Any, __: PluginContext) -> Any:
        raise InvalidConfiguration("the region is not served")

    def breaks(_: Any, __: PluginContext) -> Any:
        raise RuntimeError(SECRET)

    for name, build in (("explains", explains), ("breaks", breaks), ("no_bureau", lambda *_: object())):
        host.register(name, plugin(name, recobro_bureaus=lambda name=name, build=build: [offer(name, build)]))
        problem = await _refused(north, {}, name)
        assert problem.code == "SETTINGS_INVALID"
        assert ("the region is not served" in problem.message) is (name == "explains")


async def test_permissions_and_other_agencies(north: Scope) -> None:
    weak = replace(north, permissions=frozenset(Permission) - {Permission.PLUGIN_MANAGE, Permission.PLUGIN_READ})
    for attempt in (
        enable_offer(weak, "bureau_sandbox", {"api_key": SECRET}),
        disable_offer(weak, "bureau_sandbox"),
        offer_settings(weak, "bureau_sandbox"),
        all_offer_settings(weak),
    ):
        with pytest.raises(Forbidden):
            await attempt
    await enable_offer(north, "bureau_sandbox", {"api_key": SECRET})
    south = await make_agency("south")
    theirs = await offer_settings(south, "bureau_sandbox")
    assert (theirs.enabled, theirs.settings, theirs.version) == (False, None, None)
    with pytest.raises(NotFound):
        await disable_offer(south, "bureau_sandbox")
    assert (await offer_settings(north, "bureau_sandbox")).enabled
    with pytest.raises(NotFound):
        await enable_offer(north, "nobody", {})


async def test_disabled_it_keeps_its_settings_and_a_plugin_that_is_gone_can_be_disabled(north: Scope) -> None:
    await enable_offer(north, "bureau_sandbox", {"api_key": SECRET})
    await disable_offer(north, "bureau_sandbox")
    shown = await offer_settings(north, "bureau_sandbox")
    assert (shown.enabled, shown.version) == (False, 1) and shown.settings is not None
    assert len(await events(north, "plugin.disabled")) == 1
    await disable_offer(north, "bureau_sandbox")
    assert len(await events(north, "plugin.disabled")) == 1
    await enable_offer(north, "bureau_sandbox", {})
    host.load(found=[])
    await disable_offer(north, "bureau_sandbox")
    assert len(await events(north, "plugin.disabled")) == 2


async def test_another_plugin_under_the_same_code_gets_neither_settings_nor_grant(north: Scope) -> None:
    await enable_offer(north, "bureau_sandbox", {"api_key": SECRET})
    host.load(found=[])
    seen: list[Any] = []

    def build(settings: Any, _: PluginContext) -> Any:
        seen.append(settings.api_key.get_secret_value())
        raise InvalidConfiguration("never mind")

    host.register("thief", plugin("thief", recobro_bureaus=lambda: [offer("bureau_sandbox", build)]), strict=True)
    shown = await offer_settings(north, "bureau_sandbox")
    assert (shown.plugin, shown.enabled, shown.settings) == ("thief", False, None)
    await _refused(north, {})
    assert seen == ["none"]


async def test_a_lost_key_is_told_and_new_settings_mend_it(north: Scope) -> None:
    await enable_offer(north, "bureau_sandbox", {"api_key": SECRET})
    crypto.use_keys(("another key of the installation, long enough",))
    shown = await offer_settings(north, "bureau_sandbox")
    assert shown.settings is None and "sealed" in (shown.problem or "")
    await enable_offer(north, "bureau_sandbox", {"api_key": SECRET})
    assert (await offer_settings(north, "bureau_sandbox")).problem is None


async def test_every_offer_is_listed_whether_enabled_or_not(north: Scope) -> None:
    await enable_offer(north, "recovery_report", {})
    listed = {item.code: item.enabled for item in await all_offer_settings(north)}
    remote = ("remote_bureau", "remote_cases", "remote_channel", "remote_furnisher", "remote_legal")
    ygc = ("ygc_http", "ygc_payments", "ygc_sftp")
    sandbox = ("bureau_sandbox", "bureau_sandbox_furnisher")
    others = dict.fromkeys((*sandbox, "co_bureau", "legal_handoff", "metro2", *CREDITOR_REPORTS, *remote, *ygc), False)
    assert listed == {**others, "recovery_report": True}


def _asking(*scopes: str) -> object:
    return plugin(
        "asks", scopes=scopes, skip_scopes=len(SCOPES), recobro_bureaus=lambda: [offer("asks", lambda *_: _Bureau())]
    )


class _Bureau:
    async def fetch_report(
        self, subject: Subject, *, purpose: Purpose, consent: Consent, idempotency_key: str
    ) -> BureauReport:
        raise AssertionError("nobody asks")


async def _restarted(scope: Scope, *scopes: str) -> list[str]:
    """What is withdrawn when the program starts again with a plugin that asks for these scopes."""
    host.load(found=[])
    host.register("asks", _asking(*scopes))
    return await withdraw_offers(scope)


async def test_an_upgraded_plugin_that_asks_for_more_waits_for_a_grant(north: Scope) -> None:
    asked = ("debtor:document:read", "http:bureau.example")
    host.register("asks", _asking(*asked))
    await enable_offer(north, "asks", {})
    south = await make_agency("south")
    (event,) = await events(north, "plugin.enabled")
    assert event["data"]["scopes"] == sorted(asked)

    assert await _restarted(north, *asked) == []
    assert await _restarted(north, asked[0]) == [], "less than was granted"
    assert await _restarted(south, *asked, "debt:list:read") == [], "never enabled there"
    assert (await _restarted(north, *asked, "debt:list:read", "payment:list:read")) == ["asks"]
    shown = await offer_settings(north, "asks")
    assert not shown.enabled and shown.settings is not None
    assert "debt:list:read, payment:list:read" in str(shown.problem)
    async with db.transaction(north) as tx:
        with pytest.raises(Conflict, match="not enabled"):
            await require_enabled(tx, host.offer(None, "asks"))
    (gone,) = await events(north, "plugin.disabled")
    assert gone["data"] == {
        "plugin": "asks", "offer": "asks", "reason": "ASKS_FOR_MORE", "scopes": ["debt:list:read", "payment:list:read"],
    }  # fmt: skip
    assert await withdraw_offers(north) == [], "done once"

    await enable_offer(north, "asks", {})
    shown = await offer_settings(north, "asks")
    assert shown.enabled and shown.problem is None
    assert await withdraw_offers(north) == []


async def test_what_was_enabled_before_grants_were_kept_keeps_what_it_asks_for_now(north: Scope) -> None:
    host.register("asks", _asking("debtor:document:read"))
    await enable_offer(north, "asks", {})
    async with db.transaction(north) as tx:
        await tx.execute("UPDATE plugin_setting SET granted = NULL WHERE agency_id = $1", north.agency)
    assert await withdraw_offers(north) == []
    assert (await offer_settings(north, "asks")).enabled
    assert await _restarted(north, "debtor:document:read", "debt:list:read") == ["asks"]
    with pytest.raises(Forbidden):
        await withdraw_offers(replace(north, permissions=frozenset()))


async def test_an_administrator_reads_the_words_of_the_host(north: Scope) -> None:
    host.register("asks", _asking("debtor:document:read", "sftp:files.example", "made:up:scope"))
    (status,) = [one for one in host.plugins() if one.name == "asks"]
    meanings = {one.code: one.meaning.en if one.meaning else None for one in status.scopes}
    assert meanings == {
        "debtor:document:read": "Sees the debtor's document type and number.",
        "sftp:files.example": "Connects over SFTP to files.example.", "made:up:scope": None,
    }  # fmt: skip
