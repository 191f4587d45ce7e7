"""A document's plan: what was found out about it once, and how it runs."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
import structlog
from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    ValueNode,
    VariableNode,
    located_error,
)

from core.kit import db
from core.kit.errors import DomainError, InvalidInput
from core.kit.ids import parse
from schema.kit.context import Context
from schema.kit.limits import check, operations
from schema.sql import NotCompiled
from schema.sql.cache import Plans
from schema.sql.complete import NullForNonNull
from schema.sql.fragments import keys_in
from schema.sql.inputs import Coerced, Invalid, Variables
from schema.sql.roots import FunctionRoot, KeyRoot, PageRoot, Statement, compiled
from schema.sql.rows import Batches
from schema.sql.selection import Document
from schema.sql.statement import Batch, Names, Run

log = structlog.get_logger("recobro.graphql")
MAX_VARIANTS, MAX_ADMITTED, MAX_KEY = 8, 64, 2_000


@dataclass(slots=True)
class Answer:
    """The answer of an operation: `data` is JSON: null where an error took it."""

    data: bytes
    errors: list[GraphQLError] = field(default_factory=list[GraphQLError])


@dataclass(slots=True)
class Variant:
    """What a document asks for under one setting of its switches, for callers with the same rights."""

    names: Names
    roots: list[PageRoot | KeyRoot | FunctionRoot]


class Plan:
    """A valid document, and its variants. `run` gives None where the executor must answer."""

    def __init__(self, schema: Any, document: DocumentNode, operation_name: str | None) -> None:
        self._schema, self._core = schema, schema._schema
        self._document, self._operation_name = document, operation_name
        self._operation = _operation(document, operation_name)
        self.mutation = self._operation is not None and self._operation.operation is OperationType.MUTATION
        self._variants: OrderedDict[Any, Variant | None] = OrderedDict()
        self._values: list[str] = []
        self._given: list[str] = []
        self._kinds: list[str] = []
        self._definitions = (self._operation.variable_definitions if self._operation else None) or ()
        self._variables = Variables(self._core, self._definitions)
        self._sizes = [node.variable.name.value for node in self._definitions]
        self._admitted: set[Any] = set()
        self._cursors = _cursors(document)

    async def run(self, context: Context, variables: Mapping[str, Any], *, measured: bool = False) -> Answer | None:
        """The answer; None where it is the executor's to give. `measured`: the limits have been checked."""
        if context.bearer is None or self._operation is None:
            return None
        try:
            values = self._variables.coerced(variables)
        except Invalid:
            return None
        if not measured:
            self._admit(variables)
        variant = self._variant(context, values)
        if variant is None:
            return None
        if self.mutation:
            return await self._mutate(variant, context, values)
        try:
            return Answer(orjson.dumps(await _read(variant, context, values, self._remembered_by(variables))))
        except (DomainError, Invalid, NullForNonNull):
            return None  # the executor finds the same, and says where
        except Exception:
            log.exception("a compiled read failed; the executor answers", operation=self._operation_name)
            return None

    def _remembered_by(self, variables: Mapping[str, Any]) -> bytes | None:
        """What stays the same from page to page: the variables without cursors."""
        key = orjson.dumps({name: value for name, value in variables.items() if name not in self._cursors})
        return key if len(key) <= MAX_KEY else None

    def _admit(self, variables: Mapping[str, Any]) -> None:
        """Raises: LimitExceeded."""
        sizes = tuple(value if isinstance(value := variables.get(name), int | float) else None for name in self._sizes)
        if sizes not in self._admitted:
            check(self._core, self._document, self._operation_name, variables)
            if len(self._admitted) < MAX_ADMITTED:
                self._admitted.add(sizes)

    def _variant(self, context: Context, values: Coerced) -> Variant | None:
        key = self._key(context, values)
        if key in self._variants:
            self._variants.move_to_end(key)
            return self._variants[key]
        document = Document(self._core, self._document, values)
        try:
            variant = self._compile(document, context)
        except NotCompiled:
            variant = None
        for known, more in (
            (self._values, document.values),
            (self._given, document.given),
            (self._kinds, document.kinds),
        ):
            known += sorted(more.difference(known))
        self._variants[self._key(context, values)] = variant
        if len(self._variants) > MAX_VARIANTS:
            self._variants.popitem(last=False)
        return variant

    def _key(self, context: Context, values: Mapping[str, Any]) -> Any:
        scope = context.scope
        return (
            scope.audience,
            scope.permissions,
            tuple([values.get(name) for name in self._values]),
            tuple([values.get(name) is not None for name in self._given]),
            tuple([_kind(values.get(name)) for name in self._kinds]),
        )

    def _compile(self, document: Document, context: Context) -> Variant:
        assert self._operation is not None
        root = self._core.get_root_type(self._operation.operation)
        if root is None or self._operation.operation is OperationType.SUBSCRIPTION:
            raise NotCompiled("a subscription")
        selected = document.of_sets([self._operation.selection_set], root)
        if self.mutation and len(selected) != 1:
            raise NotCompiled("several mutations")
        names = Names(context.scope)
        return Variant(names, [compiled(document, names, one) for one in selected])

    async def _mutate(self, variant: Variant, context: Context, values: Coerced) -> Answer | None:
        root = variant.roots[0]
        assert isinstance(root, FunctionRoot)
        try:
            value = await root.value(Run(context, values))
        except Invalid:
            return None  # found before the function is called: nothing has been done
        except Exception as problem:
            node = root.field.nodes[0]
            return Answer(b"null", [located_error(problem, [node], [root.key])])
        return Answer(orjson.dumps({root.key: value}))


