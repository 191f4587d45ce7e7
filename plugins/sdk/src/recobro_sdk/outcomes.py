"""The answer to "what became of it?", honest about not knowing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Settled(Generic[T_co]):
    """The other side has decided; `value` is what it decided."""

    value: T_co


@dataclass(frozen=True, slots=True)
class Pending:
    """The other side has it and has not decided: ask again later."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It cannot be told whether the other side has it: the host's reconciler keeps asking, nobody acts meanwhile."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It had no effect. `code` says why; `retryable` whether submitting again with the same key may work."""

    code: str
    retryable: bool


Outcome: TypeAlias = Settled[T] | Pending | Unknown | Failed
