"""What an extension declares, as a test looks at it: objects to ask about, and what its types say."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from pydantic import JsonValue

from recobro_sdk.extensions import Extension
from recobro_sdk.graphql import CoreType, FieldOn, Mutation, ObjectKey, Query
from recobro_sdk.money import Money

SAMPLE_DOCUMENT: Final = "1000000123"
NULLABLE: Final = frozenset({"due_on"})
"""What of an object may be null."""

_PLAIN: Final = (str, int, bool, date, datetime, Money)
_MEMBER: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_VALUE: Final = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_TYPE: Final = re.compile(r"[A-Z][A-Za-z0-9]{1,62}")
_TAKEN: Final = "errors"


def camel(plugin: str) -> str:
    """A plugin's name as the names that it adds begin: `acme_score` is `acmeScore`."""
    first, *rest = plugin.split("_")
    return first + "".join(part.capitalize() for part in rest)


def sample_key(on: CoreType, number: int, needs: Sequence[str]) -> ObjectKey:
    """An object of the API as a field is asked about it, with values for what the field needs."""
    of = f"{number:026}"
    values: dict[str, JsonValue] = {
        "reference": f"REF-{number}",
        "creditor_id": f"creditor_{1:026}",
        "party_id": f"party_{of}",
        "debt_id": f"debt_{of}",
        "product": "consumer_loan",
        "stage": "PRE_LEGAL",
        "status": "ACTIVE",
        "placed_on": "2026-01-15",
        "due_on": "2025-08-31",
        "paid_on": "2026-02-10",
        "balance": {"minor_units": 4_123_456_78 + number, "currency": "COP"},
        "amount": {"minor_units": 50_000_00 + number, "currency": "COP"},
        "debtor_document": SAMPLE_DOCUMENT,
    }
    return ObjectKey(f"{on.value.lower()}_{of}", {name: values[name] for name in needs})


@dataclass(frozen=True, slots=True)
class Told:
    """A class or a member that is not as the API can say it, and why."""

    name: str
    why: str


class Types:
    """The types that an extension declares, each met once, and what is wrong with them."""

    def __init__(self, extension: Extension) -> None:
        self.found: dict[str, type[Any]] = {}
        self.wrong: list[Told] = []
        for one in extension.graphql:
            if not isinstance(one, Query) or one.input is not None:
                given = None if isinstance(one, FieldOn) else one.input
                if given is not None:
                    self._look(given, one.name)
            self._look(one.payload if isinstance(one, Mutation) else one.type, one.name)

    def _look(self, annotation: Any, where: str) -> None:
        for kind in _parts(annotation):
            if kind in _PLAIN:
                continue
            own = isinstance(kind, type) and (issubclass(kind, StrEnum) or is_dataclass(kind))
            if not own:
                self.wrong.append(Told(where, f"{kind} is none of the types of the API"))
            elif self.found.setdefault(kind.__name__, kind) is not kind:
                self.wrong.append(Told(where, f"two of its types are called {kind.__name__}"))
            elif kind.__name__ not in {told.name for told in self.wrong}:
                self.wrong += list(_of_enum(kind) if issubclass(kind, StrEnum) else self._of_class(kind))

    def _of_class(self, kind: type[Any]) -> Iterator[Told]:
        name = kind.__name__
        yield from _of_name(kind)
        if not getattr(kind, "__dataclass_params__").frozen:  # noqa: B009 (no such type)
            yield Told(name, "is no frozen dataclass")
        hints = get_type_hints(kind)
        for one in fields(kind):
            if _MEMBER.fullmatch(one.name) is None or one.name == _TAKEN:
                yield Told(name, f"{one.name} is no name of a field")
            if not str(one.metadata.get("description", "")).strip():
                yield Told(name, f"{one.name} is not described")
            self._look(hints[one.name], name)

    def defaults(self, given: type[Any]) -> list[str]:
        """Fields of an input that have a default, and do not say that they may be missing."""
        hints = get_type_hints(given)
        return [
            one.name
            for one in fields(given)
            if (one.default, one.default_factory) != (MISSING, MISSING) and type(None) not in get_args(hints[one.name])
        ]


def _parts(annotation: Any) -> list[Any]:
    """The type or types that are looked at: without None, and of a tuple what is in it."""
    if get_origin(annotation) in (Union, types.UnionType):
        some = [part for part in get_args(annotation) if part is not type(None)]
        return _parts(some[0]) if len(some) == 1 else [annotation]
    if get_origin(annotation) is tuple and get_args(annotation)[1:] == (Ellipsis,):
        return _parts(get_args(annotation)[0])
    return [annotation]


def _of_name(kind: type[Any]) -> Iterator[Told]:
    text = (kind.__dict__.get("__doc__") or "").strip()
    if not text or text.startswith(f"{kind.__name__}("):
        yield Told(kind.__name__, "does not say what it is")
    if _TYPE.fullmatch(kind.__name__) is None:
        yield Told(kind.__name__, "is no name of a type")


def _of_enum(kind: type[StrEnum]) -> Iterator[Told]:
    yield from _of_name(kind)
    if any(_VALUE.fullmatch(one.value) is None or one.value != one.name for one in kind):
        yield Told(kind.__name__, "has members that are not UPPER_SNAKE, or have another value than their name")
