"""Scorers, each with one defect."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar, cast

from recobro_hostile.rules.honest import LARGEST_BATCH, HonestScorer
from recobro_sdk import DebtFacts, Score, ScorerDescription, ScoreReason, Text


class ScoresOffTheScale(HonestScorer):
    """Scores beyond the ends of its own scale."""

    code = "hostile_scorer_off_the_scale"

    def value(self, debt: DebtFacts) -> int:
        """Ten times as much."""
        return super().value(debt) * 10


class LosesOne(HonestScorer):
    """Has no score for who paid twice."""

    code = "hostile_scorer_loses_one"

    async def score(self, batch: Sequence[DebtFacts]) -> Sequence[Score]:
        """Of the others."""
        return [one for one, debt in zip(await super().score(batch), batch, strict=True) if debt.payments != 2]


class SortsItsScores(HonestScorer):
    """Gives the best first, whoever was asked about first."""

    code = "hostile_scorer_sorts"

    async def score(self, batch: Sequence[DebtFacts]) -> Sequence[Score]:
        """By value."""
        return sorted(await super().score(batch), key=lambda one: -one.value)


class RanksNeighbours(HonestScorer):
    """Scores a debt by what else is in the batch."""

    code = "hostile_scorer_ranks_neighbours"

    async def score(self, batch: Sequence[DebtFacts]) -> Sequence[Score]:
        """By its place."""
        return [replace(one, value=min(place, 1000)) for place, one in enumerate(await super().score(batch))]


class DatesByItsOwnClock(HonestScorer):
    """Scores otherwise in another century."""

    code = "hostile_scorer_own_clock"

    def value(self, debt: DebtFacts) -> int:
        """As the machine says."""
        return super().value(debt) if datetime.now(UTC).year < 2100 else 0


class DatesByTheHostsClock(HonestScorer):
    """Scores what it knew otherwise on another day."""

    code = "hostile_scorer_hosts_clock"

    def value(self, debt: DebtFacts) -> int:
        """From year to year."""
        return super().value(debt) + self._context.clock.now().year % 10


class LearnsOnTheWay(HonestScorer):
    """Scores better once it has seen who pays."""

    code = "hostile_scorer_learns"
    _bonus = 0

    def value(self, debt: DebtFacts) -> int:
        """And remembers."""
        if debt.payments > 2:
            self._bonus = 50
        return super().value(debt) + self._bonus


class ScoresByName(HonestScorer):
    """Scores a debt by what it is called."""

    code = "hostile_scorer_scores_by_name"

    def value(self, debt: DebtFacts) -> int:
        """By its letters."""
        return super().value(debt) + sum(map(ord, debt.reference)) % 7


class CountsInFractions(HonestScorer):
    """Gives points that are nearly right."""

    code = "hostile_scorer_counts_in_fractions"

    def reasons(self, debt: DebtFacts) -> list[ScoreReason]:
        """In binary."""
        return [replace(one, points=cast("int", one.points / 4)) for one in super().reasons(debt)]


class BeginsWithTheLeast(HonestScorer):
    """Tells what weighs least first."""

    code = "hostile_scorer_begins_with_the_least"

    def reasons(self, debt: DebtFacts) -> list[ScoreReason]:
        """Backwards."""
        return super().reasons(debt)[::-1]


class NamesTheDebt(HonestScorer):
    """Says in its reasons whom they are about."""

    code = "hostile_scorer_names_the_debt"

    def reasons(self, debt: DebtFacts) -> list[ScoreReason]:
        """By name."""
        text = Text(f"Mora de {debt.reference}", f"Arrears of {debt.reference}")
        return [replace(one, text=text) for one in super().reasons(debt)]


class GivesAReasonTwice(HonestScorer):
    """Gives two reasons one code."""

    code = "hostile_scorer_gives_a_reason_twice"

    def reasons(self, debt: DebtFacts) -> list[ScoreReason]:
        """All of them."""
        return [replace(one, code="model") for one in super().reasons(debt)]


class SpeaksOneLanguage(HonestScorer):
    """Explains itself in one language."""

    code = "hostile_scorer_speaks_one_language"

    def reasons(self, debt: DebtFacts) -> list[ScoreReason]:
        """In Spanish."""
        return [replace(one, text=Text(one.text.es, "")) for one in super().reasons(debt)]


class TakesAnyBatch(HonestScorer):
    """Takes more than the contract allows."""

    code = "hostile_scorer_takes_any_batch"

    def measured(self, batch: Sequence[DebtFacts]) -> None:
        """Always."""


class RefusesInItsOwnWords(HonestScorer):
    """Refuses by an exception that the host does not know."""

    code = "hostile_scorer_refuses_in_its_own_words"

    def measured(self, batch: Sequence[DebtFacts]) -> None:
        """With an error of Python's."""
        if len(batch) > LARGEST_BATCH:
            raise OverflowError("too many")


class NeedsADebt(HonestScorer):
    """Ends with an error where there is nothing to score."""

    code = "hostile_scorer_needs_a_debt"

    def measured(self, batch: Sequence[DebtFacts]) -> None:
        """One at least."""
        super().measured(batch)
        if not batch:
            raise LookupError("nothing is owed")


class HoldsTheLoop(HonestScorer):
    """Takes its time for each of many."""

    code = "hostile_scorer_holds_the_loop"

    def value(self, debt: DebtFacts) -> int:
        """A moment."""
        time.sleep(0.0001)
        return super().value(debt)


class EmptiesTheBatch(HonestScorer):
    """Takes what it was given for its own."""

    code = "hostile_scorer_empties_the_batch"

    async def score(self, batch: Sequence[DebtFacts]) -> Sequence[Score]:
        """And lets go of it."""
        found = await super().score(batch)
        if isinstance(batch, list):
            batch.clear()
        return found


class DescribesItselfAnew(HonestScorer):
    """Is another model each time that it is asked."""

    code = "hostile_scorer_describes_itself_anew"
    _turn = 0

    def describe(self) -> ScorerDescription:
        """Of the next version."""
        self._turn += 1
        return replace(super().describe(), model_version=str(self._turn))


class HasAnothersCode(HonestScorer):
    """Describes itself as somebody else."""

    code = "hostile_scorer_has_anothers_code"

    def describe(self) -> ScorerDescription:
        """Under another code."""
        return replace(super().describe(), code="points")


class SharesItsMemory(HonestScorer):
    """Keeps what one agency asked where another finds it."""

    code = "hostile_scorer_shares_its_memory"
    seen: ClassVar[dict[str, int]] = {}

    def value(self, debt: DebtFacts) -> int:
        """And remembers."""
        self.seen[debt.reference] = super().value(debt)
        return self.seen[debt.reference]


class LogsWhoIsScored(HonestScorer):
    """Writes what it scores into its log."""

    code = "hostile_scorer_logs_who_is_scored"

    def value(self, debt: DebtFacts) -> int:
        """And tells everybody."""
        self._context.log.info("scored", debt=debt.reference)
        return super().value(debt)
