"""Conformance of a payment gateway."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from recobro_sdk.callbacks import InboundCall
from recobro_sdk.errors import PluginError, RejectedByProvider
from recobro_sdk.gateways import (
    GatewayPayment,
    GatewayState,
    PaymentGateway,
    PaymentIntent,
    PaymentRef,
    RefundIntent,
    latest_payments,
)
from recobro_sdk.money import Money
from recobro_sdk.outcomes import Failed, Outcome, Pending, Settled, Unknown
from recobro_sdk.testing.charges import ChargeConformance
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.faults import Fault


class GatewayConformance(ChargeConformance, inputs=("intent", "provider_calls", "pay")):
    """Subclass, set `plugin`, `settings` and, where the gateway takes no COP, an `intent`.

    `pay(number)` lets somebody pay at the provider under test, and `provider_calls(number)` gives its signed calls; the
    kit's `server` has both already. With the ability `charge` its charges are looked at like its links: `charged` is
    one that works, `declined` one that the provider declines.
    """

    intent: ClassVar[PaymentIntent] = PaymentIntent(
        # Beyond 2**31, as a mortgage in pesos is, and beyond 2**53, as whoever uses fractions finds out.
        reference="PAY-2026-17",
        amount=Money(9_007_199_254_740_993, "COP"),
        description="Acuerdo n.º 17",
        payer_name="Ana Peña",
        payer_email="ana.pena@example.test",
    )

    def pay(self, number: str) -> None:
        """Somebody pays."""
        getattr(self.fake(), "pay")(number)  # noqa: B009 (only some servers have it)

    def provider_calls(self, number: str) -> Sequence[InboundCall]:
        """The signed calls of the provider about a payment."""
        return getattr(self.fake(), "callbacks")(number)  # noqa: B009 (only some servers have it)

    def calls(self, number: str) -> Sequence[InboundCall]:
        """The calls about a payment."""
        return self.provider_calls(number)

    async def act(self, service: PaymentGateway, key: str = "call-1") -> Any:
        """Make a link."""
        return await service.create_link(self.intent, idempotency_key=key)

    def personal_data(self) -> list[str]:
        """Who pays, and by what."""
        tokens = [self.charged.token, self.declined.token] if self.charges() else []
        return [self.intent.payer_name, self.intent.payer_email, *tokens]

    def number_of(self, answer: Any) -> object:
        """The gateway's number."""
        return answer.number

    async def _paid(self, gateway: PaymentGateway, key: str) -> str:
        link = await gateway.create_link(self.intent, idempotency_key=key)
        self.pay(link.number)
        return link.number

    def test_link(self) -> None:
        """The link carries the offer's code, a number, and an address that is https."""
        link = self.run(lambda gateway, _: self.act(gateway))
        assert link.gateway == self.offer().code and link.number
        assert link.url.startswith("https://"), "payers are sent to an address that is not https"

    def test_key_of_another_intent_is_refused(self) -> None:
        """A key that was used for an intent cannot be used for another amount."""

        async def scenario(gateway: PaymentGateway, _: FakeContext) -> PluginError | None:
            await gateway.create_link(self.intent, idempotency_key="link-1")
            other = replace(self.intent, amount=Money(1_00, self.intent.amount.currency))
            try:
                await gateway.create_link(other, idempotency_key="link-1")
            except PluginError as error:
                return error
            return None

        error = self.run(scenario)
        assert isinstance(error, RejectedByProvider) and error.code == "idempotency_key_reused"

    def test_payment_is_told_exactly(self) -> None:
        """Before somebody pays it is `Pending`; then `Settled`, approved, with the amount to the last minor unit."""

        async def scenario(gateway: PaymentGateway, _: FakeContext) -> tuple[object, Outcome[GatewayPayment]]:
            link = await gateway.create_link(self.intent, idempotency_key="exact-1")
            before = await gateway.fetch(PaymentRef("exact-1", link.number))
            self.pay(link.number)
            return before, await gateway.fetch(PaymentRef("exact-1"))

        before, after = self.run(scenario)
        assert isinstance(before, Pending), "a payment that nobody made is not pending"
        assert isinstance(after, Settled) and after.value.state is GatewayState.APPROVED
        assert after.value.amount == self.intent.amount and after.value.reference == self.intent.reference
        assert after.value.paid_at is not None and after.value.paid_at.tzinfo is not None

    def test_unheard_of_payment_is_not_settled(self) -> None:
        """A key that the gateway never saw has no payment."""
        found = self.run(lambda gateway, _: gateway.fetch(PaymentRef("never-sent")))
        assert not isinstance(found, Settled)

    def test_fetch_claims_nothing_under_faults(self) -> None:
        """While the gateway fails, a payment is never `Settled` or `Failed`."""

        async def scenario(gateway: PaymentGateway, context: FakeContext) -> list[object]:
            await self._paid(gateway, "fetch-1")
            found: list[object] = []
            for fault in (Fault.UNREACHABLE, Fault.STATUS_500, Fault.CUT, Fault.NOT_JSON, Fault.WRONG_TYPES):
                context.wire.always = fault
                try:
                    found.append(await gateway.fetch(PaymentRef("fetch-1")))
                except PluginError as error:
                    found.append(error)
            return found

        found = self.run(scenario)
        assert [one for one in found if isinstance(one, PluginError) and not one.retryable] == []
        assert not any(isinstance(one, Settled | Failed) for one in found), "it was made up"

    def test_refund_of_a_lost_answer_is_one_refund(self) -> None:
        """When the answer to a refund is lost it is `Unknown` or `Pending`; the same key again gives the one refund."""
        amount = Money(1_00, self.intent.amount.currency)

        async def scenario(gateway: PaymentGateway, context: FakeContext) -> tuple[object, object, object]:
            number = await self._paid(gateway, "refund-1")
            refund = RefundIntent(number=number, amount=amount, reason="duplicate")
            context.wire.next_faults.append(Fault.CUT)
            lost = await gateway.refund(refund, idempotency_key="refund-key-1")
            again = await gateway.refund(refund, idempotency_key="refund-key-1")
            return lost, again, await gateway.fetch(PaymentRef("refund-1"))

        lost, again, payment = self.run(scenario)
        assert isinstance(lost, Unknown | Pending), "a refund of which nobody knows is neither Unknown nor Pending"
        assert isinstance(again, Settled) and again.value.amount == amount
        assert isinstance(payment, Settled) and payment.value.refunded == amount, "it was refunded twice"

    def test_refund_of_too_much_fails(self) -> None:
        """More than was paid cannot go back: `Failed` with code `amount_refused`, for good."""

        async def scenario(gateway: PaymentGateway, _: FakeContext) -> object:
            number = await self._paid(gateway, "much-1")
            much = self.intent.amount + Money(1, self.intent.amount.currency)
            return await gateway.refund(
                RefundIntent(number=number, amount=much, reason="error"), idempotency_key="much-key-1"
            )

        found = self.run(scenario)
        assert isinstance(found, Failed) and found.code == "amount_refused" and not found.retryable

    def test_callbacks_settle_alike(self) -> None:
        """In every order, and told twice, the events leave the payment in the same state."""

        async def scenario(gateway: PaymentGateway, context: FakeContext) -> list[GatewayPayment]:
            calls = await self.told(gateway, context)
            events = [event for call in calls for event in await gateway.parse_callback(call)]
            return [
                one for order in itertools.permutations([*events, events[0]]) for one in latest_payments(order).values()
            ]

        found = self.run(scenario)
        assert all(one == found[0] for one in found), "the order of calls changes what was paid"
