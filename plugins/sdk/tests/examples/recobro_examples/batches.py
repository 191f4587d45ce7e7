"""A score, and somebody who hears of payments."""

from __future__ import annotations

from collections.abc import Sequence

from recobro_examples.furnisher import NoSettings
from recobro_sdk import (
    DebtFacts,
    DomainEvent,
    EventInterest,
    PluginContext,
    RejectedByProvider,
    Score,
    ScorerDescription,
    ScoreReason,
    Text,
)


class Points:
    """A `Scorer` that adds points up."""

    def __init__(self, settings: NoSettings, context: PluginContext) -> None:
        pass

    def describe(self) -> ScorerDescription:
        """0 to 1 000."""
        title = Text("Puntos", "Points")
        return ScorerDescription(
            code="examples_points", title=title, lowest=0, highest=1000, model="points", model_version="1"
        )

    async def score(self, batch: Sequence[DebtFacts]) -> Sequence[Score]:
        """Age and payments."""
        if len(batch) > 1000:
            raise RejectedByProvider("at most 1 000 debts", code="batch_too_large")
        return [_score(debt) for debt in batch]


def _score(debt: DebtFacts) -> Score:
    age, paid = -min(debt.days_past_due, 400), 100 * min(debt.payments, 3)
    reasons = [
        ScoreReason(code="age", text=Text("Altura de mora", "Days past due"), points=age),
        ScoreReason(code="payments", text=Text("Pagos hechos", "Payments made"), points=paid),
    ]
    ordered = sorted(reasons, key=lambda reason: -abs(reason.points))
    return Score(reference=debt.reference, value=500 + age + paid, reasons=tuple(ordered))


class Listener:
    """An `EventSubscriber` that notes what it heard."""

    def __init__(self, settings: NoSettings, context: PluginContext) -> None:
        self._store = context.store

    def interests(self) -> Sequence[EventInterest]:
        """Payments."""
        return [EventInterest("payment.recorded")]

    async def handle(self, events: Sequence[DomainEvent]) -> str:
        """Note each once."""
        for event in events:
            await self._store.add(f"event.{event.id}", {"cursor": event.cursor})
        return events[-1].cursor