def plans_of(schema: Any) -> "Plans[Plan]":
    """The plans of a schema."""
    return schema.plans


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    """The operation that is meant; none where it is not said which."""
    found = operations(document)
    named = [node for node in found if name is None or (node.name is not None and node.name.value == name)]
    return named[0] if len(named) == 1 else None


def _cursors(document: DocumentNode) -> frozenset[str]:
    """The variables that are cursors and nothing else."""
    used, as_cursor = Counter[str](), Counter[str]()
    nodes = cast("list[Any]", [one for one in document.definitions if isinstance(one, ExecutableDefinitionNode)])
    # By hand: a visitor of graphql-core takes five times as long, at every document that is new.
    while nodes:
        node = nodes.pop()
        nodes += getattr(node, "directives", None) or ()
        below = getattr(node, "selection_set", None)
        nodes += below.selections if below is not None else ()
        for argument in getattr(node, "arguments", None) or ():
            names = list(_variables(argument.value))
            used.update(names)
            if argument.name.value in ("after", "before") and isinstance(argument.value, VariableNode):
                as_cursor.update(names)
    return frozenset(name for name, times in as_cursor.items() if used[name] == times)


def _variables(value: ValueNode) -> Iterator[str]:
    """The variables in a value, each as often as it is there."""
    if isinstance(value, VariableNode):
        yield value.name.value
    for one in (*getattr(value, "values", ()), *(each.value for each in getattr(value, "fields", ()))):
        yield from _variables(one)


def _kind(text: object) -> str | None:
    """None also for what is no id: no plan has that, and the executor says so."""
    try:
        return parse(text)[0] if isinstance(text, str) else None
    except InvalidInput:
        return None


async def _read(variant: Variant, context: Context, values: Coerced, key: bytes | None) -> dict[str, Any]:
    """The data of a query: every statement of it sees the same moment."""
    runs = [Run(context, values, key) for _ in variant.roots]
    statements = [
        None if isinstance(root, FunctionRoot) else await root.statement(run)
        for root, run in zip(variant.roots, runs, strict=True)
    ]
    fetched = await _fetch(context, statements)
    data: dict[str, Any] = {}
    batches = await _batches(variant, context, fetched) if variant.names.batched else {}
    for root, run, statement, rows in zip(variant.roots, runs, statements, fetched, strict=True):
        if isinstance(root, FunctionRoot):
            data[root.key] = await root.value(run)
        else:
            data[root.key] = statement.answer(rows, batches) if statement is not None else None
    return data


async def _fetch(context: Context, statements: list[Statement | None]) -> list[list[Any]]:
    asked = [statement for statement in statements if statement is not None]
    if not asked:
        return [[] for _ in statements]
    if len(asked) == 1:
        async with db.single(context.scope) as single:
            found = [await single.fetch(asked[0].sql, *asked[0].values)]
    else:
        async with db.transaction(context.scope, read_only=True, snapshot=True) as tx:
            found = [await tx.fetch(one.sql, *one.values) for one in asked]
    rows = iter(found)
    return [next(rows) if statement is not None else [] for statement in statements]


async def _batches(variant: Variant, context: Context, fetched: list[list[Any]]) -> Batches:
    """What the batched fields of all root fields need, each field asked once."""
    keys: dict[int, set[Any]] = {}
    for root, rows in zip(variant.roots, fetched, strict=True):
        if root.columns is None:
            continue
        for number, place in root.columns.batches:
            keys.setdefault(number, set()).update(row[place] for row in rows if row[place] is not None)
        for place in root.columns.texts:
            for row in rows:
                keys_in(variant.names, row[place] or "", keys)
    batches = [(number, one) for number, one in enumerate(variant.names.finishers) if isinstance(one, Batch)]
    asked = [(number, one) for number, one in batches if keys.get(number)]
    # Together, as a plugin may take its time; and each to its end, so that none is left behind where one fails.
    loads = [one.mapping.load(context, sorted(keys[number])) for number, one in asked]
    answers = await asyncio.gather(*loads, return_exceptions=True) if len(loads) > 1 else [await one for one in loads]
    found: Batches = {number: {} for number, _ in batches}
    for (number, one), loaded in zip(asked, answers, strict=True):
        if isinstance(loaded, BaseException):
            raise loaded
        found[number] = {key: one.finish(value) for key, value in loaded.items()}
    return found
