"""Scorers: how likely a debt is to be recovered, for many debts at once, with reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from recobro_sdk.jurisdiction import DebtFacts
from recobro_sdk.texts import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreReason:
    """Why a score is what it is: stable `code`, the sentence for the person, and its share in points, signed."""

    code: str
    text: Text
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One debt's score, as a whole number on the scorer's scale.

    `reasons` come with the weightiest first and at least one is given: a decision that rests on a score has to be
    explained to whom it concerns (Colombia: SIC Circular Externa 001 de 2025; EU: GDPR art. 22).
    """

    reference: str
    value: int
    reasons: tuple[ScoreReason, ...]

    def __post_init__(self) -> None:
        if type(self.value) is not int:
            raise TypeError("a score is a whole number")
        if not self.reasons:
            raise ValueError("a score without a reason explains nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorerDescription:
    """What the numbers mean: the scale (both ends included, higher is likelier to pay), the model and its version."""

    code: str
    title: Text
    lowest: int
    highest: int
    model: str
    model_version: str

    def __post_init__(self) -> None:
        if self.lowest >= self.highest:
            raise ValueError("a scale goes up")


@runtime_checkable
class Scorer(Protocol):
    """A score for debts, for one agency."""

    def describe(self) -> ScorerDescription:
        """What the numbers mean. Quick, and without I/O."""
        ...

    async def score(self, batch: Sequence[DebtFacts]) -> Sequence[Score]:
        """The scores of at most 1 000 debts, in their order, one for each.

        The same facts and model version give the same score. Raises `RejectedByProvider` (code `batch_too_large`) above
        that, and the retryable errors.
        """
        ...
