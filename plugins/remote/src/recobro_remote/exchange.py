"""One signed question and its signed answer, with every way it can go wrong turned into an error of the SDK."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import httpx

from recobro_remote.protocol import NotAnAnswer, Operation, as_object
from recobro_remote.refusals import signed_refusal, unsigned_refusal
from recobro_remote.settings import RemoteSettings
from recobro_sdk import (
    LARGEST_ANSWER,
    Capability,
    InboundCall,
    InvalidConfiguration,
    PluginContext,
    PluginError,
    ProviderTimeout,
    ProviderUnavailable,
    RejectedByProvider,
    SignatureInvalid,
    sign_callback,
    verify_callback,
)

ANSWER_PREFIX: Final = "answer-"
"""What the message id of an answer begins with, so that no question can be sent back as its own answer."""

_MESSAGE_ID: Final = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    content: bytes
    retry_after: str
    signed: bool


class Exchange:
    """Asks the server of one offer. `code` is the offer's."""

    def __init__(self, settings: RemoteSettings, context: PluginContext, code: str) -> None:
        self._settings = settings
        self._context = context
        self._code = code

    async def ask(self, operation: Operation, arguments: Mapping[str, object], *, key: str | None = None) -> Any:
        """What the operation returns, as `send` has it."""
        return await self.send(operation, operation.write(arguments), key=key)

    async def send(self, operation: Operation, question: bytes, *, key: str | None = None) -> Any:
        """What the operation returns to a question that is written already. `key` is the idempotency key of an effect;
        without, each question is a new one.

        Raises what the server's refusal says; `ProviderTimeout` when the answer is lost after the question left,
        because nobody knows whether the server acted; `ProviderUnavailable` when there was no connection, or what came
        is not signed by the server or not of the contract's shape.
        """
        message_id = key if key is not None else f"{operation.name}-{uuid.uuid4()}"
        answer = await self._post(operation.path, message_id, question)
        self._context.log.info("remote_answered", operation=operation.path, status=answer.status, signed=answer.signed)
        _raise_refusal(answer, question)
        try:
            return operation.read(answer.content, code=self._code, now=self._context.clock.now())
        except NotAnAnswer:
            raise ProviderUnavailable("the server's answer is not an answer", code="malformed_answer") from None

    async def check(self, contract: Capability, abilities: Collection[str] = ()) -> None:
        """Ask the server whether it serves the contract, with these optional parts, for this agency.

        Raises `InvalidConfiguration` when something answers there that does not sign with the secret, or the server
        does not name each of the `abilities`.
        """
        answer = await self._post(f"/v1/{contract.value}/check", f"check-{uuid.uuid4()}", b"{}")
        if not answer.signed and answer.status < 500 and answer.status not in (401, 403, 408, 429):
            raise InvalidConfiguration("what answers at base_url does not sign with the secret")
        _raise_refusal(answer, b"{}")
        try:
            told = as_object(answer.content).get("abilities")
        except NotAnAnswer:
            raise InvalidConfiguration("what answers at base_url does not speak this protocol") from None
        served = cast("list[object]", told) if isinstance(told, list) else []
        missing = [one for one in abilities if one not in served]
        if missing:
            raise InvalidConfiguration(f"the server's check does not name the abilities {', '.join(missing)}")

    async def _post(self, path: str, message_id: str, body: bytes) -> _Answer:
        if _MESSAGE_ID.fullmatch(message_id) is None:
            raise RejectedByProvider("the key cannot be sent: it is not plain text", code="malformed_request")
        settings, now = self._settings, self._context.clock.now()
        signature = sign_callback(settings.secret, message_id=message_id, sent_at=now, body=body)
        headers = {**dict(signature), "Content-Type": "application/json", "Accept": "application/json"}
        wait = httpx.Timeout(settings.timeout_ms / 1000, connect=settings.connect_timeout_ms / 1000)
        whole = (settings.timeout_ms + settings.connect_timeout_ms) / 1000
        url = f"{settings.base_url.rstrip('/')}{path}"
        try:
            async with (
                asyncio.timeout(whole),
                self._context.http.stream("POST", url, content=body, headers=headers, timeout=wait) as response,
            ):
                content = await _content(response)
        except (httpx.ConnectTimeout, httpx.ConnectError, httpx.PoolTimeout) as error:
            raise ProviderUnavailable("the server cannot be reached") from error
        except (httpx.TimeoutException, TimeoutError) as error:
            raise ProviderTimeout("the server did not answer in time") from error
        except httpx.RequestError as error:
            raise ProviderTimeout("the server broke off its answer: whether it acted is not known") from error
        signed = self._is_signed(response, content, path, message_id)
        return _Answer(response.status_code, content, response.headers.get("Retry-After", ""), signed)

    def _is_signed(self, response: httpx.Response, content: bytes, path: str, message_id: str) -> bool:
        now = self._context.clock.now()
        headers = tuple((name.lower(), value) for name, value in response.headers.items())
        answer = InboundCall(method="POST", path=path, headers=headers, body=content, received_at=now)
        try:
            return verify_callback(self._settings.secret, answer, now=now) == f"{ANSWER_PREFIX}{message_id}"
        except SignatureInvalid:
            return False


async def _content(response: httpx.Response) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > LARGEST_ANSWER:
            raise ProviderUnavailable("the server's answer is too large", code="malformed_answer")
    return bytes(content)


def _raise_refusal(answer: _Answer, question: bytes) -> None:
    if answer.signed and answer.status == 200:
        return
    refusal: PluginError
    if answer.signed:
        refusal = signed_refusal(answer.content, question)
    else:
        refusal = unsigned_refusal(answer.status, answer.retry_after)
    raise refusal
