"""How the executor resolves mapped fields: batched reads of rows, one statement per level of a query.

The executor answers what the read compiler does not: the payloads of mutations, the events of subscriptions, and reads
with an error in them. Table and column names come from the types themselves, never from a request.
"""

# ruff: noqa: S608 - what is put together here are names of our own; values are bound

from asyncio import shield
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from strawberry.dataloader import DataLoader
from strawberry.types.base import StrawberryList, StrawberryOptional, get_object_definition
from strawberry.types.lazy_type import LazyType

from core.kit import db
from core.kit.db import Row
from core.kit.pages import Args, PageRequest, fetch_page
from core.kit.scope import Audience, Scope
from schema.kit.context import Context
from schema.kit.fields import (
    Batched,
    FromRow,
    Many,
    Mapped,
    MappedField,
    One,
    Pages,
    RowLike,
    Table,
    columns_of,
    read,
)

Key = tuple[UUID | None, UUID]
Load = Callable[[list[Any]], Awaitable[Sequence[Any]]]


_KEYS = "SELECT t.* FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS k(agency_id, id, n) CROSS JOIN LATERAL"


class Loaders:
    """The loaders of one request; rows seen twice in one answer are read once."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._loaders: dict[tuple[object, ...], DataLoader[Any, Any]] = {}

    async def one(self, table: Table, key: UUID | None, agency_id: UUID | None = None) -> Row | None:
        """The row with this id, or none where the scope does not see it.

        A creditor works with several agencies under one id; without `agency_id` it is the row of the first.
        """
        if key is None:
            return None
        first = "AND t.agency_id = COALESCE(k.agency_id, t.agency_id) ORDER BY t.agency_id" if table.tenant else ""
        sql = (
            f"{_KEYS} (SELECT t.*, k.n AS place FROM {table.name} t WHERE t.id = k.id {self._wall(table)} {first} "
            "LIMIT 1) t"
        )

        async def batch(keys: list[Key]) -> list[Row | None]:
            rows = await self._fetch(sql, [k for k, _ in keys], [k for _, k in keys])
            placed = {row["place"]: row for row in rows}
            return [placed.get(n) for n in range(1, len(keys) + 1)]

        return await self._load(("one", table), batch, (agency_id, key))

    async def many(self, table: Table, mapping: Many, row: RowLike) -> list[Row]:
        """At most `limit` rows of `table` below an object, in the order given."""
        sql = (
            f"{_KEYS} (SELECT t.*, k.n AS place FROM {table.name} t WHERE t.{mapping.parent} = k.id "
            f"AND t.agency_id = k.agency_id {self._wall(table)} ORDER BY {mapping.order} LIMIT {mapping.limit}) t "
            "ORDER BY k.n"
        )

        async def batch(keys: list[Key]) -> list[list[Row]]:
            found: list[list[Row]] = [[] for _ in keys]
            for child in await self._fetch(sql, [k for k, _ in keys], [k for _, k in keys]):
                found[child["place"] - 1].append(child)
            return found

        return await self._load(("many", table, mapping), batch, (row["agency_id"], row["id"]))

    async def batched(self, context: Context, mapping: Batched, key: Any) -> Any:
        """What the field's own function gives for a key."""

        async def batch(keys: list[Any]) -> list[Any]:
            found = await mapping.load(context, keys)
            return [found.get(key) for key in keys]

        return await self._load((mapping,), batch, key)

    async def _load(self, name: tuple[object, ...], batch: Load, key: Any) -> Any:
        if name not in self._loaders:
            self._loaders[name] = DataLoader(load_fn=batch)
        # Several fields wait for one row. Where an error ends one of them, the others still get it.
        return await shield(self._loaders[name].load(key))

    def _wall(self, table: Table) -> str:
        return "AND t.agency_id = $3" if table.tenant and self.scope.audience is Audience.AGENCY else ""

    async def _fetch(self, sql: str, *args: Any) -> list[Row]:
        walled = (self.scope.agency,) if "$3" in sql else ()
        async with db.transaction(self.scope, read_only=True) as tx:
            return await tx.fetch(sql, *args, *walled)


