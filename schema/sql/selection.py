"""What of a document is asked for, under the switches of one request."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    SelectionSetNode,
    Undefined,
    VariableNode,
)

from schema.kit.fields import MappedField
from schema.sql import NotCompiled
from schema.sql.inputs import Coerced, literal_arguments


@dataclass(frozen=True, slots=True)
class Selected:
    """A field under its response key, with everything that was selected of it anywhere."""

    key: str
    name: str
    nodes: tuple[FieldNode, ...]
    definition: GraphQLField

    @property
    def mapped(self) -> MappedField:
        """Raises: NotCompiled for a field without a mapping."""
        found = self.definition.extensions.get("strawberry-definition")
        if not isinstance(found, MappedField):
            raise NotCompiled(f"{self.name} has no mapping")
        return found


@dataclass(slots=True)
class Document:
    """A valid document with the variables of one request.

    What its plan depends on gathers here: on the values of some variables, and on whether others are given at all.
    """

    schema: GraphQLSchema
    document: DocumentNode
    variables: Coerced
    values: set[str] = field(default_factory=set[str])
    given: set[str] = field(default_factory=set[str])
    kinds: set[str] = field(default_factory=set[str])

    def kind_of(self, selected: Selected, argument: str) -> str:
        """The value of an argument that holds an id; of which kind it is becomes part of the plan."""
        for node in selected.nodes[0].arguments or ():
            if node.name.value == argument and isinstance(node.value, VariableNode):
                self.kinds.add(node.value.name.value)
        return self._arguments(selected)[argument]

    def _arguments(self, selected: Selected) -> dict[str, Any]:
        literals = literal_arguments(selected.definition.args, selected.nodes[0])
        given = {name: value(self.variables) for name, value in literals.items()}
        return {name: value for name, value in given.items() if value is not Undefined}

    def arguments(self, selected: Selected) -> dict[str, Any]:
        """The values of a field's arguments. What they are becomes part of the plan: numbers whole, of texts only
        whether they are given."""
        for argument in selected.nodes[0].arguments or ():
            if isinstance(argument.value, VariableNode):
                name = argument.value.name.value
                (self.values if argument.name.value in ("first", "last", "order") else self.given).add(name)
        return self._arguments(selected)

    def fragment(self, name: str) -> FragmentDefinitionNode:
        for node in self.document.definitions:
            if isinstance(node, FragmentDefinitionNode) and node.name.value == name:
                return node
        raise NotCompiled(f"no fragment {name}")

    def fields(self, nodes: Iterable[FieldNode], parent: GraphQLObjectType) -> list[Selected]:
        """What is asked for below the nodes of an object of the type, in the order of the answer."""
        return self.of_sets([node.selection_set for node in nodes if node.selection_set], parent)

    def of_sets(self, sets: Iterable[SelectionSetNode], parent: GraphQLObjectType) -> list[Selected]:
        found: dict[str, list[FieldNode]] = {}
        for selections in sets:
            self._collect(selections, parent, found, set())
        return [
            Selected(key, nodes[0].name.value, tuple(nodes), _definition(parent, nodes[0]))
            for key, nodes in found.items()
        ]

    def _collect(
        self, selections: SelectionSetNode, parent: GraphQLObjectType, found: dict[str, list[FieldNode]], seen: set[str]
    ) -> None:
        for node in selections.selections:
            if not self._wanted(node.directives):
                continue
            if isinstance(node, FieldNode):
                found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
                continue
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in seen:
                    continue
                seen.add(node.name.value)
                node = self.fragment(node.name.value)
            condition = node.type_condition  # pyright: ignore[reportAttributeAccessIssue]
            if condition is None or self._applies(condition.name.value, parent):
                self._collect(node.selection_set, parent, found, seen)  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]

    def _applies(self, name: str, parent: GraphQLObjectType) -> bool:
        kind = self.schema.type_map[name]
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            return self.schema.is_sub_type(kind, parent)
        return kind is parent

    def _wanted(self, directives: Iterable[DirectiveNode] | None) -> bool:
        for directive in directives or ():
            if directive.name.value not in ("skip", "include"):
                raise NotCompiled(f"@{directive.name.value}")
            assert directive.arguments
            value = directive.arguments[0].value
            if isinstance(value, VariableNode):
                self.values.add(value.name.value)
                given = self.variables.get(value.name.value)
            else:
                given = getattr(value, "value", None)
            if type(given) is not bool:
                raise NotCompiled("a switch without a value")
            if given is (directive.name.value == "skip"):
                return False
        return True


def _definition(parent: GraphQLObjectType, node: FieldNode) -> GraphQLField:
    name = node.name.value
    if name == "__typename":
        return _TYPENAME
    if name not in parent.fields:  # introspection
        raise NotCompiled(name)
    return parent.fields[name]


_TYPENAME = GraphQLField(GraphQLObjectType("_", {}))
"""Stands for the definition of __typename, which every object has and none declares."""
