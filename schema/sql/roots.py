"""Root fields: each is one statement, or one function. Lists are in page_root.py."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from graphql import GraphQLObjectType
from strawberry.types.field import StrawberryField

from core.kit import db, ids
from core.kit.errors import DomainError, InvalidInput
from core.kit.pages import Args
from core.kit.scope import Audience, Scope
from schema.kit.access import Cost, Expected, Requires
from schema.kit.errors import TOP_LEVEL, user_error
from schema.kit.fields import Mapped, Table
from schema.kit.node import REGISTER
from schema.kit.reads import READ, KeyRead, ListRead, NodeRead, PageRead
from schema.sql import NotCompiled
from schema.sql.complete import completer
from schema.sql.inputs import Arguments
from schema.sql.page_root import PageRoot
from schema.sql.rows import Columns, object_source
from schema.sql.selection import Document, Selected
from schema.sql.statement import Level, Names, Run, Statement, joined, render


def compiled(document: Document, names: Names, field: Selected) -> "PageRoot | KeyRoot | FunctionRoot":
    """The root field. Raises: NotCompiled."""
    definition = field.definition.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryField):
        raise NotCompiled(field.name)
    for extension in definition.extensions:
        if isinstance(extension, Requires):
            names.allows(extension.permission, None)
        elif not isinstance(extension, Cost | Expected):
            raise NotCompiled(f"{field.name} has an extension of its own")
    arguments = Arguments(field, definition)
    match definition.metadata.get(READ):
        case None:
            return FunctionRoot(document, field, definition, arguments)
        case PageRead() | ListRead() as read:
            return PageRoot(document, names, field, arguments, read)
        case KeyRead(kind, key):
            return KeyRoot(
                document, names, field, kind, lambda run: key(run.context.scope, **arguments.of(run.variables))
            )
        case NodeRead():
            return _node(document, names, field, arguments)
        case _:
            raise NotCompiled(field.name)


class KeyRoot:
    """One object by its id."""

    def __init__(
        self, document: Document, names: Names, field: Selected, kind: type[Mapped], key: Callable[[Run], UUID | None]
    ) -> None:
        self.key, self._key_of, self._table = field.key, key, kind.table
        self.columns = Columns(document, names)
        level = Level(names, kind, "t0")
        there = document.schema.type_map[kind.__name__]
        assert isinstance(there, GraphQLObjectType)
        source = object_source(self.columns, level, there, document.fields(field.nodes, there))
        self._shape = self.columns.shape(source)
        self._select = joined(", ", [*self.columns.templates, "t0.id"])
        self._joins = "".join(f" {join}" for join in level.joins)

    async def statement(self, run: Run) -> Statement | None:
        key = self._key_of(run)
        if key is None:
            return None
        run.args = Args(key)
        where = wall(run.context.scope, self._table, run.args)
        source = f"{self._table.name} t0{self._joins} WHERE t0.id = $1{where}"
        # A creditor has one id at all of its agencies: it is then the row of the first.
        first = (
            " ORDER BY t0.agency_id LIMIT 1"
            if run.context.scope.audience is Audience.CREDITOR and self._table.tenant
            else ""
        )
        sql = f"SELECT {render(self._select, run)} FROM {source}{first}"  # noqa: S608 - the compiler's own
        return Statement(sql, run.args.values, lambda rows, batches: self._shape(rows, batches)[0] if rows else None)


def wall(scope: Scope, table: Table, args: Args) -> str:
    """The condition that keeps a statement to the scope's own rows; the policies hold it again."""
    if not table.tenant:
        return ""
    found = ""
    if scope.audience is Audience.CREDITOR and "creditor_id" in db.table_columns(table.name):
        found = f" AND t0.creditor_id = {args.add(scope.creditor_id)}"
    if scope.agency_id is not None:
        found += f" AND t0.agency_id = {args.add(scope.agency_id)}"
    return found


def _node(document: Document, names: Names, field: Selected, arguments: Arguments) -> Any:
    """The kind of the id is part of the plan."""
    text = document.kind_of(field, "id")
    try:
        prefix, _ = ids.parse(text)
    except InvalidInput as problem:
        raise NotCompiled(problem.message) from problem
    kind = REGISTER.get(prefix)
    if kind is None:
        raise NotCompiled("an id of an unknown kind")
    names.allows(kind.permission, None)

    def key(run: Run) -> UUID:
        return ids.parse(cast(str, arguments.of(run.variables)["id"]))[1]

    return KeyRoot(document, names, field, kind.type, key)


class FunctionRoot:
    """A resolver, called as the executor would call it; its value is then written without the executor."""

    columns = None

    def __init__(self, document: Document, field: Selected, definition: StrawberryField, arguments: Arguments) -> None:
        self.key, self.field, self._arguments = field.key, field, arguments
        resolver = definition.base_resolver
        if resolver is None or resolver.self_parameter or resolver.root_parameter or resolver.parent_parameter:
            raise NotCompiled(field.name)
        self._function = cast(Callable[..., Any], resolver.wrapped_func)
        self._info = resolver.info_parameter.name if resolver.info_parameter else None
        self._payload = next((e.payload for e in definition.extensions if isinstance(e, Expected)), None)
        self._complete = completer(document, field.definition.type, field.nodes)

    async def value(self, run: Run) -> Any:
        """Raises: what the resolver raises, but for what its payload can tell."""
        return self._complete(await self._found(run, self._arguments.of(run.variables)))

    async def _found(self, run: Run, given: dict[str, Any]) -> Any:
        if self._info is not None:
            given[self._info] = SimpleNamespace(context=run.context)
        try:
            found = self._function(**given)
            return await found if hasattr(found, "__await__") else found
        except TOP_LEVEL:
            raise
        except DomainError as problem:
            if self._payload is None:
                raise
            return self._payload(errors=[user_error(problem)])
