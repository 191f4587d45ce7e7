"""The kit finds what it says it finds: each check is shown a plugin that does it wrong."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from types import ModuleType
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, Field

from recobro_sdk import (
    BureauObligation,
    BureauProvider,
    BureauReport,
    Capability,
    Money,
    ObligationStatus,
    Offer,
    PluginContext,
    PluginManifest,
    Subject,
    SubjectKind,
    SubjectNotFound,
    hookimpl,
)
from recobro_sdk.testing import (
    BureauConformance,
)

NOBODY = Subject(document_type="CC", document_number="1000000000", country="CO", name="Nadie", kind=SubjectKind.NATURAL)


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    api_key: str = Field(default="factory-default", description="A secret that is not kept as one")
    colour: str = ""


class Hostile:
    """Does everything wrong that a bureau can do wrong."""

    def __init__(self, settings: Settings, context: PluginContext) -> None:
        self.settings = settings
        self.context = context
        self.calls = 0

    async def fetch_report(self, subject: Subject, **options: Any) -> BureauReport:
        self.calls += 1
        time.sleep(0.08)  # noqa: ASYNC251 (blocking is what the kit has to find)
        logging.getLogger("hostile").info("asking for %s", subject.document_number)
        try:
            await asyncio.sleep(0.001)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
        if subject.document_number == NOBODY.document_number:
            raise KeyError(subject.document_number)
        return BureauReport(
            provider="somebody else",
            reference=str(self.calls),
            fetched_at=self.context.clock.now(),
            score=None,
            raw={"document": subject.document_number, "balance": 0.1},
        )


def plugin_of(service: type[Any], code: str) -> ModuleType:
    module = ModuleType(f"plugin_{code}")
    module.__file__ = __file__

    def recobro_manifest() -> PluginManifest:
        return PluginManifest(
            name=code,
            version="1",
            summary="x",
            maintainer="x",
            homepage="x",
            capabilities=frozenset({Capability.BUREAU}),
        )

    def recobro_bureaus() -> list[Offer[BureauProvider]]:
        return [Offer(code=code, summary="x", build=service, settings=Settings)]

    vars(module)["recobro_manifest"] = hookimpl(recobro_manifest)
    vars(module)["recobro_bureaus"] = hookimpl(recobro_bureaus)
    return module


class HostileKit(BureauConformance):
    plugin = plugin_of(Hostile, "hostile")
    settings: ClassVar[Mapping[str, object]] = {}
    unknown = NOBODY


@pytest.mark.parametrize(
    "check",
    [
        "test_satisfies_the_protocol",
        "test_settings_are_described",
        "test_secrets_are_secret",
        "test_known_subject",
        "test_unknown_subject",
        "test_money_is_exact",
        "test_same_key_is_one_inquiry",
        "test_no_network_is_retryable",
        "test_logs_and_messages_keep_secrets",
        "test_raw_keeps_the_number_out",
        "test_cancellation_is_not_swallowed",
        "test_loop_is_not_blocked",
        "test_purpose_and_consent_are_required",
    ],
)
def test_hostile_plugin_fails(check: str) -> None:
    with pytest.raises((AssertionError, KeyError)):
        getattr(HostileKit(), check)()


def test_messages_of_the_kit_do_not_repeat_what_must_not_be_told() -> None:
    with pytest.raises(AssertionError) as caught:
        HostileKit().test_raw_keeps_the_number_out()
    assert HostileKit.known.document_number not in str(caught.value)


def test_checks_cannot_be_replaced() -> None:
    with pytest.raises(TypeError, match="test_known_subject"):
        type("Lenient", (BureauConformance,), {"test_known_subject": None})


def test_unknown_hook_is_refused() -> None:
    module = plugin_of(Hostile, "typo")

    def recobro_bureau() -> list[object]:
        return []

    vars(module)["recobro_bureau"] = hookimpl(recobro_bureau)
    kit = type("Typo", (BureauConformance,), {"plugin": module})
    with pytest.raises(Exception, match="unknown hook"):
        kit().test_manifest_fits_this_sdk()


class Honest:
    """As small as a bureau can be and pass."""

    def __init__(self, settings: Settings, context: PluginContext) -> None:
        self.context = context

    async def fetch_report(self, subject: Subject, *, purpose: Any, consent: Any, idempotency_key: str) -> BureauReport:
        await asyncio.sleep(0)
        if subject.document_number == NOBODY.document_number:
            raise SubjectNotFound("nobody")
        balance = BureauObligation(
            creditor_name="B", balance=Money(1, "COP"), days_past_due=0, status=ObligationStatus.CURRENT
        )
        return BureauReport(
            provider="honest",
            reference=idempotency_key,
            fetched_at=self.context.clock.now(),
            score=1,
            obligations=(balance,),
        )


class HonestKit(BureauConformance):
    plugin = plugin_of(Honest, "honest")
    unknown = NOBODY


@pytest.mark.parametrize(
    "check",
    [
        "test_manifest_fits_this_sdk",
        "test_satisfies_the_protocol",
        "test_known_subject",
        "test_unknown_subject",
        "test_money_is_exact",
        "test_same_key_is_one_inquiry",
        "test_another_key_is_another_inquiry",
        "test_logs_and_messages_keep_secrets",
        "test_cancellation_is_not_swallowed",
        "test_loop_is_not_blocked",
        "test_purpose_and_consent_are_required",
        "test_close_can_be_repeated",
    ],
)
def test_honest_plugin_passes(check: str) -> None:
    getattr(HonestKit(), check)()
