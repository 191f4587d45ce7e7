"""The channel and the gateway that every defect starts from, and which have none: clients of the SDK's fake servers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from recobro_sdk import (
    ContactPermit,
    Delivery,
    Failed,
    GatewayEvent,
    GatewayPayment,
    GatewayRefund,
    GatewayState,
    InboundCall,
    JsonObject,
    Message,
    MessageEvent,
    MessageRef,
    MessageState,
    Money,
    Outcome,
    PaymentIntent,
    PaymentLink,
    PaymentRef,
    Pending,
    PluginContext,
    ProviderTimeout,
    ProviderUnavailable,
    RefundIntent,
    RejectedByProvider,
    Settled,
    Unknown,
    ask_json,
    verify_callback,
)

ModelT = TypeVar("ModelT", bound=BaseModel)
ToldT = TypeVar("ToldT", bound=BaseModel)


class OutgoingSettings(BaseModel):
    """How to reach the provider."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: SecretStr = Field(min_length=8, description="Key that the provider gave the agency")
    signing_secret: SecretStr = Field(min_length=16, description="Secret with which the provider signs its calls")
    base_url: str = Field(description="Address of the provider")


class Sent(BaseModel):
    """A message, as its provider writes it."""

    model_config = ConfigDict(strict=True)

    number: str = Field(min_length=1)
    state: str
    cost_minor_units: int
    currency: str


class ToldOfMessage(BaseModel):
    """What the provider tells of a message."""

    event: str = Field(min_length=1)
    number: str
    state: MessageState
    occurred_at: AwareDatetime


class Link(BaseModel):
    """A link, as the gateway writes it."""

    model_config = ConfigDict(strict=True)

    number: str = Field(min_length=1)
    url: str


class Refund(BaseModel):
    """A refund, as the gateway writes it."""

    model_config = ConfigDict(strict=True)

    number: str = Field(min_length=1)
    payment: str


class Payment(BaseModel):
    """A payment, as the gateway writes it."""

    number: str = Field(min_length=1, strict=True)
    reference: str = Field(strict=True)
    state: GatewayState
    amount_minor_units: int = Field(strict=True)
    refunded_minor_units: int = Field(strict=True)
    fee_minor_units: int | None = Field(strict=True)
    currency: str = Field(strict=True, pattern=r"^[A-Z]{3}$")
    paid_at: AwareDatetime | None


class ToldOfPayment(BaseModel):
    """What the gateway tells of a payment."""

    event: str = Field(min_length=1)
    occurred_at: AwareDatetime
    payment: Payment


class Provider:
    """What both have in common: a provider that is asked with a key, and whose calls are signed."""

    def __init__(self, settings: OutgoingSettings, context: PluginContext) -> None:
        self._settings, self._context = settings, context

    async def ask(
        self, method: str, path: str, key: str, answer: type[ModelT], body: JsonObject | None = None
    ) -> ModelT:
        """The provider's answer."""
        headers = {"Authorization": f"Bearer {self._settings.api_key.get_secret_value()}", "Idempotency-Key": key}
        url = f"{self._settings.base_url}{path}"
        return await ask_json(self._context, method, url, answer=answer, json=body, headers=headers)

    def verify(self, call: InboundCall) -> None:
        """Whether it was the provider that called."""
        verify_callback(self._settings.signing_secret, call, now=self._context.clock.now())

    def read(self, call: InboundCall, told: type[ToldT]) -> ToldT:
        """What the call says."""
        try:
            return told.model_validate_json(call.body)
        except ValidationError:
            raise RejectedByProvider("the call is not understood", code="malformed_callback") from None


