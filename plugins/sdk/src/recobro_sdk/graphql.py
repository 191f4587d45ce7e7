"""Fields, queries and mutations that a plugin adds to the API.

They are data, and coroutines that run in the plugin's own process: the host writes them into its schema, checks
permission, cost and shape, and asks the plugin for values. No library of GraphQL is involved here.

Types are frozen dataclasses of `str`, `int` (32 bits), `bool`, `date`, `datetime`, `Money`, a `StrEnum`, another such
dataclass, a `tuple` of any of these, each with `| None` where it may be missing. A class says in its docstring what it
is, and a field in `described`. Names are written in full and begin with the plugin's: `acmeScore`, `AcmeScore`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from recobro_sdk.context import JsonObject

_NAME: Final = re.compile(r"[a-z][A-Za-z0-9]{1,62}")
MOST_COST: Final = 100
"""The most that a field may say it costs; an operation may cost 10,000 in all."""


class CoreType(StrEnum):
    """The objects of the API that a plugin may add fields to."""

    DEBT = "Debt"
    PARTY = "Party"
    CREDITOR = "Creditor"
    MANDATE = "Mandate"
    PAYMENT = "Payment"


INPUTS: Final[Mapping[CoreType, Mapping[str, str]]] = MappingProxyType(
    {
        CoreType.DEBT: MappingProxyType(
            {
                "reference": "debt:reference:read",
                "creditor_id": "debt:facts:read",
                "party_id": "debt:facts:read",
                "product": "debt:facts:read",
                "stage": "debt:facts:read",
                "status": "debt:facts:read",
                "placed_on": "debt:facts:read",
                "due_on": "debt:facts:read",
                "balance": "debt:balance:read",
                "debtor_document": "debtor:document:read",
            }
        ),
        CoreType.PARTY: MappingProxyType({}),
        CoreType.CREDITOR: MappingProxyType({}),
        CoreType.MANDATE: MappingProxyType({"creditor_id": "debt:facts:read"}),
        CoreType.PAYMENT: MappingProxyType(
            {
                "debt_id": "debt:facts:read",
                "paid_on": "payment:list:read",
                "amount": "payment:list:read",
            }
        ),
    }
)
"""What of an object a field may read beside its id, and the scope that the manifest must ask for to get it."""


PERMISSIONS: Final = frozenset(
    {
        "agency:read",
        "banking:manage",
        "banking:read",
        "bureau:furnish",
        "bureau:inquire",
        "bureau:read",
        "commission:manage",
        "commission:read",
        "creditor:manage",
        "creditor:read",
        "debt:read",
        "debt:work",
        "debt:write_off",
        "event:read",
        "installation:operate",
        "interest:manage",
        "job:read",
        "ledger:read",
        "ledger:verify",
        "legal:cost_approve",
        "legal:handoff",
        "legal:read",
        "mandate:manage",
        "party:read",
        "payment:read",
        "payment:record",
        "payment:reverse",
        "placement:manage",
        "placement:read",
        "plugin:manage",
        "plugin:read",
        "recovery:read",
        "remittance:issue",
        "remittance:manage",
        "remittance:read",
        "report:read",
        "report:run",
        "segment:manage",
        "segment:read",
        "user:manage",
        "user:read",
    }
)
"""The permissions of the host, one of which each field, query and mutation asks for."""


@dataclass(frozen=True, slots=True)
class ObjectKey:
    """An object that a field is asked for: its public id (`debt_01J…`), and the inputs that the field declares.

    Ids among them are public ids, days ISO dates, amounts `{"minor_units": 125000, "currency": "COP"}`; null is null.
    """

    id: str
    values: JsonObject = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a mutation did nothing, instead of its payload: what the caller is shown in `errors`.

    `code` is stable (`UPPER_SNAKE`), `field` the input's field at fault, `remedy` what to do. No secret or document
    number may be in the sentences.
    """

    code: str
    message: str
    field: str | None = None
    remedy: str | None = None


def described(text: str, *, default: Any = MISSING) -> Any:
    """A field of a type or an input, with the description that the API shows."""
    metadata = {"description": text}
    return dataclasses.field(metadata=metadata) if default is MISSING else field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOn:
    """A field on an object of the API, for the agency's people.

    `resolve` gets the provider that the extension's offer built, and the keys of all objects of an answer at once; it
    returns as many values in the same order, None where there is none. It has five seconds. `type` is what it says of
    one object. `permission` is one of the host's (`debt:read`), beside those of the object; `cost` what it counts for.
    """

    on: CoreType
    name: str
    type: Any
    resolve: Callable[[Any, Sequence[ObjectKey]], Awaitable[Sequence[Any]]]
    description: str
    permission: str
    needs: tuple[str, ...] = ()
    cost: int = 5

    def __post_init__(self) -> None:
        _checked(self.name, self.description, self.cost)
        unknown = sorted(set(self.needs) - set(INPUTS[self.on]))
        if unknown:
            raise ValueError(f"the field {self.name!r} cannot read {', '.join(unknown)} of a {self.on}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query. `resolve` gets the provider and the `input` (None where there is none), and returns a `type` or None.

    It has fifteen seconds, and changes nothing.
    """

    name: str
    type: Any
    resolve: Callable[[Any, Any], Awaitable[Any]]
    description: str
    permission: str
    input: type[Any] | None = None
    cost: int = 10

    def __post_init__(self) -> None:
        _checked(self.name, self.description, self.cost)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A mutation, its noun first: `acmeScoreRefresh`, with `AcmeScoreRefreshInput` and `AcmeScoreRefreshPayload`.

    `resolve` gets the provider and the input, and returns the payload, or the `Refusal` that the caller finds in
    `errors`. A `PluginError` ends there, too. It has thirty seconds.
    """

    name: str
    input: type[Any]
    payload: type[Any]
    resolve: Callable[[Any, Any], Awaitable[Any]]
    description: str
    permission: str
    cost: int = 20

    def __post_init__(self) -> None:
        _checked(self.name, self.description, self.cost)


def _checked(name: str, description: str, cost: int) -> None:
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"malformed name {name!r}: camelCase, beginning with the plugin's")
    if not description.strip():
        raise ValueError(f"{name!r} is not described")
    if not 1 <= cost <= MOST_COST:
        raise ValueError(f"{name!r} costs from 1 to {MOST_COST}")
