"""Relay's Node, and the register of what a public id's prefix stands for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import strawberry

from core.kit import ids
from core.permissions import Permission
from schema.kit.context import Info
from schema.kit.fields import Mapped, mapped


@strawberry.interface(description="Anything with an id of its own (Relay).")
class Node:
    id: strawberry.ID = strawberry.field(description="Its id: the kind, an underscore, and 26 letters.")


@dataclass(frozen=True, slots=True)
class NodeKind:
    """What `node(id:)` reads for a prefix, and the permission that reading it needs."""

    type: type[Mapped]
    permission: Permission


REGISTER: dict[str, NodeKind] = {}
T = TypeVar("T", bound=type[Any])


def node(prefix: str, table: str, permission: Permission, description: str) -> Callable[[T], T]:
    """Class decorator: an object type over the rows of a table, reachable by id."""

    def wrap(cls: T) -> T:
        made = mapped(table, description)(cls)
        REGISTER[prefix] = NodeKind(made, permission)
        return made

    return wrap


async def load_node(info: Info, public_id: str) -> Mapped | None:
    """The object behind an id of any kind; none where the caller does not see it, or it does not exist."""
    prefix, key = ids.parse(public_id)
    kind = REGISTER.get(prefix)
    if kind is None:
        return None
    info.context.scope.require(kind.permission)
    row = await info.context.load.one(kind.type.table, key)
    return kind.type(row=row) if row is not None else None


M = TypeVar("M", bound=Mapped)


async def loaded(info: Info, kind: type[M], key: Any) -> M | None:
    """The object of a kind with this id; none where the caller does not see it."""
    row = await info.context.load.one(kind.table, key)
    return kind(row=row) if row is not None else None
