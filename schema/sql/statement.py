"""The pieces of a statement.

A piece of SQL is a template: text, and functions that give text when the statement runs, because they bind parameters.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from core.kit.pages import Args
from core.kit.scope import Audience, Scope
from core.permissions import Permission
from schema.kit.context import Context
from schema.kit.fields import Batched, Mapped, MappedField, One, Table
from schema.kit.loading import relation, target_of
from schema.sql import NotCompiled


@dataclass(slots=True)
class Run:
    """One request: what it binds to the statement."""

    context: Context
    variables: Any
    key: bytes | None = None
    """The variables but for cursors, as they came; none where it is not worth while to remember by them."""
    args: Args = field(default_factory=Args)


@dataclass(slots=True)
class Statement:
    """What to run, and what makes the field's value of its rows and of what their batches have brought."""

    sql: str
    values: list[Any]
    answer: Callable[[list[Any], dict[int, dict[Any, Any]]], Any]


Part: TypeAlias = str | Callable[[Run], str]
Sql: TypeAlias = tuple[Part, ...]


def sql(*pieces: "Part | Sql") -> Sql:
    """One template of several pieces; neighbouring text becomes one text."""
    flat: list[Part] = []
    for piece in pieces:
        for part in piece if isinstance(piece, tuple) else (piece,):
            if isinstance(part, str) and flat and isinstance(flat[-1], str):
                flat[-1] += part
            elif part != "":
                flat.append(part)
    return tuple(flat)


def joined(separator: str, pieces: Iterable["Part | Sql"]) -> Sql:
    found: list[Part | Sql] = []
    for piece in pieces:
        found += [separator, piece] if found else [piece]
    return sql(*found)


def render(template: Sql, run: Run) -> str:
    return "".join([part if isinstance(part, str) else part(run) for part in template])


def literal(text: str) -> str:
    """Text as an SQL literal; \\x01 as PostgreSQL writes it."""
    quoted = text.replace("'", "''")
    if "\x01" in quoted:
        escaped = quoted.replace("\\", "\\\\").replace("\x01", "\\x01")
        return f"E'{escaped}'"
    return f"'{quoted}'"


Finish: TypeAlias = Callable[[str], str]
"""What a mark's payload becomes in the answer: JSON text."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A mark, or a column, that is finished for all objects of the answer at once: `read` reads the payload, `finish`
    completes a value of `load`."""

    mapping: Batched
    read: Callable[[str], Any]
    finish: Callable[[Any], Any]


class Names:
    """What one statement has given out: aliases, and marks with what finishes them."""

    def __init__(self, scope: Scope) -> None:
        self.audience = scope.audience
        self.permissions = scope.permissions
        self.finishers: list[Finish | Batch] = []
        self._aliases = 0

    def alias(self) -> str:
        self._aliases += 1
        return f"t{self._aliases}"

    @property
    def batched(self) -> bool:
        return any(isinstance(finisher, Batch) for finisher in self.finishers)

    def finisher(self, finish: "Finish | Batch") -> int:
        """The number that stands in the marks for this way of finishing."""
        self.finishers.append(finish)
        return len(self.finishers) - 1

    def allows(self, requires: Permission | None, only: Audience | None) -> bool:
        """Whether the field has a value for this audience. Raises: NotCompiled where it is an error instead."""
        if only is not None and self.audience is not only:
            return False
        if requires is not None and requires not in self.permissions:
            raise NotCompiled("a field that the caller may not read")
        return True


class Level:
    """One object of the statement: the row under an alias, and the rows that it leads to."""

    def __init__(self, names: Names, kind: type[Mapped], alias: str, parent: "tuple[str, Level] | None" = None) -> None:
        self.names, self.kind, self.alias = names, kind, alias
        self.columns: dict[str, None] = {}
        self.joins: list[str] = []
        self._parent = parent
        self._ones: dict[tuple[str, type[Mapped]], Level] = {}
        self._root = self
        self.offers: Mapping[str, str] = {}
        self.offered: dict[str, str] = {}

    def column(self, name: str) -> str:
        """The column, maybe of another row (`mandate.timezone`), as SQL."""
        step, _, rest = name.rpartition(".")
        if name in self.offers:
            self.offered[name] = self.offers[name]
            return f'{self.alias}."{name}"'
        if step:
            field = relation(self.kind, step)
            assert isinstance(field.mapping, One)
            return self.one(field, field.mapping).column(rest)
        self.columns[name] = None
        return f"{self.alias}.{name}"

    def one(self, field: MappedField, mapping: One) -> "Level":
        """The row that a `one` field leads to, joined once; the row above, where that is the one."""
        kind = target_of(field)
        if self._parent is not None and self._parent[0] == mapping.key and self._parent[1].kind is kind:
            return self._parent[1]
        if (mapping.key, kind) not in self._ones:
            level = Level(self.names, kind, self.names.alias())
            level._root, level.joins = self._root, self._root.joins
            same_agency = self.same_agency(level.alias, kind.table)
            self.joins.append(
                f"LEFT JOIN {kind.table.name} {level.alias} "
                f"ON {same_agency}{level.alias}.id = {self.column(mapping.key)}"
            )
            self._ones[mapping.key, kind] = level
        return self._ones[mapping.key, kind]

    def same_agency(self, alias: str, table: Table) -> str:
        return f"{alias}.agency_id = {self.column('agency_id')} AND " if table.tenant and self.kind.table.tenant else ""

    def child(self, field: MappedField, parent: str) -> "Level":
        """The rows of a list below this one, under an alias of their own."""
        kind = target_of(field)
        return Level(self.names, kind, self.names.alias(), (parent, self))

    def below(self, child: "Level", parent: str) -> str:
        """The condition that the child's rows are this one's."""
        return f"{self.same_agency(child.alias, child.kind.table)}{child.alias}.{parent} = {self.column('id')}"
