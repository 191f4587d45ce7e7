"""Files over HTTP: a gateway that takes each file once and lists what the firm has left, whole."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from recobro_sdk import (
    JsonObject,
    PluginContext,
    PluginError,
    ProviderUnavailable,
    RejectedByProvider,
    SubjectNotFound,
    ask_json,
)
from recobro_ygc.exchange import LARGEST_FILE, MOST_FILES, Listed, Session
from recobro_ygc.settings import YgcHttpSettings

ModelT = TypeVar("ModelT", bound=BaseModel)

_REFUSALS: Final[dict[str, type[PluginError]]] = {"not_received": SubjectNotFound}
_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$"
_SHA256: Final = r"^[0-9a-f]{64}$"


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class _File(_Strict):
    name: str = Field(pattern=_NAME)
    sha256: str = Field(pattern=_SHA256)


class _Left(_File):
    left_at: int = Field(ge=0, description="seconds since 1970")


class _Inbox(_Strict):
    files: list[_Left] = Field(max_length=MOST_FILES)


class _Content(_File):
    content: str = Field(max_length=LARGEST_FILE * 4 // 3 + 4)


class _Account(_Strict):
    name: str


class HttpExchange:
    """An `Exchange` and its `Session` at once: nothing is kept open between two requests."""

    def __init__(self, settings: YgcHttpSettings, context: PluginContext) -> None:
        self._settings = settings
        self._context = context

    @asynccontextmanager
    async def visit(self) -> AsyncGenerator[Session]:
        """Nothing to open."""
        yield self

    async def check(self) -> None:
        """Try address and key."""
        await self._ask("GET", "/v1/account", _Account)

    async def send(self, name: str, content: bytes) -> None:
        """See `Session.send`; the gateway refuses another content under a name with `name_taken`."""
        body: JsonObject = {"content": base64.b64encode(content).decode(), "sha256": _hash(content)}
        try:
            taken = await self._ask("PUT", f"/v1/files/{name}", _File, json=body, key=name)
        except RejectedByProvider as error:
            if error.code in ("name_taken", "idempotency_key_reused"):
                raise RejectedByProvider("the key was used for another file", code="idempotency_key_reused") from None
            raise
        if (taken.name, taken.sha256) != (name, body["sha256"]):
            raise ProviderUnavailable("the gateway acknowledges another file", code="malformed_answer")

    async def arrived(self, name: str) -> bool:
        """See `Session.arrived`; the gateway remembers what it took."""
        try:
            await self._ask("GET", f"/v1/files/{name}", _File)
        except SubjectNotFound:
            return False
        return True

    async def listed(self) -> Sequence[Listed]:
        """See `Session.listed`."""
        inbox = await self._ask("GET", "/v1/inbox", _Inbox)
        return [Listed(file.left_at, file.name, file.sha256) for file in inbox.files]

    async def fetched(self, file: Listed) -> bytes:
        """See `Session.fetched`; a content that is not the one that was listed is not believed."""
        found = await self._ask("GET", f"/v1/inbox/{file.name}", _Content)
        try:
            content = base64.b64decode(found.content, validate=True)
        except (binascii.Error, ValueError):
            content = b""
        if _hash(content) != file.version:
            raise ProviderUnavailable("the gateway gives another file than it lists", code="malformed_answer")
        return content

    async def _ask(
        self, method: str, path: str, answer: type[ModelT], *, json: JsonObject | None = None, key: str | None = None
    ) -> ModelT:
        headers = {"Authorization": f"Bearer {self._settings.api_key.get_secret_value()}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        url = self._settings.base_url.rstrip("/") + path
        return await ask_json(
            self._context, method, url, answer=answer, json=json, headers=headers,
            timeout_s=self._settings.timeout_s, refusals=_REFUSALS,
        )  # fmt: skip


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
