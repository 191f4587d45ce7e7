"""Conformance of scorers, which take many debts at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from recobro_sdk.errors import PluginError, RejectedByProvider
from recobro_sdk.jurisdiction import DebtFacts
from recobro_sdk.scoring import Score, Scorer, ScorerDescription
from recobro_sdk.testing.base import assert_not_in
from recobro_sdk.testing.checks import longest_gap_ms
from recobro_sdk.testing.clocks import clock_watched
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.operations import OperationConformance
from recobro_sdk.testing.samples import some_debt

_LARGEST_BATCH = 1000
_LONGEST_GAP_MS = 50


class ScorerConformance(OperationConformance[Scorer], inputs=("debts",)):
    """Subclass, set `plugin`, `settings` and, when the scorer needs other facts, `debts`."""

    hook = "recobro_scorers"
    protocol = Scorer
    operation = "score"

    debts: ClassVar[Sequence[DebtFacts]] = tuple(
        some_debt(f"debt-{number}", days_past_due=30 * number, payments=number % 3) for number in range(7)
    )

    async def act(self, service: Scorer, key: str = "call-1") -> Any:
        """Score the debts, under references of the call: what is remembered of one is not there for the next."""
        return list(await service.score([replace(debt, reference=f"{debt.reference}.{key}") for debt in self.debts]))

    def personal_data(self) -> list[str]:
        """References: they lead to somebody."""
        return [debt.reference for debt in self.debts]

    def scores(self, debts: Sequence[DebtFacts]) -> list[Score]:
        """The scores of other debts."""

        async def scenario(scorer: Scorer, _: FakeContext) -> list[Score]:
            return list(await scorer.score(debts))

        return self.run(scenario)

    def test_description(self) -> None:
        """The scorer names itself like its offer, its scale and its model."""

        async def scenario(scorer: Scorer, _: FakeContext) -> list[ScorerDescription]:
            return [scorer.describe() for _turn in range(2)]

        found, again = self.run(scenario)
        assert found == again, "it describes itself otherwise when it is asked again"
        assert found.code == self.offer().code and found.model and found.model_version and found.title.es

    def test_one_score_for_each_in_order(self) -> None:
        """There is one score for each debt, in the order of the debts, on the scale, with reasons."""

        async def scenario(scorer: Scorer, _: FakeContext) -> tuple[ScorerDescription, list[Score]]:
            return scorer.describe(), list(await scorer.score(self.debts))

        scale, found = self.run(scenario)
        assert [one.reference for one in found] == [debt.reference for debt in self.debts]
        assert all(scale.lowest <= one.value <= scale.highest for one in found), "a score is off the scale"
        assert all(reason.text.es and reason.text.en for one in found for reason in one.reasons)

    def test_reasons_come_by_weight(self) -> None:
        """The weightiest reason comes first."""
        for one in self.scores(self.debts):
            weights = [abs(reason.points) for reason in one.reasons]
            assert weights == sorted(weights, reverse=True)

    def test_neighbours_do_not_matter(self) -> None:
        """A debt has the same score alone, and among others in another order."""
        together = {one.reference: one for one in self.scores(self.debts)}
        assert {one.reference: one for one in self.scores(list(reversed(self.debts)))} == together
        assert self.scores(self.debts[:1]) == [together[self.debts[0].reference]]

    def test_empty_batch(self) -> None:
        """No debts have no scores."""
        assert self.scores([]) == []

    def test_too_large_batch_is_refused(self) -> None:
        """More than 1 000 debts are refused with code `batch_too_large`; 1 000 are not."""
        many = [replace(self.debts[0], reference=f"many-{number}") for number in range(_LARGEST_BATCH + 1)]
        assert len(self.scores(many[:-1])) == _LARGEST_BATCH

        async def scenario(scorer: Scorer, _: FakeContext) -> PluginError | None:
            try:
                await scorer.score(many)
            except PluginError as error:
                return error
            return None

        error = self.run(scenario)
        assert isinstance(error, RejectedByProvider) and error.code == "batch_too_large"

    def test_large_batch_does_not_block(self) -> None:
        """The event loop is never held for 50 ms with a thousand debts; best of three."""
        many = [replace(self.debts[0], reference=f"many-{number}") for number in range(_LARGEST_BATCH)]

        async def scenario(scorer: Scorer, _: FakeContext) -> int:
            gaps = list[int]()
            while len(gaps) < 3 and min(gaps, default=_LONGEST_GAP_MS) >= _LONGEST_GAP_MS:
                gaps.append(await longest_gap_ms(lambda: scorer.score(many)))
            return min(gaps)

        gap = self.run(scenario)
        assert gap < _LONGEST_GAP_MS, f"the loop was held for {gap} ms"

    def test_batch_stays_as_it_is(self) -> None:
        """The batch that was given is not sorted, emptied or changed: the host goes on with it."""
        given = list(self.debts)
        self.scores(given)
        assert given == list(self.debts), "the batch is another one after it was scored"

    def test_another_day_same_scores(self) -> None:
        """The same facts have the same scores a year later: how old a debt is, is one of the facts."""

        async def scenario(scorer: Scorer, context: FakeContext) -> list[list[Score]]:
            today = list(await scorer.score(self.debts))
            context.clock.advance(timedelta(days=365))
            return [today, list(await scorer.score(self.debts))]

        today, later = self.run(scenario)
        assert today == later, "the same facts have another score on another day"

    def test_scores_rest_on_the_facts(self) -> None:
        """No file of the package asks for the machine's time or draws lots while it scores."""

        async def scenario(scorer: Scorer, _: FakeContext) -> list[str]:
            with clock_watched(self.package()) as looks:
                await scorer.score(self.debts)
            return looks

        found = self.run(scenario)
        assert found == [], f"a score rests on the machine: {sorted(set(found))}"

    def test_earlier_batches_do_not_matter(self) -> None:
        """What was scored before changes no score: a model has a version, and is the same until that changes."""

        async def scenario(scorer: Scorer, _: FakeContext) -> list[Score]:
            for debt in reversed(self.debts):
                await scorer.score([replace(debt, payments=debt.payments + 1)])
            return list(await scorer.score(self.debts))

        assert self.run(scenario) == self.scores(self.debts), "a score depends on what was scored before"

    def test_reference_is_no_fact(self) -> None:
        """Two debts of the same facts have the same score: a reference is a name, and says nothing of the debt."""
        named = [replace(debt, reference=f"other-{number}") for number, debt in enumerate(self.debts)]
        told = [[(one.value, one.reasons) for one in self.scores(debts)] for debts in (self.debts, named)]
        assert told[0] == told[1], "a score depends on what the debt is called"

    def test_reasons_name_nobody(self) -> None:
        """Each reason of a score has a code of its own, and none repeats a reference, which leads to somebody."""
        found = self.scores(self.debts)
        for one in found:
            assert len({reason.code for reason in one.reasons}) == len(one.reasons), "a reason is given twice"
        texts = [f"{reason.code} {reason.text}" for one in found for reason in one.reasons]
        assert_not_in(self.personal_data(), " ".join(texts), "a reason")