def target_of(field: Any) -> type[Mapped]:
    """The mapped type that a relation leads to: of `T`, `list[T]` or `Connection[T]`, lazy or not."""
    kind: Any = field.type
    while True:
        if isinstance(kind, StrawberryOptional | StrawberryList):
            kind = kind.of_type
        elif isinstance(kind, LazyType):
            kind = cast(Any, kind).resolve_type()
        elif (definition := get_object_definition(kind)) is not None and definition.type_var_map:
            kind = next(iter(definition.type_var_map.values()))
        else:
            return kind


async def resolve(field: MappedField, source: Mapped, context: Context, arguments: Mapping[str, Any]) -> Any:
    """The value of a field that needs more than the object's own row."""
    mapping, scope, row, load = field.mapping, context.scope, source.row, context.load
    only = getattr(mapping, "only", None)
    if only is not None and scope.audience is not only:
        return [] if isinstance(mapping, Many) else None
    if isinstance(mapping, Batched):
        if mapping.requires is not None:
            scope.require(mapping.requires)
        key = mapping.key_of(row)
        return None if key is None else await load.batched(context, mapping, key)
    if isinstance(mapping, FromRow):
        return read(mapping, await _widened(type(source), row, mapping, load))
    if mapping.requires is not None:
        scope.require(mapping.requires)
    kind = target_of(field)
    if isinstance(mapping, One):
        found = await load.one(kind.table, row[mapping.key], row["agency_id"] if kind.table.tenant else None)
        return kind(row=found) if found is not None else None
    if isinstance(mapping, Many):
        return [kind(row=child) for child in await load.many(kind.table, mapping, row)]
    return await _page(mapping, kind, row, scope, dict(arguments))


async def _page(mapping: Pages, kind: type[Mapped], row: RowLike, scope: Scope, given: dict[str, Any]) -> Any:
    from schema.kit.pages import PAGING, connection

    asked = PageRequest(**{name: given.pop(name, None) for name in PAGING})
    order = mapping.narrowed.order(given) if mapping.narrowed else mapping.order

    async def fetch(request: PageRequest, *, with_total: bool = False) -> Any:
        args = Args(row["agency_id"], row["id"])
        joins, where = mapping.narrowed.narrow(scope, given, args, "t") if mapping.narrowed else ("", "true")
        async with db.transaction(scope, read_only=True) as tx:
            return await fetch_page(
                tx,
                select="t.*",
                source=f"{kind.table.name} t {joins}",
                where=f"t.agency_id = $1 AND t.{mapping.parent} = $2 AND ({where})",
                args=args,
                order=order,
                request=request,
                make=lambda found: kind(row=found),
                with_total=with_total,
            )

    async def count() -> int:
        return (await fetch(PageRequest(first=0), with_total=True)).total or 0

    page = await fetch(asked)
    return connection(page, list(page.rows), count)


async def _widened(kind: type[Mapped], row: RowLike, mapping: FromRow, load: Loaders) -> RowLike:
    """The row, with the columns of other rows that the mapping reads under their dotted names."""
    dotted = [name for name in columns_of(mapping) if "." in name]
    if not dotted:
        return row
    wide: dict[str, Any] = dict(row)
    for name in dotted:
        step, column = name.split(".")
        field = relation(kind, step)
        assert isinstance(field.mapping, One)
        table = target_of(field).table
        found = await load.one(table, row[field.mapping.key], row["agency_id"] if table.tenant else None)
        wide[name] = found[column] if found is not None else None
    return wide


def relation(kind: type[Any], name: str) -> MappedField:
    """The `one` field of a type that a dotted column goes through."""
    definition = get_object_definition(kind, strict=True)
    found = next(field for field in definition.fields if field.python_name == name)
    assert isinstance(found, MappedField)
    return found
