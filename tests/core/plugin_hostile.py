"""A plugin for tests that does harm in its own process: what, the document number of the subject says."""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from recobro_sdk import (
    BureauProvider,
    BureauReport,
    Capability,
    Consent,
    InvalidConfiguration,
    Offer,
    PluginContext,
    PluginManifest,
    PluginScope,
    ProviderUnavailable,
    Purpose,
    Subject,
    hookimpl,
)


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    api_key: SecretStr = Field(default=SecretStr("none"), description="A key; 'refused' is refused")
    base_url: str = Field(default="", description="An address")


class HarmfulBureau:
    def __init__(self, settings: Settings, context: PluginContext) -> None:
        self._settings, self._context = settings, context

    async def check(self) -> None:
        if self._settings.api_key.get_secret_value() == "refused":
            raise InvalidConfiguration("the key is refused")

    async def fetch_report(
        self, subject: Subject, *, purpose: Purpose, consent: Consent, idempotency_key: str
    ) -> BureauReport:
        what, _, argument = subject.document_number.partition(":")
        await getattr(self, f"_{what}")(argument)
        raw: dict[str, Any] = {
            "pid": os.getpid(),
            "environment": sorted(os.environ),
            "argv": sys.argv,
            "database": "core.kit.db" in sys.modules,
            "key": self._settings.api_key.get_secret_value(),
        }
        return BureauReport(
            provider="hostile", reference=idempotency_key, fetched_at=datetime.now(UTC), score=1, raw=raw
        )

    async def _answer(self, _: str) -> None:
        return None

    async def _wait(self, seconds: str) -> None:
        await asyncio.sleep(float(seconds))

    async def _block(self, seconds: str) -> None:
        time.sleep(float(seconds))  # noqa: ASYNC251 this is the harm

    async def _block_after_sending(self, seconds: str) -> None:
        try:
            await self._context.http.get(f"{self._settings.base_url}/", timeout=5)
        finally:
            time.sleep(float(seconds))  # noqa: ASYNC251 this is the harm

    async def _keep(self, key: str) -> None:
        await self._context.store.put(key, {"kept": 1})
        os._exit(9)

    async def _exit(self, _: str) -> None:
        os._exit(9)

    async def _grow(self, _: str) -> None:
        kept = [bytearray(64 << 20) for _ in range(1000)]
        raise AssertionError(len(kept))

    async def _write(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")

    async def _flood(self, lines: str) -> None:
        for _ in range(int(lines)):
            self._context.log.info("flood")

    async def _swallow(self, _: str) -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                continue

    async def _unavailable(self, _: str) -> None:
        raise ProviderUnavailable("down")


@hookimpl
def recobro_manifest() -> PluginManifest:
    return PluginManifest(
        name="hostile",
        version="1.0",
        summary="of a test",
        maintainer="tests",
        homepage="https://example.test",
        capabilities=frozenset({Capability.BUREAU}),
        scopes=(
            PluginScope("debtor:document:read", "of a test"),
            PluginScope("http:127.0.0.1", "of a test"),
        ),
    )


@hookimpl
def recobro_bureaus() -> list[Offer[BureauProvider]]:
    return [Offer(code="hostile", summary="of a test", build=HarmfulBureau, settings=Settings)]
