"""A plugin of the tests with one offer of each kind that no first-party plugin needs; written like a stranger's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from recobro_sdk import (
    Artifact,
    BureauFurnisher,
    Capability,
    ChargeIntent,
    ContactPermit,
    ContactRequest,
    DebtFacts,
    Decision,
    Delivery,
    FurnishingAcknowledgement,
    FurnishingBatch,
    FurnishingRequest,
    GatewayEvent,
    GatewayPayment,
    GatewayRefund,
    GatewayState,
    Identifier,
    IdentifierValidator,
    IdentifierVerdict,
    InboundCall,
    InvalidConfiguration,
    JurisdictionPack,
    Message,
    MessageChannel,
    MessageEvent,
    MessageRef,
    MessageState,
    Money,
    Offer,
    Outcome,
    PackDescription,
    PaymentGateway,
    PaymentIntent,
    PaymentLink,
    PaymentRef,
    PluginContext,
    PluginManifest,
    PluginScope,
    RecordReject,
    RefundIntent,
    RequiredNotice,
    RuleSource,
    Score,
    Scorer,
    ScorerDescription,
    ScoreReason,
    Settled,
    Submission,
    SubmissionRef,
    Text,
    Verdict,
    hookimpl,
)

THEN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Settings(BaseModel):
    """What every offer of it asks for."""

    model_config = ConfigDict(extra="forbid")

    api_key: SecretStr = Field(min_length=4, description="The agency's key")


class Provider:
    """Has settings, and tries them."""

    def __init__(self, settings: Settings, context: PluginContext) -> None:
        self._settings, self._context = settings, context

    async def check(self) -> None:
        """Refuse one key."""
        if self._settings.api_key.get_secret_value() == "refused":
            raise InvalidConfiguration("the key is refused")


class Furnisher(Provider):
    """A `BureauFurnisher` that reads its bureau's files."""

    async def problems(self, batch: FurnishingBatch) -> Sequence[RecordReject]:
        """Refuses whatever has no reference of a contract."""
        return [
            RecordReject(reference=record.reference, code="no_contract", field="reference", remedy="Give a number.")
            for record in batch.records
            if not record.reference.startswith("OBL")
        ]

    async def submit(self, batch: FurnishingBatch, *, idempotency_key: str) -> Submission:
        """Keeps it."""
        await self._context.store.add(f"batch-{idempotency_key}", {"records": len(batch.records)})
        file = Artifact(name="batch.txt", media_type="text/plain", content=b"\x00\xff")
        return Submission(bureau="every_furnisher", number="B-1", received_at=THEN, artifacts=(file,))

    async def status(self, submission: SubmissionRef) -> Outcome[FurnishingAcknowledgement]:
        """All were taken."""
        kept = await self._context.store.get(f"batch-{submission.idempotency_key}") or {"records": 0}
        records = kept["records"]
        assert isinstance(records, int)
        return Settled(FurnishingAcknowledgement(number="B-1", accepted=records))

    async def read_acknowledgement(self, file: Artifact) -> FurnishingAcknowledgement:
        """As many were taken as it has bytes."""
        return FurnishingAcknowledgement(number="B-1", accepted=file.size)


class Channel(Provider):
    """A `MessageChannel`."""

    async def send(self, message: Message, *, permit: ContactPermit, idempotency_key: str) -> Delivery:
        """Says that it did."""
        return self._delivery(f"{message.kind}:{permit.reference}:{idempotency_key}")

    async def status(self, message: MessageRef) -> Outcome[Delivery]:
        """Delivered."""
        return Settled(self._delivery(message.idempotency_key))

    async def parse_callback(self, call: InboundCall) -> Sequence[MessageEvent]:
        """It was read."""
        number = call.body.decode()
        return [MessageEvent(event=f"e-{number}", number=number, state=MessageState.READ, occurred_at=THEN)]

    def _delivery(self, number: str) -> Delivery:
        return Delivery(
            channel="every_channel", number=number, state=MessageState.DELIVERED, at=THEN, cost=Money(90_00, "COP")
        )


class Gateway(Provider):
    """A `PaymentGateway` that also charges."""

    async def create_link(self, intent: PaymentIntent, *, idempotency_key: str) -> PaymentLink:
        """A link."""
        return PaymentLink(gateway="every_gateway", number=idempotency_key, url="https://pay.example/1")

    async def fetch(self, payment: PaymentRef) -> Outcome[GatewayPayment]:
        """Paid."""
        return Settled(self._payment(payment.idempotency_key, Money(5_000_00, "COP")))

    async def refund(self, refund: RefundIntent, *, idempotency_key: str) -> Outcome[GatewayRefund]:
        """Given back."""
        return Settled(GatewayRefund(number=idempotency_key, payment=refund.number, amount=refund.amount))

    async def parse_callback(self, call: InboundCall) -> Sequence[GatewayEvent]:
        """It was paid."""
        return [GatewayEvent(event="e", occurred_at=THEN, payment=self._payment("p", Money(1, "COP")))]

    async def charge(self, intent: ChargeIntent, *, idempotency_key: str) -> Outcome[GatewayPayment]:
        """Paid."""
        return Settled(self._payment(idempotency_key, intent.amount))

    def _payment(self, number: str, amount: Money) -> GatewayPayment:
        return GatewayPayment(
            gateway="every_gateway", number=number, reference="r", state=GatewayState.APPROVED, amount=amount,
            refunded=Money(0, amount.currency), paid_at=THEN,
        )  # fmt: skip


