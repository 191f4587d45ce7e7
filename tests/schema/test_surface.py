"""The surface as a whole: committed, described, guarded. Derived from the schema, so a new field is covered at once."""

from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from schema.kit.access import Public, Requires
from schema.schema import build_schema

SCHEMA = build_schema()
GRAPHQL: GraphQLSchema = SCHEMA._schema
OURS = [
    kind
    for name, kind in sorted(GRAPHQL.type_map.items())
    if not name.startswith("__") and isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
]


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    committed = Path(__file__).resolve().parents[2] / "schema" / "schema.graphql"
    assert committed.read_text() == SCHEMA.as_str() + "\n", "run `make schema` and look at the difference"


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.name)
def test_every_type_and_field_is_described(kind: GraphQLObjectType) -> None:
    assert kind.description, kind.name
    undescribed = [name for name, field in kind.fields.items() if not field.description]
    assert not undescribed


def test_every_input_and_enum_is_described() -> None:
    for name, kind in GRAPHQL.type_map.items():
        if name.startswith("__"):
            continue
        if isinstance(kind, GraphQLInputObjectType):
            assert kind.description, name
            assert all(field.description for field in kind.fields.values()), name
        if isinstance(kind, GraphQLEnumType):
            assert kind.description, name


@pytest.mark.parametrize("root", ["Query", "Mutation"])
def test_every_root_field_says_who_may_use_it(root: str) -> None:
    kind = GRAPHQL.type_map[root]
    assert isinstance(kind, GraphQLObjectType)
    for name, field in kind.fields.items():
        definition = field.extensions["strawberry-definition"]
        guards = [e for e in definition.extensions if isinstance(e, Requires | Public)]
        assert guards, f"{root}.{name} is open: use @query or @mutation of schema.kit.access"


def test_mutations_are_objects_first_with_one_input_and_one_payload() -> None:
    mutation = GRAPHQL.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        assert list(field.args) == ["input"], name
        payload = field.type.of_type
        assert payload.name == name[0].upper() + name[1:] + "Payload", name
        assert "errors" in payload.fields
