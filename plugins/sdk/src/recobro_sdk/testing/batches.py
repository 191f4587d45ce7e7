"""Conformance of scorers, which take many debts at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from recobro_sdk.errors import PluginError, RejectedByProvider
from recobro_sdk.jurisdiction import DebtFacts
from recobro_sdk.scoring import Score, Scorer, ScorerDescription
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.operations import OperationConformance
from recobro_sdk.testing.pure import some_debt

_LARGEST_BATCH = 1000


class ScorerConformance(OperationConformance[Scorer], inputs=("debts",)):
    """Subclass, set `plugin`, `settings` and, when the scorer needs other facts, `debts`."""

    hook = "recobro_scorers"
    protocol = Scorer
    operation = "score"

    debts: ClassVar[Sequence[DebtFacts]] = tuple(
        some_debt(f"debt-{number}", days_past_due=30 * number, payments=number % 3) for number in range(7)
    )

    async def act(self, service: Scorer, key: str = "call-1") -> Any:
        """Score the debts."""
        return list(await service.score(self.debts))

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

        async def scenario(scorer: Scorer, _: FakeContext) -> ScorerDescription:
            return scorer.describe()

        found = self.run(scenario)
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
