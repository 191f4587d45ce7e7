"""The legal kit sees what is wrong with a channel that tells of its cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import ModuleType
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict

from recobro_sdk import (
    Artifact,
    Capability,
    CaseEvent,
    CaseEventKind,
    CaseFollower,
    CaseMoney,
    CaseMoneyKind,
    CaseNews,
    CostAnswer,
    CostAnswerReceiver,
    CostKind,
    CostRequest,
    Dossier,
    Failed,
    HandoffReceipt,
    HandoffRef,
    LegalStage,
    Money,
    Offer,
    Outcome,
    PluginContext,
    PluginManifest,
    Settled,
    hookimpl,
)
from recobro_sdk.testing import LegalConformance, OperationConformance
from recobro_sdk.testing.case_costs import CostConformance
from recobro_sdk.testing.seal import checks_of

NEWS = CaseNews(
    stage=LegalStage.FILED,
    events=(CaseEvent(reference="e-1", kind=CaseEventKind.FILED, on=date(2026, 3, 2)),),
    costs=(CostRequest(reference="c-1", kind=CostKind.BAILIFF, amount=Money(5, "COP"), reason="Seizure"),),
    money=(
        CaseMoney(reference="m-1", kind=CaseMoneyKind.RECEIVED, amount=Money(2**53 + 1, "COP"), on=date(2026, 3, 2)),
        CaseMoney(reference="m-2", kind=CaseMoneyKind.FEE, amount=Money(9, "COP"), on=date(2026, 3, 2), of="m-1"),
        CaseMoney(
            reference="m-3", kind=CaseMoneyKind.REVERSED, amount=Money(2**53 + 1, "COP"), on=date(2026, 3, 2), of="m-1"
        ),
    ),
)


MANIFEST = PluginManifest(
    name="news",
    version="0.1.0",
    summary="Tells of its cases",
    maintainer="Recobro",
    homepage="https://recobro.example",
    capabilities=frozenset({Capability.LEGAL_CHANNEL}),
)


class NoSettings(BaseModel):
    """None."""

    model_config = ConfigDict(extra="forbid")


@dataclass
class Channel:
    """Takes every case and tells of it."""

    context: PluginContext
    taken: set[str] = field(default_factory=set)
    told: list[CostAnswer] = field(default_factory=list)

    def requirements(self, case: Any) -> list[Any]:
        return []

    async def submit(self, dossier: Dossier, *, idempotency_key: str) -> HandoffReceipt:
        self.taken.add(idempotency_key)
        paper = Artifact(name="a.pdf", media_type="application/pdf", content=b"%PDF")
        return HandoffReceipt(
            channel="news", number=idempotency_key, received_at=self.context.clock.now(), artifacts=(paper,)
        )

    async def status(self, handoff: HandoffRef) -> Outcome[LegalStage]:
        return Failed("unused", retryable=False)

    async def news(self, handoff: HandoffRef) -> Outcome[CaseNews]:
        return Settled(NEWS) if handoff.idempotency_key in self.taken else Failed("not_received", retryable=True)

    async def answer_cost(self, handoff: HandoffRef, answer: CostAnswer) -> None:
        if answer not in self.told:
            self.told.append(answer)


class MakesUp(Channel):
    """Tells of cases that it never got."""

    async def news(self, handoff: HandoffRef) -> Outcome[CaseNews]:
        return Settled(NEWS)


class AnswersOnce(Channel):
    """An answer that comes again is an error."""

    async def answer_cost(self, handoff: HandoffRef, answer: CostAnswer) -> None:
        if answer in self.told:
            raise RuntimeError("told already")
        await super().answer_cost(handoff, answer)


def failing(kind: type[Channel], *, abilities: tuple[str, ...] = ("case_news", "cost_answers")) -> set[str]:
    """The checks of the optional parts that a channel fails."""
    offer = Offer(
        code="news", summary="of a test", build=lambda _, context: kind(context), settings=NoSettings,
        abilities=abilities,
    )  # fmt: skip

    module: Any = ModuleType("channel_of_a_test")
    module.recobro_manifest = hookimpl(lambda: MANIFEST)
    module.recobro_legal_channels = hookimpl(lambda: [offer])

    class Kit(LegalConformance):
        plugin = module
        settings: ClassVar[Mapping[str, object]] = {}

    found: set[str] = set()
    for name in set(checks_of(CostConformance)) - set(checks_of(OperationConformance)):
        try:
            getattr(Kit(), name)()
        except Exception:
            found.add(name)
    return found


def test_an_honest_channel_passes() -> None:
    assert issubclass(Channel, CaseFollower) and issubclass(Channel, CostAnswerReceiver)
    assert failing(Channel) == set()


def test_without_the_abilities_nothing_is_asked() -> None:
    assert failing(MakesUp) == {"test_news_of_a_case"}
    assert "test_answer_on_a_cost_may_be_told_again" in failing(AnswersOnce)
    assert failing(MakesUp, abilities=()) == failing(AnswersOnce, abilities=()) == set()


def test_a_cost_is_of_a_positive_amount() -> None:
    with pytest.raises(ValueError, match="positive"):
        replace(NEWS.costs[0], amount=Money(0, "COP"))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"amount": Money(0, "COP")}, "positive"),
        ({"amount": Money(-5, "COP")}, "positive"),
        ({"kind": CaseMoneyKind.REVERSED}, "names the payment"),
        ({"kind": CaseMoneyKind.REMITTED}, "names the payment"),
        ({"of": "m-1"}, "itself"),
    ],
)
def test_money_is_positive_and_what_goes_back_names_its_payment(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        replace(NEWS.money[0], **changes)
