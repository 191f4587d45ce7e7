"""What a plugin gets: one agency's client, store, clock and log. Never a connection to the database."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import orjson
import structlog
from pydantic import BaseModel, JsonValue

from core.kit import clock, db, ids
from core.kit.scope import Actor, agency_scope
from core.plugin_host.egress import http_client, mark_acted
from core.plugin_host.problems import safe_text
from recobro_sdk import JsonObject, PluginClock, PluginLog, PluginManifest, PluginStore

MAX_DOCUMENT_BYTES = 4 << 20
_KEY = re.compile(r"[A-Za-z0-9._:-]{1,200}")
_EVENT = re.compile(r"[a-z][a-z0-9_]{0,79}")
_PRIVATE_FIELD = re.compile(
    r"secret|password|passphrase|token|authorization|key|document|name|email|phone|address|consent"
)
_MAX_FIELDS = 20


class HostContext:
    """A `PluginContext` for one offer at one agency."""

    def __init__(self, manifest: PluginManifest, offer: str, agency_id: UUID, settings: BaseModel) -> None:
        self._agency = ids.encode("agency", agency_id)
        self._http = http_client(manifest, settings)
        self._store = _Store(manifest.name, agency_id)
        self._log = _Log(manifest.name, offer, self._agency)
        self._clock = _Clock()

    @property
    def agency(self) -> str:
        return self._agency

    @property
    def http(self) -> httpx.AsyncClient:
        return self._http

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
    def now(self) -> datetime:
        return clock.now()


class _Store:
    """`PluginStore` over plugin_document: each call is a transaction of its own in the agency's scope."""

    def __init__(self, plugin: str, agency_id: UUID) -> None:
        self._plugin = plugin
        self._scope = agency_scope(agency_id, Actor("system", f"plugin_{plugin}"))

    async def get(self, key: str) -> JsonObject | None:
        async with db.transaction(self._scope, read_only=True) as tx:
            return await tx.fetchval(
                "SELECT document FROM plugin_document WHERE agency_id = $1 AND plugin = $2 AND key = $3",
                self._scope.agency, self._plugin, _checked(key),
            )  # fmt: skip

    async def put(self, key: str, document: JsonObject) -> None:
        await self._insert(
            key, document, "DO UPDATE SET document = EXCLUDED.document, updated_at = now() RETURNING true"
        )

    async def add(self, key: str, document: JsonObject) -> bool:
        return bool(await self._insert(key, document, "DO NOTHING RETURNING true"))

    async def delete(self, key: str) -> None:
        mark_acted()
        async with db.transaction(self._scope) as tx:
            await tx.execute(
                "DELETE FROM plugin_document WHERE agency_id = $1 AND plugin = $2 AND key = $3",
                self._scope.agency, self._plugin, _checked(key),
            )  # fmt: skip

    async def _insert(self, key: str, document: JsonObject, otherwise: str) -> Any:
        _check_document(document)
        mark_acted()
        async with db.transaction(self._scope) as tx:
            return await tx.fetchval(
                "INSERT INTO plugin_document (agency_id, id, plugin, key, document) "  # noqa: S608 our own text
                f"VALUES ($1, recobro_uuid7(), $2, $3, $4) ON CONFLICT (agency_id, plugin, key) {otherwise}",
                self._scope.agency, self._plugin, _checked(key), document,
            )  # fmt: skip


def _checked(key: str) -> str:
    if not isinstance(key, str) or _KEY.fullmatch(key) is None:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError("malformed store key")
    return key


def _check_document(document: JsonObject) -> None:
    if not isinstance(document, dict):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError("a document is a JSON object")
    try:
        encoded = orjson.dumps(document)
    except TypeError as problem:
        raise ValueError("this is not JSON") from problem
    if len(encoded) > MAX_DOCUMENT_BYTES or b"\\u0000" in encoded:
        raise ValueError("a document has at most 4 MiB, and no character 0")


class _Log:
    """`PluginLog`: labelled, with what looks like a secret or a person taken out."""

    def __init__(self, plugin: str, offer: str, agency: str) -> None:
        self._log = structlog.get_logger("recobro.plugin").bind(plugin=plugin, offer=offer, agency=agency)

    def info(self, event: str, /, **fields: JsonValue) -> None:
        self._log.info(_named(event), **_redacted(fields))

    def warning(self, event: str, /, **fields: JsonValue) -> None:
        self._log.warning(_named(event), **_redacted(fields))

    def error(self, event: str, /, **fields: JsonValue) -> None:
        self._log.error(_named(event), **_redacted(fields))


def _named(event: object) -> str:
    return event if isinstance(event, str) and _EVENT.fullmatch(event) else "plugin_log"


def _redacted(fields: dict[str, JsonValue]) -> dict[str, object]:
    kept = list(fields.items())[:_MAX_FIELDS]
    return {f"field_{name}": _plain(name, value) for name, value in kept}


def _plain(name: str, value: JsonValue) -> object:
    if _PRIVATE_FIELD.search(name.lower()):
        return "[redacted]"
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < 100_000 else "[number]"
    return safe_text(value)
