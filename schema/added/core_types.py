"""The objects of the core that plugins may add fields to, and where what a plugin may read of them is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.kit import ids
from recobro_sdk.graphql import CoreType


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a field: the columns it is made of, and how they are told to the plugin."""

    columns: tuple[str, ...]
    tell: Callable[..., Any]


def _plain(name: str) -> Input:
    return Input((name,), lambda value: value)


def _id(name: str, prefix: str) -> Input:
    return Input((name,), lambda value: ids.encode(prefix, UUID(value)) if value else None)


def _money(name: str) -> Input:
    return Input((name, "currency"), lambda minor, currency: {"minor_units": minor, "currency": currency})


@dataclass(frozen=True, slots=True)
class CoreObject:
    """`prefix` is that of its public ids."""

    prefix: str
    inputs: Mapping[str, Input]


CORE: Mapping[CoreType, CoreObject] = {
    CoreType.DEBT: CoreObject(
        "debt",
        {
            **{name: _plain(name) for name in ("reference", "product", "stage", "status", "placed_on", "due_on")},
            "debtor_document": _plain("debtor_document"),
            "creditor_id": _id("creditor_id", "creditor"),
            "party_id": _id("party_id", "party"),
            "balance": _money("balance_minor"),
        },
    ),
    CoreType.PARTY: CoreObject("party", {}),
    CoreType.CREDITOR: CoreObject("creditor", {}),
    CoreType.MANDATE: CoreObject("mandate", {"creditor_id": _id("creditor_id", "creditor")}),
    CoreType.PAYMENT: CoreObject(
        "payment", {"debt_id": _id("debt_id", "debt"), "paid_on": _plain("paid_on"), "amount": _money("amount_minor")}
    ),
}
