"""Payment gateways, each with one defect: in links, in what is told of payments, in refunds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from recobro_hostile.outgoing.honest import HonestGateway, Link, Payment, ToldOfPayment
from recobro_sdk import (
    Failed,
    GatewayEvent,
    GatewayPayment,
    GatewayRefund,
    GatewayState,
    InboundCall,
    Money,
    Outcome,
    PaymentIntent,
    PaymentLink,
    PaymentRef,
    ProviderUnavailable,
    RefundIntent,
    RejectedByProvider,
    Settled,
    Unknown,
)


class LinksInTheOpen(HonestGateway):
    """Sends payers to an address that anybody can read along."""

    code = "hostile_gateway_links_in_the_open"

    def link(self, answer: Link) -> PaymentLink:
        """Without the s."""
        return PaymentLink(gateway=self.code, number=answer.number, url=answer.url.replace("https:", "http:"))


class HidesAReusedKey(HonestGateway):
    """Has the host try again with a key that belongs to another payment."""

    code = "hostile_gateway_hides_a_reused_key"

    async def create_link(self, intent: PaymentIntent, *, idempotency_key: str) -> PaymentLink:
        """Ask, and hope."""
        try:
            return await super().create_link(intent, idempotency_key=idempotency_key)
        except RejectedByProvider as error:
            raise ProviderUnavailable("try again") from error


class DividesAmounts(HonestGateway):
    """Counts money in binary fractions on the way."""

    code = "hostile_gateway_divides_amounts"

    def payment(self, found: Payment) -> GatewayPayment:
        """To the last minor unit but one."""
        return replace(super().payment(found), amount=Money(round(found.amount_minor_units / 1), found.currency))


class SettlesTooEarly(HonestGateway):
    """Takes a link for a payment."""

    code = "hostile_gateway_settles_too_early"

    def outcome(self, found: Payment) -> Outcome[GatewayPayment]:
        """Settled, whatever it is."""
        return Settled(self.payment(found))


class KnowsEveryPayment(HonestGateway):
    """Says of a payment that nobody heard of that it expired."""

    code = "hostile_gateway_knows_every_payment"

    async def fetch(self, payment: PaymentRef) -> Outcome[GatewayPayment]:
        """Expired, where it is not there."""
        found = await super().fetch(payment)
        if not isinstance(found, Failed):
            return found
        nothing = Money(0, "COP")
        made_up = GatewayPayment(
            gateway=self.code, number="0", reference="0", state=GatewayState.EXPIRED, amount=nothing, refunded=nothing
        )
        return Settled(made_up)


class GivesUpOnPayments(HonestGateway):
    """Takes a failure of the gateway for a payment that failed."""

    code = "hostile_gateway_gives_up_on_payments"

    async def fetch(self, payment: PaymentRef) -> Outcome[GatewayPayment]:
        """Failed, where nobody knows."""
        try:
            return await super().fetch(payment)
        except ProviderUnavailable:
            return Failed("gateway_down", retryable=False)


class LosesRefunds(HonestGateway):
    """Says of a refund of which nobody knows that it failed."""

    code = "hostile_gateway_loses_refunds"

    async def refund(self, refund: RefundIntent, *, idempotency_key: str) -> Outcome[GatewayRefund]:
        """Failed, where nobody knows."""
        found = await super().refund(refund, idempotency_key=idempotency_key)
        return Failed("gateway_down", retryable=True) if isinstance(found, Unknown) else found


class RefundsTwice(HonestGateway):
    """Gives money back under a key of its own each time."""

    code = "hostile_gateway_refunds_twice"
    _turn = 0

    async def refund(self, refund: RefundIntent, *, idempotency_key: str) -> Outcome[GatewayRefund]:
        """Once more."""
        self._turn += 1
        return await super().refund(refund, idempotency_key=f"{idempotency_key}-{self._turn}")


class TriesTooMuchAgain(HonestGateway):
    """Does not know whether more went back than was paid."""

    code = "hostile_gateway_tries_too_much_again"

    async def refund(self, refund: RefundIntent, *, idempotency_key: str) -> Outcome[GatewayRefund]:
        """Unknown, where it was refused."""
        found = await super().refund(refund, idempotency_key=idempotency_key)
        return Unknown() if isinstance(found, Failed) else found


class NamesEventsByPayment(HonestGateway):
    """Tells everything of a payment under one name, of one moment, as approved: what came last counts."""

    code = "hostile_gateway_names_events_by_payment"

    async def parse_callback(self, call: InboundCall) -> Sequence[GatewayEvent]:
        """By the payment's number."""
        self.verify(call)
        told = self.read(call, ToldOfPayment)
        flat = self.payment(told.payment.model_copy(update={"state": "approved", "refunded_minor_units": 0}))
        return [GatewayEvent(event=flat.number, occurred_at=self._context.clock.now(), payment=flat)]
