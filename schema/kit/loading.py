"""Batched reads of rows by key: one statement per level of a query, whatever the number of objects.

Table and column names come from the types themselves, never from a request.
"""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from strawberry.dataloader import DataLoader

from core.kit import db
from core.kit.db import Row
from core.kit.scope import Audience, Scope

MAX_CHILDREN = 100
Batch = Callable[[list[UUID]], Awaitable[Sequence[object]]]


class Loaders:
    """The loaders of one request; rows seen twice in one answer are read once."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._loaders: dict[tuple[str, ...], DataLoader[UUID, object]] = {}

    async def one(self, table: str, key: UUID | None, *, tenant: bool = True) -> Row | None:
        """The row of `table` with this id, or none where the scope does not see it. `tenant`: it has an agency_id."""
        if key is None:
            return None

        sql = f"SELECT * FROM {table} t WHERE id = ANY($1)" + (" {wall}" if tenant else "")  # noqa: S608 - names of ours

        async def batch(keys: list[UUID]) -> Sequence[object]:
            rows = {row["id"]: row for row in await self._fetch(sql, keys)}
            return [rows.get(key) for key in keys]

        found = await self._loader(("one", table), batch).load(key)
        return found if isinstance(found, Row) else None

    async def many(self, table: str, parent: str, key: UUID, order: str, limit: int = MAX_CHILDREN) -> list[Row]:
        """At most `limit` rows of `table` whose column `parent` is `key`, in the order given."""
        sql = (
            "SELECT t.* FROM unnest($1::uuid[]) WITH ORDINALITY AS k(key, n) CROSS JOIN LATERAL "  # noqa: S608
            f"(SELECT * FROM {table} t WHERE t.{parent} = k.key {{wall}} ORDER BY {order} LIMIT {limit}) t "
            "ORDER BY k.n"
        )

        async def batch(keys: list[UUID]) -> Sequence[object]:
            found: dict[UUID, list[Row]] = {key: [] for key in keys}
            for row in await self._fetch(sql, keys):
                found[row[parent]].append(row)
            return [found[key] for key in keys]

        rows = await self._loader(("many", table, parent, order, str(limit)), batch).load(key)
        return rows if isinstance(rows, list) else []

    def _loader(self, name: tuple[str, ...], batch: Batch) -> DataLoader[UUID, object]:
        if name not in self._loaders:
            self._loaders[name] = DataLoader(load_fn=batch)
        return self._loaders[name]

    async def _fetch(self, sql: str, keys: list[UUID]) -> list[Row]:
        ours = self._scope.audience is Audience.AGENCY and "{wall}" in sql
        sql = sql.replace("{wall}", "AND t.agency_id = $2" if ours else "")
        async with db.transaction(self._scope, read_only=True) as tx:
            return await tx.fetch(sql, keys, *([self._scope.agency_id] if ours else []))
