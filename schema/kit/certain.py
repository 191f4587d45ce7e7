"""Documents that are valid beyond doubt, found in one walk, in a tenth of the time that graphql-core's rules need.

It never says what is wrong: whatever it is not sure of is left to the rules, whose errors clients get. So it knows the
plain cases only: one query or mutation; of what is selected twice under one key, leaves without arguments; of the
directives, `@skip` and `@include`; no introspection.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    ArgumentNode,
    ASTValidationRule,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    GraphQLType,
    InlineFragmentNode,
    ListValueNode,
    NamedTypeNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Undefined,
    ValueNode,
    VariableNode,
    do_types_overlap,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_input_type,
    is_leaf_type,
    is_required_argument,
    specified_rules,
    type_from_ast,
)
from graphql.utilities import validate_input_literal
from graphql.utilities.type_comparators import is_equal_type
from graphql.validation import NoSchemaIntrospectionCustomRule
from graphql.validation.rules.variables_in_allowed_position import allowed_variable_usage

MOST_NODES = 2_000
"""Fields and fragments that are looked at, a fragment as often as it is spread."""
KNOWN = frozenset(
    {
        "ExecutableDefinitionsRule", "KnownOperationTypesRule", "UniqueOperationNamesRule",
        "LoneAnonymousOperationRule", "SingleFieldSubscriptionsRule", "KnownTypeNamesRule",
        "FragmentsOnCompositeTypesRule", "VariablesAreInputTypesRule", "ScalarLeafsRule", "FieldsOnCorrectTypeRule",
        "UniqueFragmentNamesRule", "KnownFragmentNamesRule", "NoUnusedFragmentsRule", "PossibleFragmentSpreadsRule",
        "NoFragmentCyclesRule", "UniqueVariableNamesRule", "NoUndefinedVariablesRule", "NoUnusedVariablesRule",
        "KnownDirectivesRule", "UniqueDirectivesPerLocationRule", "DeferStreamDirectiveOnRootField",
        "DeferStreamDirectiveOnValidOperationsRule", "DeferStreamDirectiveLabel", "StreamDirectiveOnListField",
        "KnownArgumentNamesRule", "UniqueArgumentNamesRule", "ValuesOfCorrectTypeRule",
        "ProvidedRequiredArgumentsRule", "VariablesInAllowedPositionRule", "OverlappingFieldsCanBeMergedRule",
        "UniqueInputFieldNamesRule", "MaxIntrospectionDepthRule", NoSchemaIntrospectionCustomRule.__name__,
    }
)  # fmt: skip
"""The rules whose agreement is certain. Beside one that is not among them, a later one of the library, nothing is."""
_TYPENAME = GraphQLField(GraphQLNonNull(GraphQLString))


class _Doubt(Exception):
    pass


def certain(
    schema: GraphQLSchema, document: DocumentNode, rules: Iterable[type[ASTValidationRule]] = specified_rules
) -> bool:
    """Whether no rule finds an error in the document, for certain. False says nothing."""
    if not all(rule.__name__ in KNOWN for rule in rules):
        return False
    try:
        _Walk(schema, document).document()
    except _Doubt:
        return False
    return True


class _Walk:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema, self._nodes = schema, document.definitions
        self._fragments: dict[str, FragmentDefinitionNode] = {}
        self._spread, self._open = set[str](), set[str]()
        self._variables: dict[str, tuple[GraphQLType, ValueNode | None]] = {}
        self._used = set[str]()
        self._left = MOST_NODES

    def document(self) -> None:
        operations = list[OperationDefinitionNode]()
        for node in self._nodes:
            if isinstance(node, OperationDefinitionNode):
                operations.append(node)
            elif isinstance(node, FragmentDefinitionNode):
                _sure(not node.directives and not node.variable_definitions)
                _sure(node.name.value not in self._fragments)
                self._fragments[node.name.value] = node
            else:
                raise _Doubt
        _sure(len(operations) == 1)
        self._operation(operations[0])

    def _operation(self, node: OperationDefinitionNode) -> None:
        root = self._schema.get_root_type(node.operation)
        _sure(root is not None and node.operation is not OperationType.SUBSCRIPTION and not node.directives)
        for one in node.variable_definitions or ():
            name, kind = one.variable.name.value, type_from_ast(self._schema, one.type)
            _sure(name not in self._variables and kind is not None and is_input_type(kind) and not one.directives)
            assert kind is not None
            if one.default_value is not None:
                self._value(one.default_value, kind, Undefined)
            self._variables[name] = (kind, one.default_value)
        self._selections(node.selection_set, root, {})
        _sure(self._used == self._variables.keys() and self._spread == self._fragments.keys())

    def _selections(
        self, selections: SelectionSetNode, parent: Any, keys: dict[str, tuple[str, GraphQLField, bool]]
    ) -> None:
        """`keys`: the name and the definition under each key of the object, and whether that may stand there twice."""
        for node in selections.selections:
            self._left -= 1
            _sure(self._left > 0)
            if node.directives:
                self._directives(node.directives)
            if isinstance(node, FieldNode):
                self._field(node, parent, keys)
            elif isinstance(node, InlineFragmentNode):
                inner = self._applied(node.type_condition, parent) if node.type_condition else parent
                self._selections(node.selection_set, inner, keys)
            elif isinstance(node, FragmentSpreadNode):
                self._fragment(node, parent, keys)
            else:
                raise _Doubt

    def _fragment(self, node: FragmentSpreadNode, parent: Any, keys: dict[str, tuple[str, GraphQLField, bool]]) -> None:
        name = node.name.value
        found = self._fragments.get(name)
        _sure(found is not None and name not in self._open and not node.arguments)
        assert found is not None
        self._spread.add(name)
        self._open.add(name)
        self._selections(found.selection_set, self._applied(found.type_condition, parent), keys)
        self._open.discard(name)

    def _applied(self, condition: NamedTypeNode, parent: Any) -> Any:
        """The type of a fragment, which can be what stands there."""
        kind: Any = self._schema.type_map.get(condition.name.value)
        _sure(
            kind is not None
            and is_composite_type(kind)
            and (kind is parent or do_types_overlap(self._schema, kind, parent))
        )
        return kind

    def _field(self, node: FieldNode, parent: Any, keys: dict[str, tuple[str, GraphQLField, bool]]) -> None:
        name, arguments = node.name.value, node.arguments
        if name == "__typename":
            field = _TYPENAME
        else:
            _sure(isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) and name in parent.fields)
            field = parent.fields[name]
        kind = get_named_type(field.type)
        leaf = is_leaf_type(kind)
        _sure(leaf is (node.selection_set is None))
        if arguments or field.args:
            self._arguments(arguments or (), field.args)
        key = node.alias.value if node.alias else name
        known = keys.get(key)
        if known is None:
            keys[key] = (name, field, leaf and not arguments)
        else:
            _sure(leaf and not arguments and known[2] and known[0] == name)
            _sure(known[1] is field or is_equal_type(known[1].type, field.type))
        if node.selection_set is not None:
            self._selections(node.selection_set, kind, {})

    def _arguments(self, nodes: Iterable[ArgumentNode], known: Mapping[str, GraphQLArgument]) -> None:
        given = set[str]()
        for node in nodes:
            name = node.name.value
            _sure(name in known and name not in given)
            given.add(name)
            self._value(node.value, known[name].type, _default(known[name]))
        for name, argument in known.items():
            _sure(name in given or not is_required_argument(argument))

    def _directives(self, nodes: Iterable[DirectiveNode]) -> None:
        names = set[str]()
        for node in nodes:
            name = node.name.value
            definition = self._schema.get_directive(name) if name in ("skip", "include") else None
            _sure(definition is not None and name not in names)
            assert definition is not None
            names.add(name)
            self._arguments(node.arguments or (), definition.args)

    def _value(self, node: ValueNode, kind: Any, default: object) -> None:
        if not isinstance(node, VariableNode):
            problems = list[GraphQLError]()
            validate_input_literal(node, kind, lambda problem, _: problems.append(problem))
            _sure(not problems)
        self._inside(node, kind, default)

    def _inside(self, node: ValueNode, kind: Any, default: object) -> None:
        """The variables of a value stand where they may, and no field of an object stands there twice."""
        if isinstance(node, VariableNode):
            name = node.name.value
            _sure(name in self._variables)
            declared, otherwise = self._variables[name]
            _sure(allowed_variable_usage(self._schema, declared, otherwise, kind, default))
            self._used.add(name)
        elif isinstance(node, ListValueNode):
            of = get_nullable_type(kind)
            _sure(isinstance(of, GraphQLList))
            for one in node.values:
                self._inside(one, of.of_type, Undefined)
        elif isinstance(node, ObjectValueNode):
            of = get_nullable_type(kind)
            _sure(isinstance(of, GraphQLInputObjectType) and not of.is_one_of)
            _sure(len({one.name.value for one in node.fields}) == len(node.fields))
            for one in node.fields:
                field = of.fields[one.name.value]
                self._inside(one.value, field.type, _default(field))


def _default(place: GraphQLArgument | GraphQLInputField) -> object:
    return place.default_value if place.default is None else place.default


def _sure(known: bool) -> None:
    if not known:
        raise _Doubt
