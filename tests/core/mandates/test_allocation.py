"""What an allocation policy may say, and what a mandate's columns make of it."""

from typing import Any

import pytest

from core.kit.errors import InvalidInput
from core.mandates.allocation import FutureRule, Grouping, check_allocation_policy, check_purpose, policy_of
from core.mandates.terms import DEFAULT_ALLOCATION_ORDER, ComponentKind, Stage

K = ComponentKind
FULL = {
    "grouping": "HORIZONTAL",
    "in_advance_order": ["PRINCIPAL", "TAX"],
    "due_date_of": "INSTALMENT",
    "past_due_first": True,
    "future": "LAST",
    "future_by_purpose": {"GOODWILL": "REAMORTIZE"},
    "orders": [
        {"when": {"stage": "JUDICIAL", "min_days_past_due": 30}, "order": ["LEGAL_COST"], "in_advance_order": ["TAX"]}
    ],
    "reprocess": True,
}


def test_nothing_given_is_the_mandates_order_kind_by_kind() -> None:
    stored = check_allocation_policy({})
    assert stored == {}
    policy = policy_of(DEFAULT_ALLOCATION_ORDER, stored)
    assert (policy.grouping, policy.future, policy.reprocess) == (Grouping.VERTICAL, FutureRule.NEXT, False)
    orders = policy.orders_for(Stage.JUDICIAL, 1000)
    assert orders.due == orders.in_advance == DEFAULT_ALLOCATION_ORDER


def test_what_is_stored_is_what_was_given() -> None:
    assert check_allocation_policy(FULL) == FULL
    policy = policy_of(["INTEREST_DEFAULT", "PRINCIPAL"], check_allocation_policy(FULL))
    assert policy.orders_for(Stage.JUDICIAL, 30).due[0] is K.LEGAL_COST
    assert policy.orders_for(Stage.JUDICIAL, 30).in_advance[0] is K.TAX
    for stage, days in ((Stage.JUDICIAL, 29), (Stage.PRE_LEGAL, 99)):
        assert policy.orders_for(stage, days).due[:2] == (K.INTEREST_DEFAULT, K.PRINCIPAL)
        assert policy.orders_for(stage, days).in_advance[:2] == (K.PRINCIPAL, K.TAX)
    assert all(set(orders.due) == set(orders.in_advance) == set(K) for orders in policy.orders)
    assert (policy.future_for("GOODWILL"), policy.future_for("")) == (FutureRule.REAMORTIZE, FutureRule.LAST)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"grouping": "DIAGONAL"}, "grouping"),
        ({"unknown": 1}, "unknown"),
        ({"in_advance_order": ["PRINCIPAL", "PRINCIPAL"]}, "in_advance_order"),
        ({"in_advance_order": []}, "in_advance_order"),
        ({"future_by_purpose": {"no code": "NEXT"}}, "future_by_purpose"),
        ({"future_by_purpose": {"X": "NEVER"}}, "future_by_purpose.X"),
        ({"orders": [{"when": {"min_days_past_due": 0}, "order": ["TAX"]}]}, "orders.0.when.min_days_past_due"),
        ({"orders": [{"when": {}, "order": ["NOTHING"]}]}, "orders.0.order.0"),
        ({"orders": [{"when": {}, "order": ["TAX"]}] * 21}, "orders"),
    ],
)
def test_what_cannot_be_used_is_named(given: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_allocation_policy(given)
    assert (refused.value.code, refused.value.field) == ("INVALID_ALLOCATION_POLICY", "allocation_policy")
    assert path in refused.value.message


@pytest.mark.parametrize("purpose", ["", "goodwill", "A B", "X" * 41, "1A", "A\n"])
def test_a_purpose_is_a_code(purpose: str) -> None:
    with pytest.raises(ValueError, match="code"):
        check_purpose(purpose)
