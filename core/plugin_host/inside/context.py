"""What a plugin gets in its process: its own client of HTTP, and the host's store, clock and log over the wire."""

import socket
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import httpx
import orjson
from pydantic import BaseModel, JsonValue

from core.kit import clock
from core.plugin_host.egress import http_client, mark_acted
from core.plugin_host.inside.asking import Ask
from core.plugin_host.sockets import Sockets
from recobro_sdk import JsonObject, PluginClock, PluginLog, PluginManifest, PluginStore

MAX_DOCUMENT_BYTES = 4 << 20


class Line(Protocol):
    """Writes a line of a plugin's log."""

    def __call__(self, level: str, event: str, fields: Mapping[str, JsonValue]) -> None: ...


class InsideContext:
    """A `PluginContext` for one offer at one agency. Raises: InvalidConfiguration, HostNotAllowed."""

    def __init__(self, manifest: PluginManifest, agency: str, settings: BaseModel, ask: Ask, line: Line) -> None:
        self._agency = agency
        self._sockets = Sockets(manifest, settings)
        self._http = http_client(manifest, settings)
        self._store, self._log, self._clock = _Store(ask), _Log(line), _Clock()

    @property
    def agency(self) -> str:
        return self._agency

    @property
    def http(self) -> httpx.AsyncClient:
        return self._http

    async def connect(self, host: str, port: int) -> socket.socket:
        return await self._sockets.connect(host, port)

    @property
    def clock(self) -> PluginClock:
        return self._clock

    @property
    def log(self) -> PluginLog:
        return self._log

    @property
    def store(self) -> PluginStore:
        return self._store


class _Clock:
    """This machine's; a host whose clock is held tells each call at which moment."""

    def now(self) -> datetime:
        return clock.now()


class _Store:
    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def get(self, key: str) -> JsonObject | None:
        _, body = await self._ask("store.get", {"key": key})
        return orjson.loads(body)

    async def put(self, key: str, document: JsonObject) -> None:
        encoded = _encoded(document)
        mark_acted()
        await self._ask("store.put", {"key": key}, encoded)

    async def add(self, key: str, document: JsonObject) -> bool:
        encoded = _encoded(document)
        mark_acted()
        head, _ = await self._ask("store.add", {"key": key}, encoded)
        return bool(head["added"])

    async def delete(self, key: str) -> None:
        mark_acted()
        await self._ask("store.delete", {"key": key})


def _encoded(document: JsonObject) -> bytes:
    if not isinstance(document, dict):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError("a document is a JSON object")
    try:
        encoded = orjson.dumps(document)
    except TypeError as problem:
        raise ValueError("this is not JSON") from problem
    if len(encoded) > MAX_DOCUMENT_BYTES or b"\\u0000" in encoded:
        raise ValueError("a document has at most 4 MiB, and no character 0")
    return encoded


class _Log:
    def __init__(self, line: Line) -> None:
        self._line = line

    def info(self, event: str, /, **fields: JsonValue) -> None:
        self._line("info", event, fields)

    def warning(self, event: str, /, **fields: JsonValue) -> None:
        self._line("warning", event, fields)

    def error(self, event: str, /, **fields: JsonValue) -> None:
        self._line("error", event, fields)


def plain_fields(fields: Mapping[str, Any]) -> bytes:
    """The fields of a line as JSON; what is none is told by its type alone."""
    try:
        return orjson.dumps(dict(fields), default=lambda value: f"[{type(value).__name__}]")
    except TypeError:
        return b'{"unreadable":true}'
