"""Asking a provider that speaks JSON over HTTP, with every way it can go wrong turned into an error of the SDK."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from recobro_sdk.context import JsonObject, PluginContext
from recobro_sdk.errors import (
    AuthenticationFailed,
    PluginError,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    RejectedByProvider,
)

ModelT = TypeVar("ModelT", bound=BaseModel)

LARGEST_ANSWER: Final = 8 * 1024 * 1024
"""Bytes of an answer above which it is not read on."""

_CODE: Final = re.compile(rb'"code"\s*:\s*"([a-z][a-z0-9_]{0,39})"')


async def ask_json(
    context: PluginContext,
    method: str,
    url: str,
    *,
    answer: type[ModelT],
    json: JsonObject | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: int = 10,
    refusals: Mapping[str, type[PluginError]] | None = None,
) -> ModelT:
    """Send one request and read the answer as `answer`, a pydantic model (`ConfigDict(strict=True)` is advised).

    Personal data belong into `json`, never into `url`: addresses are written to logs on the way. `timeout_s` bounds the
    connection and each wait for bytes. `refusals` says which error a code of the provider is, taken from a JSON field
    `code` of a 4xx answer: `{"subject_not_found": SubjectNotFound}`; other codes become `RejectedByProvider` with that
    code. Raises `ProviderTimeout`, `ProviderUnavailable` (no connection, 5xx, or an answer that is none),
    `RateLimited` (429), `AuthenticationFailed` (401, 403) and what `refusals` names. No error carries an answer.
    """
    try:
        async with context.http.stream(method, url, json=json, headers=headers, timeout=timeout_s) as response:
            content = await _content(response)
    except httpx.TimeoutException as error:
        raise ProviderTimeout("the provider did not answer in time") from error
    except httpx.RequestError as error:
        raise ProviderUnavailable("the provider cannot be reached or broke off its answer") from error
    if not response.is_success:
        raise _refusal(response, content, context.clock.now(), refusals or {})
    try:
        return answer.model_validate_json(content)
    except ValidationError:
        # `from None`: the error would carry the answer, which is personal data.
        raise ProviderUnavailable("the provider's answer is not an answer", code="malformed_answer") from None


async def _content(response: httpx.Response) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > LARGEST_ANSWER:
            raise ProviderUnavailable("the provider's answer is too large", code="malformed_answer")
    return bytes(content)


def _refusal(
    response: httpx.Response, content: bytes, now: datetime, refusals: Mapping[str, type[PluginError]]
) -> PluginError:
    status = response.status_code
    # Only a short identifier is taken over: the rest of the answer may repeat what was sent.
    found = _CODE.search(content[:2000])
    code = found[1].decode() if found else None
    if status in (401, 403):
        return AuthenticationFailed("the provider does not accept the agency's credentials")
    if status == 429:
        return RateLimited("the provider asks to slow down", after=_retry_after(response, now))
    if status in (408, 504):
        return ProviderTimeout("the provider did not get an answer in time")
    if status >= 500 or status < 400:
        return ProviderUnavailable(f"the provider failed with status {status}")
    kind = refusals.get(code or "", RejectedByProvider)
    return kind(f"the provider refused with status {status}", code=code)


def _retry_after(response: httpx.Response, now: datetime) -> timedelta | None:
    value = response.headers.get("Retry-After", "")
    if value.isdecimal() and len(value) < 9:
        return timedelta(seconds=int(value))
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None  # absent or unreadable: the host falls back to its own delay
    return max((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now, timedelta())
