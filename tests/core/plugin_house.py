"""Plugins of the tests: the first-party ones, and small hostile ones registered directly."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from core.kit import db
from core.kit.scope import Scope
from core.plugin_host import host
from core.plugin_host.enable_offer import enable_offer
from recobro_bureau_sandbox import FakeBureauServer
from recobro_sdk import (
    BureauReport,
    Capability,
    Consent,
    Offer,
    PluginContext,
    PluginManifest,
    PluginScope,
    Subject,
    SubjectKind,
    hookimpl,
)

SCOPES = ("debtor:document:read", "debtor:identity:read", "debt:balance:read", "debt:list:read", "payment:list:read")
CREDITOR_REPORTS = tuple(f"creditor_reports_{name}" for name in ("batch_track", "inventory", "recovery", "remittance"))
BUREAU_KEY = "sandbox-key-1"
A_SUBJECT = Subject(
    document_type="CC", document_number="1000000123", country="CO", name="Ana Peña", kind=SubjectKind.NATURAL
)
A_CONSENT = Consent(
    reference="consent-1", granted_at=datetime(2026, 1, 5, tzinfo=UTC), medium="web", text_version="2026-01"
)


class HostileSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    api_key: SecretStr = Field(default=SecretStr("none"), description="A key")
    base_url: str = Field(default="", description="An address")


@asynccontextmanager
async def first_party() -> AsyncIterator[None]:
    """The plugins that are installed; closed and forgotten at the end."""
    host.load(strict=True)
    try:
        yield
    finally:
        await host.close(end=False)
        host.load(found=[])


@asynccontextmanager
async def no_plugins() -> AsyncIterator[None]:
    host.load(found=[])
    try:
        yield
    finally:
        await host.close(end=False)
        host.load(found=[])


def plugin(
    name: str,
    *,
    sdk: str = ">=0.1,<0.2",
    scopes: Iterable[str] = (),
    capabilities: Iterable[Capability] = tuple(Capability),
    manifest_name: str | None = None,
    skip_scopes: int = 0,
    **hooks: Callable[[], object],
) -> object:
    """A plugin object; `hooks` are its implementations by name (`recobro_bureaus=lambda: […]`)."""

    def recobro_manifest() -> PluginManifest:
        return PluginManifest(
            name=manifest_name or name,
            version="1.0",
            summary="of a test",
            maintainer="tests",
            homepage="https://example.test",
            capabilities=frozenset(capabilities),
            scopes=tuple(PluginScope(code, "of a test") for code in (*SCOPES, *scopes)[skip_scopes:]),
            sdk=sdk,
        )

    made = SimpleNamespace(recobro_manifest=hookimpl(recobro_manifest))
    for hook, function in hooks.items():
        setattr(made, hook, hookimpl(function))
    return made


def offer(code: str, provider: Callable[[Any, PluginContext], Any], *, abilities: Iterable[str] = ()) -> Offer[Any]:
    return Offer(code=code, summary="of a test", build=provider, settings=HostileSettings, abilities=abilities)


class Bureau:
    """A bureau that does what the test says; counts what it was asked."""

    def __init__(self, code: str, act: Callable[["Bureau", Any], Awaitable[Any]], context: PluginContext) -> None:
        self.code, self.act, self.context = code, act, context
        self.asked: list[str] = []

    async def fetch_report(self, subject: Any, *, purpose: Any, consent: Any, idempotency_key: str) -> Any:
        self.asked.append(idempotency_key)
        return await self.act(self, subject)

    def report(self, **changes: Any) -> BureauReport:
        values: dict[str, Any] = {
            "provider": self.code,
            "reference": "R-1",
            "fetched_at": datetime(2026, 1, 1, tzinfo=UTC),
            "score": 700,
        }
        return BureauReport(**{**values, **changes})


def bureau_plugin(
    name: str, act: Callable[[Bureau, Any], Awaitable[Any]], *, scopes: Iterable[str] = ()
) -> tuple[object, list[Bureau]]:
    """A plugin of one bureau that does what `act` does; the list fills with the bureaus that the host builds."""
    built: list[Bureau] = []

    def build(_: Any, context: PluginContext) -> Bureau:
        built.append(Bureau(name, act, context))
        return built[-1]

    return plugin(name, scopes=scopes, recobro_bureaus=lambda: [offer(name, build)]), built


async def with_bureau(
    scope: Scope, name: str, act: Callable[[Bureau, Any], Awaitable[Any]], *, scopes: Iterable[str] = ()
) -> list[Bureau]:
    """Register and enable such a bureau for an agency; the list's last is the one in use."""
    made, built = bureau_plugin(name, act, scopes=scopes)
    status = host.register(name, made, strict=True)
    assert status.reason is None
    await enable_offer(scope, name, {})
    built.clear()
    return built


async def with_sandbox(scope: Scope, server: FakeBureauServer, **settings: object) -> None:
    """Enable the sandbox bureau of this server for an agency."""
    server.accept_key(BUREAU_KEY)
    values: Mapping[str, object] = {"api_key": BUREAU_KEY, "base_url": server.base_url, **settings}
    await enable_offer(scope, "bureau_sandbox", dict(values))


async def calls(scope: Scope) -> list[dict[str, Any]]:
    async with db.transaction(scope) as tx:
        return [dict(row) for row in await tx.fetch("SELECT * FROM plugin_call ORDER BY called_at, id")]
