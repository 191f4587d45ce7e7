"""What an extension adds to the host, as its process describes it: types, fields and roots of the API, and jobs."""

from dataclasses import dataclass
from enum import StrEnum

from recobro_sdk.graphql import CoreType

MOST_ITEMS = 100
"""How many items a list of a plugin may have in an answer."""


class ValueKind(StrEnum):
    STRING = "STRING"
    INT = "INT"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    INSTANT = "INSTANT"
    MONEY = "MONEY"
    ENUM = "ENUM"
    OBJECT = "OBJECT"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueType:
    """A value, or (`many`) a list of them; `name` is the enumeration's or the object's."""

    kind: ValueKind
    name: str = ""
    many: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A field of an object or an input. An input's that is not `required` may be left out."""

    name: str
    description: str
    type: ValueType


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType:
    name: str
    description: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumType:
    name: str
    description: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedField:
    """A field on an object of the core; see `recobro_sdk.graphql.FieldOn`."""

    on: CoreType
    name: str
    type: ValueType
    description: str
    permission: str
    needs: tuple[str, ...]
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedRoot:
    """A query, or (`changes`) a mutation; `input` is the name of its input, where it has one."""

    changes: bool
    name: str
    input: str | None
    type: ValueType
    description: str
    permission: str
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedJob:
    """See `recobro_sdk.Job`; times are in seconds."""

    name: str
    summary: str
    every_s: int | None
    deadline_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """All of one extension. `objects` and `enums` are in the order in which they refer to one another."""

    objects: tuple[ObjectType, ...] = ()
    inputs: tuple[ObjectType, ...] = ()
    enums: tuple[EnumType, ...] = ()
    fields: tuple[AddedField, ...] = ()
    roots: tuple[AddedRoot, ...] = ()
    jobs: tuple[AddedJob, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """What nobody else may have in the API: types, fields with their object (`Debt.acmeScore`), and roots."""
        types = {kind.name for kind in (*self.objects, *self.inputs, *self.enums)}
        roots = {f"{'Mutation' if root.changes else 'Query'}.{root.name}" for root in self.roots}
        return frozenset(types | roots | {f"{field.on.value}.{field.name}" for field in self.fields})

    @property
    def permissions(self) -> frozenset[str]:
        return frozenset(one.permission for one in (*self.fields, *self.roots))
