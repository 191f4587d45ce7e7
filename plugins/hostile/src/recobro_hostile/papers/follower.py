"""The legal channel whose lawyers tell of their cases, hear of their costs and call, and which has no defect."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from recobro_hostile.papers.honest import HonestLawyers, LawyersSettings
from recobro_sdk import (
    CallbackResult,
    CaseEvent,
    CaseEventKind,
    CaseMoney,
    CaseMoneyKind,
    CaseNews,
    CostAnswer,
    CostKind,
    CostRequest,
    Failed,
    HandoffRef,
    InboundCall,
    JsonObject,
    LegalStage,
    Money,
    Outcome,
    RejectedByProvider,
    Settled,
    ask_json,
    verify_callback,
)

ModelT = TypeVar("ModelT", bound=BaseModel)


class FollowerSettings(LawyersSettings):
    """How to reach the lawyers, and how they sign."""

    signing_secret: SecretStr = Field(description="What the lawyers sign their calls with")


class Part(BaseModel):
    """A part of an answer; what nobody knows is passed over."""

    model_config = ConfigDict(frozen=True)


class Amount(Part):
    """Money, as the lawyers write it."""

    minor_units: int = Field(strict=True)
    currency: str


class ToldEvent(Part):
    """Something that happened."""

    reference: str = Field(strict=True)
    kind: CaseEventKind
    on: date
    detail: str = ""
    scheduled_on: date | None = None


class ToldCost(Part):
    """What they ask for."""

    reference: str = Field(strict=True)
    kind: CostKind
    amount: Amount
    reason: str


class ToldMoney(Part):
    """What they received or kept."""

    reference: str = Field(strict=True)
    kind: CaseMoneyKind
    amount: Amount
    on: date
    of: str = ""
    detail: str = ""


class ToldNews(Part):
    """All that the lawyers tell of a case."""

    stage: LegalStage
    reason: str
    events: Sequence[ToldEvent]
    costs: Sequence[ToldCost]
    money: Sequence[ToldMoney]


class Heard(Part):
    """That they know what was decided."""

    reference: str = Field(strict=True)


class Called(Part):
    """Of which cases there is news."""

    handoffs: Sequence[str] = Field(min_length=1, max_length=50)


class HonestFollower(HonestLawyers):
    """Tells of its cases without a defect. Subclasses override the one step that they do wrong."""

    code: ClassVar[str] = "hostile_follower"
    _settings: FollowerSettings

    async def news(self, handoff: HandoffRef) -> Outcome[CaseNews]:
        """What is known of a case; see `CaseFollower.news`."""
        key = handoff.idempotency_key
        try:
            told = await self.asked(ToldNews, "GET", f"/v1/cases/{key}/news", key)
        except RejectedByProvider as error:
            if error.code == "not_received":
                return Failed("not_received", retryable=True)
            raise
        return Settled(self.told(told))

    def told(self, news: ToldNews) -> CaseNews:
        """The same, as the host wants it."""
        return CaseNews(
            stage=news.stage,
            reason=news.reason,
            events=tuple(self.event(one) for one in news.events),
            costs=tuple(self.cost(one) for one in news.costs),
            money=tuple(self.money(one) for one in news.money),
        )

    def event(self, told: ToldEvent) -> CaseEvent:
        """One event."""
        return CaseEvent(
            reference=told.reference, kind=told.kind, on=told.on, detail=told.detail, scheduled_on=told.scheduled_on
        )

    def cost(self, told: ToldCost) -> CostRequest:
        """One cost."""
        amount = Money(told.amount.minor_units, told.amount.currency)
        return CostRequest(reference=told.reference, kind=told.kind, amount=amount, reason=told.reason)

    def money(self, told: ToldMoney) -> CaseMoney:
        """One amount."""
        amount = Money(told.amount.minor_units, told.amount.currency)
        return CaseMoney(
            reference=told.reference, kind=told.kind, amount=amount, on=told.on, of=told.of, detail=told.detail
        )

    async def answer_cost(self, handoff: HandoffRef, answer: CostAnswer) -> None:
        """Tell a decision; see `CostAnswerReceiver.answer_cost`."""
        await self.tell(handoff.idempotency_key, self.cost_key(handoff, answer), self.decision(answer))

    async def tell(self, case: str, key: str, body: JsonObject) -> None:
        """Send it."""
        await self.asked(Heard, "POST", f"/v1/cases/{case}/costs", key, body)

    def cost_key(self, handoff: HandoffRef, answer: CostAnswer) -> str:
        """One for each cost of each case."""
        return hashlib.sha256(f"{handoff.idempotency_key}\0{answer.reference}".encode()).hexdigest()

    def decision(self, answer: CostAnswer) -> JsonObject:
        """What is sent of it."""
        decided = "approved" if answer.approved else "refused"
        return {"reference": answer.reference, "decision": decided, "reason": answer.reason}

    async def asked(
        self, answer: type[ModelT], method: str, path: str, key: str, body: JsonObject | None = None
    ) -> ModelT:
        """The lawyers' answer."""
        headers = {"Authorization": f"Bearer {self._settings.api_key.get_secret_value()}", "Idempotency-Key": key}
        url = f"{self._settings.base_url}{path}"
        return await ask_json(self._context, method, url, answer=answer, json=body, headers=headers)

    async def verify_call(self, call: InboundCall) -> str:
        """Whether the lawyers sent it; see `CallbackReceiver.verify_call`."""
        return verify_callback(self._settings.signing_secret, call, now=self._context.clock.now())

    async def receive_call(self, call: InboundCall) -> CallbackResult:
        """The cases of which there is news; see `CallbackReceiver.receive_call`."""
        try:
            return self.called(Called.model_validate_json(call.body))
        except ValidationError:
            raise RejectedByProvider("the call names no cases", code="malformed_call") from None

    def called(self, told: Called) -> CallbackResult:
        """By their keys."""
        return CallbackResult(settled=tuple(dict.fromkeys(told.handoffs)))