class Pack(Provider):
    """A `JurisdictionPack`."""

    def describe(self) -> PackDescription:
        """One rule."""
        rule = RuleSource(
            rule="XX-1", version=1, citation="Art. 1", summary=Text("Una", "One"), effective_from=date(2020, 1, 1)
        )
        return PackDescription(
            code="every_pack", version="1", country="XX", title=Text("Reglas", "Rules"), horizon=date(2030, 12, 31),
            rules=(rule,),
        )  # fmt: skip

    def may_contact(self, request: ContactRequest) -> Decision:
        """Not before `THEN`."""
        return Decision(
            verdict=Verdict.DEFER, rule="XX-1", rule_version=1, citation="Art. 1", not_before=THEN,
            inputs={"zones": list(request.zones)},
        )  # fmt: skip

    def may_furnish(self, request: FurnishingRequest) -> Decision:
        """No."""
        return Decision(verdict=Verdict.DENY, rule="XX-1", rule_version=1, citation="Art. 1")

    def may_sue(self, debt: DebtFacts, on: date) -> Decision:
        """Yes."""
        return Decision(verdict=Verdict.ALLOW, rule="XX-1", rule_version=1, citation="Art. 1")

    def rate_cap(self, debt: DebtFacts, on: date) -> Decimal | None:
        """A rate, but for businesses."""
        return Decimal("28.170") if debt.modality == "consumer" else None

    def notices(self, debt: DebtFacts, on: date) -> tuple[RequiredNotice, ...]:
        """One."""
        return (RequiredNotice(code="n", title=Text("A", "B"), citation="Art. 1", due_on=on, contents=("c",)),)


class Points(Provider):
    """A `Scorer`."""

    def describe(self) -> ScorerDescription:
        """A scale."""
        title = Text("Puntos", "Points")
        return ScorerDescription(code="every_scorer", title=title, lowest=0, highest=1000, model="m", model_version="1")

    async def score(self, batch: Sequence[DebtFacts]) -> Sequence[Score]:
        """A thousand, less the days past due."""
        reason = ScoreReason(code="days", text=Text("Días", "Days"), points=-1)
        return [Score(reference=debt.reference, value=1000 - debt.days_past_due, reasons=(reason,)) for debt in batch]


class Validator(Provider):
    """An `IdentifierValidator`."""

    def types(self) -> frozenset[str]:
        """One."""
        return frozenset({"XID"})

    def validate(self, identifier: Identifier) -> IdentifierVerdict:
        """Digits are valid."""
        if identifier.number.isdecimal():
            return IdentifierVerdict(valid=True, normal=identifier.number)
        return IdentifierVerdict(valid=False, problem=Text("No son cifras", "These are no digits"))


SCOPES = (
    "debtor:identity:read", "debt:balance:read", "debt:status:furnish", "debtor:contact:read", "debtor:message:send",
    "payment:link:create", "payment:refund:create", "debt:facts:read", "debtor:document:read",
)  # fmt: skip


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return PluginManifest(
        name="every",
        version="1.0",
        summary="of a test",
        maintainer="tests",
        homepage="https://example.test",
        capabilities=frozenset(
            {
                Capability.BUREAU_FURNISHING,
                Capability.MESSAGE_CHANNEL,
                Capability.PAYMENT_GATEWAY,
                Capability.JURISDICTION,
                Capability.SCORER,
                Capability.IDENTIFIER_VALIDATOR,
            }
        ),
        scopes=tuple(PluginScope(code, "of a test") for code in SCOPES),
    )


@hookimpl
def recobro_bureau_furnishers() -> list[Offer[BureauFurnisher]]:
    """One that reads files."""
    return [
        Offer(
            code="every_furnisher",
            summary="A file",
            build=Furnisher,
            settings=Settings,
            abilities={"acknowledgement_files"},
        )
    ]


@hookimpl
def recobro_message_channels() -> list[Offer[MessageChannel]]:
    """One."""
    return [Offer(code="every_channel", summary="Texts", build=Channel, settings=Settings)]


@hookimpl
def recobro_payment_gateways() -> list[Offer[PaymentGateway]]:
    """One that charges."""
    return [Offer(code="every_gateway", summary="Pays", build=Gateway, settings=Settings, abilities={"charge"})]


@hookimpl
def recobro_jurisdictions() -> list[Offer[JurisdictionPack]]:
    """One."""
    return [Offer(code="every_pack", summary="Rules", build=Pack, settings=Settings)]


@hookimpl
def recobro_scorers() -> list[Offer[Scorer]]:
    """One."""
    return [Offer(code="every_scorer", summary="Points", build=Points, settings=Settings)]


@hookimpl
def recobro_identifier_validators() -> list[Offer[IdentifierValidator]]:
    """One."""
    return [Offer(code="every_validator", summary="Digits", build=Validator, settings=Settings)]
