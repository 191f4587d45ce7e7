"""The documents of plugins: each plugin's and each agency's own, whoever asks for them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from core.kit import db
from core.kit.scope import Actor, Scope, agency_scope

MAX_DOCUMENT_BYTES = 4 << 20
_KEY = re.compile(r"[A-Za-z0-9._:-]{1,200}")


@dataclass(frozen=True, slots=True)
class Store:
    """`plugin_document` for one plugin at one agency. Each call is a transaction of its own."""

    plugin: str
    scope: Scope

    @classmethod
    def of(cls, plugin: str, agency_id: UUID) -> "Store":
        return cls(plugin, agency_scope(agency_id, Actor("system", f"plugin_{plugin}")))

    async def get(self, key: str) -> Any:
        async with db.transaction(self.scope, read_only=True) as tx:
            return await tx.fetchval(
                "SELECT document FROM plugin_document WHERE agency_id = $1 AND plugin = $2 AND key = $3",
                self.scope.agency, self.plugin, _checked(key),
            )  # fmt: skip

    async def put(self, key: str, document: dict[str, Any]) -> None:
        await self._insert(
            key, document, "DO UPDATE SET document = EXCLUDED.document, updated_at = now() RETURNING true"
        )

    async def add(self, key: str, document: dict[str, Any]) -> bool:
        return bool(await self._insert(key, document, "DO NOTHING RETURNING true"))

    async def delete(self, key: str) -> None:
        async with db.transaction(self.scope) as tx:
            await tx.execute(
                "DELETE FROM plugin_document WHERE agency_id = $1 AND plugin = $2 AND key = $3",
                self.scope.agency, self.plugin, _checked(key),
            )  # fmt: skip

    async def _insert(self, key: str, document: dict[str, Any], otherwise: str) -> Any:
        async with db.transaction(self.scope) as tx:
            return await tx.fetchval(
                "INSERT INTO plugin_document (agency_id, id, plugin, key, document) "  # noqa: S608 our own text
                f"VALUES ($1, recobro_uuid7(), $2, $3, $4) ON CONFLICT (agency_id, plugin, key) {otherwise}",
                self.scope.agency, self.plugin, _checked(key), document,
            )  # fmt: skip


async def stored(store: Store, what: str, head: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """What a plugin asks of its store. Raises: ValueError."""
    key = head.get("key")
    if what == "store.get":
        return {}, orjson.dumps(await store.get(_checked(key)))
    if what == "store.delete":
        await store.delete(_checked(key))
        return {}, b""
    document = _document(body)
    if what == "store.put":
        await store.put(_checked(key), document)
        return {}, b""
    if what == "store.add":
        return {"added": await store.add(_checked(key), document)}, b""
    raise ValueError("a store does nothing of that kind")


def _checked(key: object) -> str:
    if not isinstance(key, str) or _KEY.fullmatch(key) is None:
        raise ValueError("malformed store key")
    return key


def _document(body: bytes) -> dict[str, Any]:
    if len(body) > MAX_DOCUMENT_BYTES or b"\\u0000" in body:
        raise ValueError("a document has at most 4 MiB, and no character 0")
    found = orjson.loads(body)
    if not isinstance(found, dict):
        raise ValueError("a document is a JSON object")
    return found
