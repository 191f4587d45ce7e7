"""The explorer's examples are operations of this schema, within its limits."""

import pytest
from graphql import parse, validate

from schema.explorer import Example
from schema.explorer.examples import EXAMPLES
from schema.kit.limits import check
from schema.schema import build_schema

GRAPHQL = build_schema()._schema


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_an_example_is_valid(example: Example) -> None:
    document = parse(example.query)
    assert validate(GRAPHQL, document) == []
    check(GRAPHQL, document, None, example.variables)
