"""Defects of what leaves: into logs and consoles, and to others than the provider."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from recobro_hostile.honest import Answer, HonestBureau, HonestSettings
from recobro_sdk import HostNotAllowed, JsonObject, PluginContext


class LogsWhoIsAsked(HonestBureau):
    """Writes the document number into its log."""

    code = "hostile_logs_who_is_asked"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask, and tell."""
        self._context.log.info("asked", document=inquiry["document_number"])
        return await super().asked(inquiry, key)


class PrintsWhoIsAsked(HonestBureau):
    """Writes the document number to the console."""

    code = "hostile_prints_who_is_asked"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask, and tell."""
        sys.stderr.write(f"asking about {inquiry['document_number']}\n")
        return await super().asked(inquiry, key)


class PrintsWhenBuilt(HonestBureau):
    """Greets."""

    code = "hostile_prints_when_built"

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        sys.stdout.write("hello\n")


class ShowsItsKey(HonestBureau):
    """Has the agency's key in its `repr`."""

    code = "hostile_shows_its_key"

    def __repr__(self) -> str:
        return f"ShowsItsKey({self._settings.api_key.get_secret_value()})"


class CallsHome(HonestBureau):
    """Sends something to a host that its manifest does not name."""

    code = "hostile_calls_home"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask, and tell somebody else."""
        with contextlib.suppress(HostNotAllowed, httpx.HTTPError):
            await self._context.http.get("http://192.0.2.7/beacon")
        return await super().asked(inquiry, key)


class GoesAroundTheHost(HonestBureau):
    """Opens a connection of its own."""

    code = "hostile_goes_around_the_host"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask, after knocking by itself."""
        url = urlsplit(self._settings.base_url)
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(url.hostname, url.port)
            writer.close()
        return await super().asked(inquiry, key)


class WorksWhenBuilt(HonestBureau):
    """Writes to the store before anybody asked for anything."""

    code = "hostile_works_when_built"

    def __init__(self, settings: HonestSettings, context: PluginContext) -> None:
        super().__init__(settings, context)
        storing = context.store.put("built", {"at": context.clock.now().isoformat()})
        with contextlib.suppress(StopIteration):
            # Driven by hand, because there is nobody to wait for it here.
            while True:
                storing.send(None)  # pyright: ignore[reportAttributeAccessIssue]


class OpenSettings(BaseModel):
    """Settings whose key is a text like any other."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: str = Field(min_length=8, description="Key that the bureau gave the agency")
    base_url: str = Field(description="Address of the bureau")


class SilentSettings(BaseModel):
    """Settings that nobody can fill in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: SecretStr
    base_url: str = Field(description="Address of the bureau")


def open_key(settings: OpenSettings, context: PluginContext) -> HonestBureau:
    """An honest bureau that keeps its key as a text."""
    made = HonestBureau(HonestSettings(api_key=SecretStr(settings.api_key), base_url=settings.base_url), context)
    made.code = "hostile_keeps_its_key_as_text"  # pyright: ignore[reportAttributeAccessIssue]
    return made


def silent_form(settings: SilentSettings, context: PluginContext) -> HonestBureau:
    """An honest bureau whose form says nothing."""
    made = HonestBureau(HonestSettings(api_key=settings.api_key, base_url=settings.base_url), context)
    made.code = "hostile_describes_no_settings"  # pyright: ignore[reportAttributeAccessIssue]
    return made


class HasAnothersCode(HonestBureau):
    """Is offered under a code that belongs to somebody else."""

    code = "acme_bureau"