class HonestChannel(Provider):
    """A channel without a defect. Subclasses override the one step that they do wrong."""

    code: ClassVar[str] = "hostile_channel"

    async def send(self, message: Message, *, permit: ContactPermit, idempotency_key: str) -> Delivery:
        """Send a message; see `MessageChannel.send`."""
        self.allowed(permit)
        answer = await self.ask("POST", "/v1/messages", idempotency_key, Sent, self.written(message))
        return self.delivery(answer)

    def allowed(self, permit: ContactPermit) -> None:
        """Nothing is sent after its permit has ended."""
        if permit.expires_at <= self._context.clock.now():
            raise RejectedByProvider("the permit has expired", code="permit_expired")

    def written(self, message: Message) -> JsonObject:
        """What is sent."""
        return {"to": message.to.address, "body": message.body, "template": message.template}

    def delivery(self, answer: Sent) -> Delivery:
        """The answer as the host wants it."""
        try:
            state, cost = MessageState(answer.state), Money(answer.cost_minor_units, answer.currency)
        except ValueError:
            raise ProviderUnavailable("the answer is none", code="malformed_answer") from None
        return Delivery(channel=self.code, number=answer.number, state=state, at=self.now(), cost=cost)

    def now(self) -> datetime:
        """By the host's clock."""
        return self._context.clock.now()

    async def status(self, message: MessageRef) -> Outcome[Delivery]:
        """How a message stands; see `MessageChannel.status`."""
        key = message.idempotency_key
        try:
            return Settled(self.delivery(await self.ask("GET", f"/v1/messages/{key}", key, Sent)))
        except RejectedByProvider as error:
            if error.code == "not_received":
                return Failed("not_received", retryable=True)
            raise

    async def parse_callback(self, call: InboundCall) -> Sequence[MessageEvent]:
        """What a call says; see `MessageChannel.parse_callback`."""
        self.verify(call)
        return self.events(self.read(call, ToldOfMessage))

    def events(self, told: ToldOfMessage) -> Sequence[MessageEvent]:
        """What the call says, as the host wants it."""
        return [MessageEvent(event=told.event, number=told.number, state=told.state, occurred_at=told.occurred_at)]


class HonestGateway(Provider):
    """A gateway without a defect. Subclasses override the one step that they do wrong."""

    code: ClassVar[str] = "hostile_gateway"

    async def create_link(self, intent: PaymentIntent, *, idempotency_key: str) -> PaymentLink:
        """Make a link; see `PaymentGateway.create_link`."""
        return self.link(await self.ask("POST", "/v1/links", idempotency_key, Link, self.wanted(intent)))

    def wanted(self, intent: PaymentIntent) -> JsonObject:
        """What is asked for."""
        amount = intent.amount
        return {
            "reference": intent.reference,
            "amount_minor_units": amount.minor_units,
            "currency": amount.currency,
            "description": intent.description,
        }

    def link(self, answer: Link) -> PaymentLink:
        """The answer as the host wants it."""
        return PaymentLink(gateway=self.code, number=answer.number, url=answer.url)

    async def fetch(self, payment: PaymentRef) -> Outcome[GatewayPayment]:
        """How a payment stands; see `PaymentGateway.fetch`."""
        key = payment.idempotency_key
        try:
            found = await self.ask("GET", f"/v1/payments/{key}", key, Payment)
        except RejectedByProvider as error:
            if error.code == "not_received":
                return Failed("not_received", retryable=True)
            raise
        return self.outcome(found)

    def outcome(self, found: Payment) -> Outcome[GatewayPayment]:
        """Pending until somebody has decided."""
        waits = found.state in (GatewayState.CREATED, GatewayState.PENDING)
        return Pending() if waits else Settled(self.payment(found))

    def payment(self, found: Payment) -> GatewayPayment:
        """A payment as the host wants it."""
        return GatewayPayment(
            gateway=self.code,
            number=found.number,
            reference=found.reference,
            state=found.state,
            amount=Money(found.amount_minor_units, found.currency),
            refunded=Money(found.refunded_minor_units, found.currency),
            fee=None if found.fee_minor_units is None else Money(found.fee_minor_units, found.currency),
            paid_at=found.paid_at,
        )

    async def refund(self, refund: RefundIntent, *, idempotency_key: str) -> Outcome[GatewayRefund]:
        """Give money back; see `PaymentGateway.refund`."""
        body: JsonObject = {"payment": refund.number, "amount_minor_units": refund.amount.minor_units}
        body["currency"] = refund.amount.currency
        try:
            answer = await self.ask("POST", "/v1/refunds", idempotency_key, Refund, body)
        except RejectedByProvider as error:
            return Failed(error.code, retryable=False)
        except (ProviderTimeout, ProviderUnavailable):
            return Unknown()
        return Settled(GatewayRefund(number=answer.number, payment=answer.payment, amount=refund.amount))

    async def parse_callback(self, call: InboundCall) -> Sequence[GatewayEvent]:
        """What a call says; see `PaymentGateway.parse_callback`."""
        self.verify(call)
        told = self.read(call, ToldOfPayment)
        return [GatewayEvent(event=told.event, occurred_at=told.occurred_at, payment=self.payment(told.payment))]
