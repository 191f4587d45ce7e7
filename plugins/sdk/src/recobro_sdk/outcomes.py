"""The answer to "what became of it?", honest about not knowing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, Literal, TypeAlias, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# Each carries its name: an outcome crosses a process boundary as JSON, where two empty objects would be one.


@dataclass(frozen=True, slots=True)
class Settled(Generic[T_co]):
    """The other side has decided; `value` is what it decided."""

    value: T_co
    state: Literal["settled"] = field(default="settled", kw_only=True, repr=False)


@dataclass(frozen=True, slots=True)
class Pending:
    """The other side has it and has not decided: ask again later."""

    state: Literal["pending"] = field(default="pending", kw_only=True, repr=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    """It cannot be told whether the other side has it: the host's reconciler keeps asking, nobody acts meanwhile."""

    state: Literal["unknown"] = field(default="unknown", kw_only=True, repr=False)


@dataclass(frozen=True, slots=True)
class Failed:
    """It had no effect. `code` says why; `retryable` whether submitting again with the same key may work."""

    code: str
    retryable: bool
    state: Literal["failed"] = field(default="failed", kw_only=True, repr=False)


Outcome: TypeAlias = Settled[T] | Pending | Unknown | Failed
