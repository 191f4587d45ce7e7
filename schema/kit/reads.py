"""Root queries whose rows come from a mapped type: the module that holds the query says which rows, no more.

    @page(Mandate, Permission.CREDITOR_READ)
    def mandates(scope: Scope, creditor_id: strawberry.ID | None = None) -> Listing:
        \"\"\"Mandates by name.\"\"\"

The decorators add the paging arguments and give two ways to the answer: the read compiler's (schema/sql), from the
mapping, and the executor's.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from types import MappingProxyType
from typing import Any, TypeAlias
from uuid import UUID

from core.kit import db
from core.kit.pages import Listing, PageRequest, fetch_page
from core.kit.scope import Scope
from core.permissions import Permission
from schema.kit.access import query
from schema.kit.context import Info
from schema.kit.fields import Mapped
from schema.kit.node import loaded
from schema.kit.pages import PAGING, Connection, connection

Lists: TypeAlias = Callable[..., Listing | Awaitable[Listing]]
READ = "recobro.read"
"""Under this name the metadata of a root field hold its PageRead, ListRead or KeyRead."""


@dataclass(frozen=True, slots=True)
class PageRead:
    """A Relay connection over a listing. `offers`: columns of rows beside its own, by their dotted names, that the
    listing's source has looked up anyway."""

    kind: type[Mapped]
    listing: Lists
    offers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ListRead:
    """The first rows of a listing."""

    kind: type[Mapped]
    listing: Lists


@dataclass(frozen=True, slots=True)
class KeyRead:
    """One object by its id; none where `key` gives none."""

    kind: type[Mapped]
    key: Callable[..., UUID | None]


@dataclass(frozen=True, slots=True)
class NodeRead:
    """One object by an id of any kind."""


async def listed(function: Lists, scope: Scope, arguments: dict[str, Any]) -> Listing:
    """The listing of a function, which may have had to look something up."""
    found = function(scope, **arguments)
    return await found if isawaitable(found) else found


_PAGING = {name: int | None if name in ("first", "last") else str | None for name in PAGING}


def page(
    kind: type[Any], permission: Permission, *, cost: int = 2, offers: Mapping[str, str] = MappingProxyType({})
) -> Callable[[Lists], Any]:
    """A connection over the listing that the function gives for the scope and its own arguments."""

    def wrap(function: Lists) -> Any:
        async def resolver(info: Info, **kwargs: Any) -> Any:
            asked = PageRequest(**{name: kwargs.pop(name, None) for name in _PAGING})
            scope = info.context.scope

            async def fetch(request: PageRequest, *, with_total: bool = False) -> Any:
                listing = await listed(function, scope, kwargs)
                async with db.transaction(scope, read_only=True) as tx:
                    return await fetch_page(
                        tx, select=f"{listing.row}.*", source=listing.source, where=listing.where, args=listing.args,
                        order=listing.order, request=request, make=lambda row: kind(row=row), with_total=with_total,
                    )  # fmt: skip

            async def count() -> int:
                return (await fetch(PageRequest(first=0), with_total=True)).total or 0

            found = await fetch(asked)
            return connection(found, list(found.rows), count)

        return _root(resolver, function, Connection[kind], _PAGING, permission, cost, PageRead(kind, function, offers))

    return wrap


def listing(kind: type[Any], permission: Permission, *, cost: int = 2) -> Callable[[Lists], Any]:
    """A plain list of the first rows of the listing."""

    def wrap(function: Lists) -> Any:
        async def resolver(info: Info, **kwargs: Any) -> Any:
            found = await listed(function, info.context.scope, kwargs)
            order = ", ".join(key.sql for key in found.order.keys)
            where = f"WHERE {found.where} ORDER BY {order} LIMIT {found.size:d}"
            async with db.transaction(info.context.scope, read_only=True) as tx:
                rows = await tx.fetch(
                    f"SELECT {found.row}.* FROM {found.source} {where}",  # noqa: S608 - ours
                    *found.args.values,
                )
            return [kind(row=row) for row in rows]

        return _root(resolver, function, list[kind], {}, permission, cost, ListRead(kind, function))

    return wrap


def single(kind: type[Any], permission: Permission | None) -> Callable[[Callable[..., UUID | None]], Any]:
    """The object whose id the function gives; null where the caller does not see it, or there is none."""

    def wrap(function: Callable[..., UUID | None]) -> Any:
        async def resolver(info: Info, **kwargs: Any) -> Any:
            return await loaded(info, kind, function(info.context.scope, **kwargs))

        return _root(resolver, function, kind | None, {}, permission, 1, KeyRead(kind, function))

    return wrap


def _root(
    resolver: Callable[..., Any],
    function: Callable[..., Any],
    returns: Any,
    more: dict[str, Any],
    permission: Permission | None,
    cost: int,
    read: object,
) -> Any:
    """The field: the function's own arguments behind the scope, and then `more`."""
    own = list(inspect.signature(function).parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info)]
    parameters += [parameter.replace(kind=keyword) for parameter in own]
    parameters += [inspect.Parameter(name, keyword, default=None, annotation=kind) for name, kind in more.items()]
    resolver.__signature__ = inspect.Signature(parameters, return_annotation=returns)  # pyright: ignore[reportFunctionMemberAccess]
    resolver.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters} | {"return": returns}
    resolver.__name__, resolver.__doc__, resolver.__module__ = function.__name__, function.__doc__, function.__module__
    field = query(permission, cost=cost)(resolver)
    field.metadata = {**(field.metadata or {}), READ: read}
    return field
