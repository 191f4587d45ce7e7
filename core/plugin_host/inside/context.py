"""What a plugin gets in its process: its own client of HTTP; the host's store, tables, clock and log over the wire."""

import socket
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

import httpx
import orjson
from pydantic import BaseModel, JsonValue

from core.kit import clock
from core.plugin_host.cells import MOST_TOLD, rows_of, told_row, told_where
from core.plugin_host.egress import http_client, mark_acted
from core.plugin_host.inside.asking import Ask
from core.plugin_host.sockets import Sockets
from recobro_sdk import (
    JsonObject,
    PluginClock,
    PluginLog,
    PluginManifest,
    PluginStore,
    PluginTables,
    TableRow,
    TableValue,
    TableWhere,
)
from recobro_sdk.table_rules import listed_rows

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
        self._store, self._tables, self._log, self._clock = _Store(ask), _Tables(ask), _Log(line), _Clock()

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

    @property
    def tables(self) -> PluginTables:
        return self._tables


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


class _Tables:
    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def insert(
        self,
        table: str,
        rows: Sequence[TableRow],
        *,
        key: Sequence[str] | None = None,
        existing: Literal["replace", "keep"] = "replace",
    ) -> int:
        told = [told_row(table, row) for row in listed_rows(table, rows)]
        given = {"rows": told, "key": _listed(key), "existing": existing}
        return await self._change("tables.insert", table, given)

    async def select(
        self, table: str, where: TableWhere, *, order: Sequence[str] = (), limit: int = 100
    ) -> list[dict[str, TableValue]]:
        given = {"where": told_where(table, where), "order": _listed(order), "limit": limit}
        _, body = await self._ask("tables.select", {}, _told(table, given))
        return [dict(row) for row in rows_of(orjson.loads(body))]

    async def update(self, table: str, where: TableWhere, values: TableRow) -> int:
        given = {"where": told_where(table, where), "values": told_row(table, values)}
        return await self._change("tables.update", table, given)

    async def delete(self, table: str, where: TableWhere) -> int:
        return await self._change("tables.delete", table, {"where": told_where(table, where)})

    async def _change(self, what: str, table: str, given: Mapping[str, Any]) -> int:
        told = _told(table, given)
        mark_acted()
        head, _ = await self._ask(what, {}, told)
        return int(head["count"])


def _listed(names: Sequence[str] | None) -> object:
    return list(names) if isinstance(names, tuple) else names


def _told(table: str, given: Mapping[str, Any]) -> bytes:
    try:
        told = orjson.dumps({"table": table, **given})
    except TypeError as problem:
        raise ValueError("the names and the limit of a call are plain text and numbers") from problem
    if len(told) > MOST_TOLD:
        raise ValueError(f"{table}: the values of a call hold at most 4 MiB; make several calls")
    return told


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
