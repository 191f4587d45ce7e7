"""What a request may ask for: tokens, depth, aliases, root mutations and cost; checked before anything is executed.

Cost is counted in one walk of the document, linear in its size (a fragment is measured once per type): each field costs
what it declares (`Cost`), and what stands below a list counts once per item that the list may have.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_list_type,
)
from graphql.type import GraphQLNonNull
from strawberry.extensions import SchemaExtension

from core.kit.errors import LimitExceeded
from schema.kit.access import Cost
from schema.kit.fields import Batched, MappedField

MAX_TOKENS, MAX_DEPTH, MAX_ALIASES, MAX_COST, MAX_MUTATIONS = 2_000, 12, 50, 10_000, 5
DEFAULT_PAGE, PLAIN_LIST_ITEMS = 50, 5


@dataclass(frozen=True, slots=True)
class Measure:
    """What a selection asks for."""

    cost: int
    depth: int


WHICH = "Must provide operation name if query contains multiple operations."


class Limits(SchemaExtension):
    """Says which operation of a valid document is meant, and measures it before it is executed. Stands behind
    Validation."""

    def on_validate(self) -> Iterator[None]:
        context, document = self.execution_context, self.execution_context.graphql_document
        if context.pre_execution_errors == [] and document is not None:
            name = context._provided_operation_name  # pyright: ignore[reportPrivateUsage]
            if name is None and len(operations(document)) > 1:
                # GraphQL, GetOperation. Strawberry would take the first one.
                context.pre_execution_errors = [GraphQLError(WHICH)]
            else:
                context.pre_execution_errors = self._measured(document, name)
        yield

    def _measured(self, document: DocumentNode, name: str | None) -> list[GraphQLError]:
        try:
            check(_core(self.execution_context.schema), document, name, self.execution_context.variables or {})
        except LimitExceeded as problem:
            return [GraphQLError(problem.message, original_error=problem)]
        return []


def operations(document: DocumentNode) -> list[OperationDefinitionNode]:
    return [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]


def _core(schema: Any) -> GraphQLSchema:
    """The schema of graphql-core inside Strawberry's."""
    return schema._schema


def check(
    schema: GraphQLSchema, document: DocumentNode, operation_name: str | None, variables: Mapping[str, Any]
) -> Measure:
    """Raises: LimitExceeded, naming the limit and both figures."""
    walk = _Walk(schema, document, variables)
    chosen = [
        node
        for node in operations(document)
        if operation_name is None or (node.name and node.name.value == operation_name)
    ]
    measure = Measure(0, 0)
    for operation in chosen[:1]:
        root = schema.get_root_type(operation.operation)
        if root is None:
            continue
        if operation.operation is OperationType.MUTATION:
            _limit("root mutations", len(operation.selection_set.selections), MAX_MUTATIONS)
        measure = walk.selection(operation.selection_set, root)
    _limit("aliases", walk.aliases, MAX_ALIASES)
    _limit("levels", measure.depth, MAX_DEPTH)
    _limit("cost", measure.cost, MAX_COST)
    return measure


def _limit(what: str, asked: int, allowed: int) -> None:
    if asked > allowed:
        raise LimitExceeded(
            f"This operation has {asked} {what}; {allowed} are allowed.",
            code="OPERATION_TOO_LARGE",
            remedy="Ask for fewer items per page or fewer fields, or split the operation.",
        )


class _Walk:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.schema, self.variables, self.aliases = schema, variables, 0
        self.fragments = {n.name.value: n for n in document.definitions if isinstance(n, FragmentDefinitionNode)}
        self.measured: dict[str, Measure] = {}
        self.defaults = {
            one.variable.name.value: one.default_value
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode)
            for one in node.variable_definitions or ()
        }

    def selection(self, selections: SelectionSetNode, parent: Any) -> Measure:
        cost, depth = 0, 0
        for node in selections.selections:
            found = self._node(node, parent)
            cost, depth = cost + found.cost, max(depth, found.depth)
        return Measure(min(cost, 10 * MAX_COST), depth)

    def _node(self, node: object, parent: Any) -> Measure:
        if isinstance(node, FieldNode):
            return self._field(node, parent)
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            return self.selection(
                node.selection_set, self.schema.get_type(condition.name.value) if condition else parent
            )
        assert isinstance(node, FragmentSpreadNode)
        name = node.name.value
        if name not in self.measured:
            fragment = self.fragments[name]
            self.measured[name] = self.selection(
                fragment.selection_set, self.schema.get_type(fragment.type_condition.name.value)
            )
        return self.measured[name]

    def _field(self, node: FieldNode, parent: Any) -> Measure:
        self.aliases += node.alias is not None
        if node.name.value.startswith("__") or not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return Measure(0, 1)
        field = parent.fields[node.name.value]
        own = _declared(field)
        if node.selection_set is None:
            return Measure(own, 1)
        below = self.selection(node.selection_set, get_named_type(field.type))
        return Measure(own + 1 + self._items(node, field) * below.cost, below.depth + 1)

    def _items(self, node: FieldNode, field: GraphQLField) -> int:
        """How many items the field's selection may be repeated for."""
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                number = self._number(argument.value)
                return max(1, int(number)) if number is not None else DEFAULT_PAGE
        if "first" in field.args:
            return DEFAULT_PAGE
        inner = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        # A page's own lists repeat the page, which its field has counted already.
        return 1 if not is_list_type(inner) or _is_page_part(field) else PLAIN_LIST_ITEMS

    def _number(self, value: object) -> float | None:
        """The size that is given, maybe by a variable or by its default. Some clients write whole numbers as 100.0."""
        if isinstance(value, VariableNode):
            name = value.name.value
            value = self.variables[name] if name in self.variables else self.defaults.get(name)
        if isinstance(value, IntValueNode):
            return int(value.value)
        return value if isinstance(value, int | float) and isfinite(value) else None


def _is_page_part(field: GraphQLField) -> bool:
    definition = field.extensions.get("strawberry-definition")
    return getattr(definition, "python_name", "") in ("nodes", "edges")


def _declared(field: GraphQLField) -> int:
    definition = field.extensions.get("strawberry-definition")
    costs = [e.cost for e in getattr(definition, "extensions", ()) if isinstance(e, Cost)]
    if isinstance(definition, MappedField) and isinstance(definition.mapping, Batched):
        return definition.mapping.cost
    if isinstance(definition, MappedField):
        return int(not definition.is_basic_field)
    return costs[0] if costs else int(getattr(definition, "base_resolver", None) is not None)
