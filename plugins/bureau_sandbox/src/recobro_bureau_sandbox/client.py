"""How both offers of the sandbox ask it: over HTTP, with every failure turned into an error of the SDK."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from recobro_bureau_sandbox.demo import SHARED
from recobro_bureau_sandbox.settings import SandboxBureauSettings
from recobro_sdk import (
    AuthenticationFailed,
    JsonObject,
    PluginContext,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    RejectedByProvider,
    SubjectNotFound,
)


class SandboxClient:
    """The bureau at the address in the settings, or the demonstration in this process."""

    def __init__(self, settings: SandboxBureauSettings, context: PluginContext) -> None:
        self._settings = settings
        self._context = context
        self._joining: asyncio.Task[str] | None = None

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: JsonObject | None = None
    ) -> bytes:
        """What the bureau answers. Raises: the SDK's error for every other status than 200, and where it is silent."""
        response = await self._send(method, path, dict(headers or {}), body)
        if response.status_code != HTTPStatus.OK:
            raise _refusal(response, self._context.clock.now())
        return response.content

    async def close(self) -> None:
        """Give the demonstration server back, if this client started or joined it."""
        joining, self._joining = self._joining, None
        if joining is not None:
            await asyncio.wait({joining})
            if joining.exception() is None:
                await asyncio.to_thread(SHARED.release)

    async def _send(self, method: str, path: str, headers: dict[str, str], body: JsonObject | None) -> httpx.Response:
        url = f"{(self._settings.base_url or await self._demo()).rstrip('/')}{path}"
        headers = {"Authorization": f"Bearer {self._settings.api_key.get_secret_value()}", **headers}
        timeout = self._settings.timeout_ms / 1000
        try:
            return await self._context.http.request(method, url, json=body, headers=headers, timeout=timeout)
        except httpx.TimeoutException as error:
            raise ProviderTimeout("the bureau did not answer in time") from error
        except httpx.RequestError as error:
            raise ProviderUnavailable("the bureau cannot be reached or broke off its answer") from error

    async def _demo(self) -> str:
        if self._joining is None:
            key = self._settings.api_key.get_secret_value()
            self._joining = asyncio.create_task(asyncio.to_thread(SHARED.acquire, key))
        try:
            # Shielded: a call that is cancelled meanwhile must not leave a user behind that close() does not know.
            return await asyncio.shield(self._joining)
        except OSError as error:
            self._joining = None
            raise ProviderUnavailable("the demonstration bureau could not be started") from error


def _refusal(response: httpx.Response, now: datetime) -> Exception:
    status = response.status_code
    if status in (401, 403):
        return AuthenticationFailed("the bureau does not accept the agency's key")
    if status == 404 and _code(response) == "subject_not_found":
        return SubjectNotFound("the bureau knows nobody by that document")
    if status == 429:
        return RateLimited("the bureau asks to slow down", after=_retry_after(response, now))
    if status >= 500:
        return ProviderUnavailable(f"the bureau failed with status {status}")
    return RejectedByProvider(f"the bureau refused the inquiry with status {status}", code=_code(response))


def _code(response: httpx.Response) -> str | None:
    # Only a short identifier is taken over: the rest of the answer may repeat what was sent.
    found = re.fullmatch(rb'\{"code": ?"([a-z_]{1,40})"\}', response.content)
    return found[1].decode() if found else None


def _retry_after(response: httpx.Response, now: datetime) -> timedelta | None:
    value = response.headers.get("Retry-After", "")
    if value.isdecimal():
        return timedelta(seconds=int(value))
    try:
        return max(parsedate_to_datetime(value) - now, timedelta())
    except (TypeError, ValueError):
        return None  # absent or unreadable: the host falls back to its own delay
