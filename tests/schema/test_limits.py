"""What a request may ask for: counted before anything runs, in time linear to its size."""

import pytest
from graphql import parse

from core.kit.errors import LimitExceeded
from schema.kit.limits import MAX_ALIASES, MAX_DEPTH, check
from schema.schema import build_schema

SCHEMA = build_schema()


def _check(query: str, variables: dict[str, object] | None = None) -> int:
    return check(SCHEMA._schema, parse(query), None, variables or {}).cost


def test_a_page_costs_what_its_items_cost() -> None:
    ten = _check("{ debts(first: 10) { nodes { reference balance { minorUnits } creditor { name } } } }")
    hundred = _check("{ debts(first: 100) { nodes { reference balance { minorUnits } creditor { name } } } }")
    assert 8 * ten < hundred < 10 * ten


def test_a_variable_counts_as_what_it_is() -> None:
    query = "query Q($n: Int) { debts(first: $n) { nodes { creditor { name } } } }"
    assert _check(query, {"n": 100}) > _check(query, {"n": 10})


@pytest.mark.parametrize("variables", [{}, {"n": 100}, {"n": 100.0}])
def test_a_default_and_a_number_with_a_point_count_as_what_they_are(variables: dict[str, object]) -> None:
    query = "query Q($n: Int = 100) { debts(first: $n) { nodes { creditor { name } } } }"
    assert _check(query, variables) == _check(query.replace("$n)", "100)"))


@pytest.mark.parametrize(
    ("case", "query"),
    [
        (
            "deep",
            "{ debt(id: 1) "
            + "{ payments(first: 1) { nodes { debt " * MAX_DEPTH
            + "{ id }"
            + " } } }" * MAX_DEPTH
            + "}",
        ),
        (
            "wide",
            "{ debts(first: 100) { nodes { payments { nodes { allocations { amount { amount } } debt { movements { nodes { id } } } } } } } }",
        ),
        ("aliases", "{" + " ".join(f"a{n}: viewer {{ id }}" for n in range(MAX_ALIASES + 1)) + "}"),
        (
            "mutations",
            "mutation {"
            + " ".join(f"a{n}: portfolioCreate(input: {{}}) {{ errors {{ code }} }}" for n in range(6))
            + "}",
        ),
    ],
)
def test_too_much_is_refused_with_both_figures(case: str, query: str) -> None:
    with pytest.raises(LimitExceeded, match=r"has \d+ .* are allowed"):
        _check(query)


def test_fragments_that_multiply_are_measured_once_each() -> None:
    """Each fragment spreads the next one twice: 2^60 fields when written out."""
    levels = 60
    fragments = [f"fragment F{n} on Debt {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)]
    query = "{ debt(id: 1) { ...F0 } }" + "".join(fragments) + f"fragment F{levels} on Debt {{ creditor {{ name }} }}"
    with pytest.raises(LimitExceeded, match="cost"):
        _check(query)
