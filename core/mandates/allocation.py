"""The policy by which payments are split, as data of a mandate: checked here, applied in core/payments/rules.py.

As JSON, every key optional: `{"grouping": "HORIZONTAL", "in_advance_order": ["PRINCIPAL"], "due_date_of": "INSTALMENT",
"future": "LAST", "future_by_purpose": {"GOODWILL": "REAMORTIZE"}, "past_due_first": true, "reprocess": true, "orders":
[{"when": {"stage": "JUDICIAL"}, "order": ["LEGAL_COST"]}]}`. The order for what is due is the mandate's
`allocation_order`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from core.kit.errors import InvalidInput
from core.mandates.terms import MAX_DAYS, ComponentKind, Stage, check_allocation_order

_PURPOSE = re.compile(r"[A-Z][A-Z0-9_]{0,39}")


class Grouping(StrEnum):
    """HORIZONTAL: instalment by instalment, each with all of its components. VERTICAL: kind by kind, each over all
    instalments. PRO_RATA: all at once, by their balances."""

    HORIZONTAL = "HORIZONTAL"
    VERTICAL = "VERTICAL"
    PRO_RATA = "PRO_RATA"


class FutureRule(StrEnum):
    """Which instalments money pays that are not due yet: the NEXT one first, the LAST one first, or all of them evenly
    (REAMORTIZE)."""

    NEXT = "NEXT"
    LAST = "LAST"
    REAMORTIZE = "REAMORTIZE"


class DueDateOf(StrEnum):
    """When a component with an instalment is due: on its own date, or with the last component of its instalment."""

    COMPONENT = "COMPONENT"
    INSTALMENT = "INSTALMENT"


@dataclass(frozen=True, slots=True)
class Orders:
    """Every component kind in the order of payment: `due` for what is due, `in_advance` for what is not yet. They hold
    in `stage` (any where None) from `min_days_past_due` days past due on."""

    due: tuple[ComponentKind, ...]
    in_advance: tuple[ComponentKind, ...]
    stage: Stage | None = None
    min_days_past_due: int = 0

    def hold(self, stage: Stage | None, days_past_due: int) -> bool:
        return (self.stage is None or self.stage == stage) and days_past_due >= self.min_days_past_due


@dataclass(frozen=True, slots=True)
class AllocationPolicy:
    """How a mandate's payments are split. `orders` are tried one after the other; the last one holds always.

    `past_due_first`: what was due before the day of the payment comes before what is due on it, whatever the order
    (interest due today would else precede older principal, as C.C. (Colombia) 1653 has it). `reprocess`: a payment, a
    reversal or a charge dated before payments that are recorded has these split anew
    (core/payments/reprocess_payments.py). Shares are whole multiples of `unit_minor`, as far as money and balances are.
    """

    orders: tuple[Orders, ...]
    grouping: Grouping = Grouping.VERTICAL
    due_date_of: DueDateOf = DueDateOf.COMPONENT
    past_due_first: bool = False
    future: FutureRule = FutureRule.NEXT
    future_by_purpose: Mapping[str, FutureRule] | None = None
    reprocess: bool = False
    unit_minor: int = 1

    def orders_for(self, stage: Stage | None, days_past_due: int) -> Orders:
        return next(orders for orders in self.orders if orders.hold(stage, days_past_due))

    def future_for(self, purpose: str) -> FutureRule:
        return (self.future_by_purpose or {}).get(purpose, self.future)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _kinds(given: list[ComponentKind]) -> list[ComponentKind]:
    if len(set(given)) != len(given):
        raise ValueError("a component kind stands there twice")
    return given


def check_purpose(purpose: str) -> str:
    """Raises: ValueError unless it is a code such as GOODWILL, of at most 40 characters."""
    if not _PURPOSE.fullmatch(purpose):
        raise ValueError("a purpose is a code of capital letters, digits and _, of at most 40 characters")
    return purpose


_Order = Annotated[list[ComponentKind], Field(min_length=1), AfterValidator(_kinds)]


class _When(_Strict):
    stage: Stage | None = None
    min_days_past_due: int | None = Field(default=None, ge=1, le=MAX_DAYS)


class _OrderRule(_Strict):
    when: _When
    order: _Order
    in_advance_order: _Order | None = None


class _Policy(_Strict):
    grouping: Grouping = Grouping.VERTICAL
    in_advance_order: _Order | None = None
    due_date_of: DueDateOf = DueDateOf.COMPONENT
    past_due_first: bool = False
    future: FutureRule = FutureRule.NEXT
    future_by_purpose: dict[Annotated[str, AfterValidator(check_purpose)], FutureRule] = Field(
        default_factory=dict, max_length=40
    )
    orders: list[_OrderRule] = Field(default_factory=list[_OrderRule], max_length=20)
    reprocess: bool = False


def check_allocation_policy(given: Mapping[str, Any]) -> dict[str, Any]:
    """The policy as it is stored: only what differs from the defaults.

    Raises: InvalidInput (INVALID_ALLOCATION_POLICY), whose message names every fault with its path.
    """
    try:
        policy = _Policy.model_validate(dict(given))
    except ValidationError as problem:
        faults = problem.errors(include_url=False, include_context=False, include_input=False)
        texts = [
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}" for fault in faults
        ]
        raise InvalidInput(
            f"The allocation policy can not be used: {'; '.join(texts)[:2000]}.", code="INVALID_ALLOCATION_POLICY",
            field="allocation_policy", remedy="Correct what is named; docs/agency.md shows a policy.",
        ) from problem  # fmt: skip
    return policy.model_dump(mode="json", exclude_defaults=True)


def policy_of(
    allocation_order: Sequence[str], stored: Mapping[str, Any], rounding_unit_minor: int = 1
) -> AllocationPolicy:
    """The policy of a mandate's columns `allocation_order`, `allocation_policy` and `rounding_unit_minor`; the last one
    only matters to whoever splits."""
    return _policy(tuple(allocation_order), orjson.dumps(stored), rounding_unit_minor)


@lru_cache(maxsize=512)
def _policy(allocation_order: tuple[str, ...], stored: bytes, unit_minor: int) -> AllocationPolicy:
    policy = _Policy.model_validate_json(stored)
    rules = [
        _orders(rule.order, rule.in_advance_order, rule.when.stage, rule.when.min_days_past_due or 0)
        for rule in policy.orders
    ]
    return AllocationPolicy(
        orders=(*rules, _orders(allocation_order, policy.in_advance_order)),
        grouping=policy.grouping,
        due_date_of=policy.due_date_of,
        past_due_first=policy.past_due_first,
        future=policy.future,
        future_by_purpose=policy.future_by_purpose,
        reprocess=policy.reprocess,
        unit_minor=unit_minor,
    )


def _orders(
    due: Sequence[str], in_advance: Sequence[str] | None, stage: Stage | None = None, min_days_past_due: int = 0
) -> Orders:
    complete = [
        tuple(ComponentKind(kind) for kind in check_allocation_order(order)) for order in (due, in_advance or due)
    ]
    return Orders(complete[0], complete[1], stage, min_days_past_due)
