"""What our coercion of variables makes of a value is what graphql-core's makes of it."""

import random
from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    build_schema,
    get_named_type,
    is_input_object_type,
    is_input_type,
)
from graphql.utilities import coerce_input_value

from schema.schema import build_schema as ours
from schema.sql.coercion import Invalid, coercer

CORE = ours()._schema
OTHER = build_schema(
    """
    enum Colour { RED GREEN }
    input Tree { name: String! size: Int = 3 colour: Colour = RED sub: [Tree!] other: Tree deep: [[Int!]] ratio: Float }
    input Either @oneOf { name: String size: Int }
    type Query { a(tree: Tree, either: Either, trees: [Tree!]! = [{name: "x"}]): Int }
    """
)
ODD = [None, True, 0, 3, -(2**40), 1.5, "", "x", "RED", "2026-06-30", "100", [], [None], [[1, 2], 3], {}, {"a": 1}]


def _made(kind: Any, chance: random.Random, depth: int = 4) -> Any:
    """A value that is right for the most part."""
    if chance.random() < 0.08 or depth == 0:
        return chance.choice(ODD)
    if isinstance(kind, GraphQLNonNull):
        return _made(kind.of_type, chance, depth)
    if isinstance(kind, GraphQLList):
        return [_made(kind.of_type, chance, depth - 1) for _ in range(chance.randrange(3))]
    if isinstance(kind, GraphQLInputObjectType):
        names = [name for name in kind.fields if chance.random() < 0.8] + ["nonsense"] * (chance.random() < 0.03)
        chance.shuffle(names)
        return {n: _made(kind.fields[n].type, chance, depth - 1) if n in kind.fields else 1 for n in names}
    values = getattr(kind, "values", None)
    return chance.choice([*values]) if values else chance.choice(ODD)


def _said(kind: Any, value: Any) -> Any:
    try:
        return coercer(kind)(value)
    except Invalid:
        return Undefined


@pytest.mark.parametrize("schema", [CORE, OTHER], ids=["ours", "another"])
def test_values_made_at_random_become_the_same(schema: Any) -> None:
    chance, taken, refused = random.Random(20_261_122), 0, 0
    kinds = [kind for kind in schema.type_map.values() if is_input_type(kind)]
    kinds += [GraphQLNonNull(GraphQLList(kind)) for kind in kinds]
    for kind in kinds:
        for _ in range(200 if is_input_object_type(get_named_type(kind)) else 40):
            value = _made(kind, chance)
            expected = coerce_input_value(value, kind)
            assert _said(kind, value) == expected, (kind, value)
            taken, refused = taken + (expected is not Undefined), refused + (expected is Undefined)
    assert min(taken, refused) > 100


def test_an_object_without_fields_given_gets_its_defaults() -> None:
    tree = OTHER.type_map["Tree"]
    assert coercer(tree)({"name": "x"}) == {"name": "x", "size": 3, "colour": "RED"}
    with pytest.raises(Invalid):
        coercer(tree)({"size": 3})
    with pytest.raises(Invalid):
        coercer(GraphQLNonNull(tree))(None)
