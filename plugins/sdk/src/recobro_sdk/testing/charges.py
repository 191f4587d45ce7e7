"""Checks of a gateway that charges without the payer present."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, Final, get_type_hints

from recobro_sdk.errors import RejectedByProvider
from recobro_sdk.gateways import (
    ChargeIntent,
    ChargingGateway,
    GatewayPayment,
    GatewayState,
    PaymentGateway,
    PaymentRef,
)
from recobro_sdk.money import Money
from recobro_sdk.outcomes import Failed, Outcome, Pending, Settled, Unknown
from recobro_sdk.testing.callbacks import CallbackConformance
from recobro_sdk.testing.checks import signature_differences
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.faults import Fault
from recobro_sdk.testing.faulty_calls import Act

_NOBODY_KNOWS: Final = (Fault.CUT, Fault.HALF_ANSWER, Fault.NOT_JSON, Fault.SLOW, Fault.STATUS_500)
_REUSED: Final = "idempotency_key_reused"


class ChargeConformance(CallbackConformance[PaymentGateway], inputs=("charged", "declined")):
    """What holds for the ability `charge`. Without it nothing is asked for."""

    hook = "recobro_payment_gateways"
    protocol = PaymentGateway
    operation = "create_link"

    charged: ClassVar[ChargeIntent] = ChargeIntent(
        reference="PAY-2026-18",
        amount=Money(9_007_199_254_740_993, "COP"),
        token="token-of-ana-001",  # noqa: S106 (of the kit's own server)
        mandate="MANDATE-7",
    )
    declined: ClassVar[ChargeIntent] = replace(charged, reference="PAY-2026-19", token="token-of-ana-000")  # noqa: S106

    def charges(self) -> bool:
        """Whether the offer has the ability `charge`."""
        return "charge" in self.offer().abilities

    def acts(self) -> Mapping[str, Act]:
        """The link, and with the ability a charge."""
        return {self.operation: self.act, **({"charge": self._charge} if self.charges() else {})}

    async def _charge(self, service: Any, key: str) -> Any:
        return await service.charge(self.charged, idempotency_key=f"charge-{key}")

    def answer_type(self, name: str) -> Any:
        """As the contract of the part annotates it."""
        protocol = ChargingGateway if name == "charge" else self.protocol
        return get_type_hints(getattr(protocol, name))["return"]

    def is_honest(self, answer: Any) -> bool:
        """An outcome without a value claims nothing, and the host asks again."""
        return isinstance(answer, Pending | Unknown)

    def test_abilities_are_served(self) -> None:
        """An offer that says that it charges has the method, with the parameters of the contract."""

        async def scenario(gateway: PaymentGateway, _: FakeContext) -> list[str]:
            return signature_differences(gateway, ChargingGateway) if self.charges() else []

        assert self.run(scenario) == []

    def test_charge_is_exact(self) -> None:
        """With the ability `charge`: what was charged is told under the offer's code, with the host's reference, and to
        the last minor unit."""
        if not self.charges():
            return
        found = self.run(lambda gateway, _: self._charge(gateway, "exact-1"))
        assert isinstance(found, Settled | Pending), "a charge that works is not settled"
        if isinstance(found, Settled):
            payment: GatewayPayment = found.value
            assert (payment.gateway, payment.reference) == (self.offer().code, self.charged.reference)
            assert payment.amount == self.charged.amount, "another amount was charged"
            assert payment.state is GatewayState.APPROVED and payment.refunded.minor_units == 0
            assert payment.paid_at is not None and payment.paid_at.tzinfo is not None

    def test_same_key_is_one_charge(self) -> None:
        """With the ability `charge`: the same key at the same time, and an hour later, charges once, and the payment is
        found under it."""
        if not self.charges():
            return
        effects = self.effects_since()

        async def scenario(gateway: Any, context: FakeContext) -> tuple[list[Any], Any]:
            found = list(await asyncio.gather(*(self._charge(gateway, "same-1") for _ in range(3))))
            context.clock.advance(timedelta(hours=1))
            found.append(await self._charge(gateway, "same-1"))
            return found, await gateway.fetch(PaymentRef("charge-same-1"))

        found, asked = self.run(scenario)
        assert all(one == found[0] for one in found), "two answers to one key differ"
        assert asked == found[0], "who asks about the charge is told something else"
        assert effects() in (None, 1), f"one key charged {effects()} times"

    def test_charge_of_which_nobody_knows_is_unknown(self) -> None:
        """With the ability `charge`: where the answer is lost it is `Unknown` or `Pending`, and no error; the same key
        again gives the one charge."""
        if not self.charges() or not self.goes_out():
            return
        for fault in _NOBODY_KNOWS:
            effects = self.effects_since()

            async def scenario(gateway: Any, context: FakeContext, fault: Fault = fault) -> tuple[object, object]:
                context.wire.next_faults.append(fault)
                try:
                    lost: object = await self._charge(gateway, f"lost-{fault}")
                except NotImplementedError:
                    raise
                except Exception as error:
                    lost = error
                context.wire.next_faults.clear()
                return lost, await self._charge(gateway, f"lost-{fault}")

            lost, again = self.run(scenario)
            assert isinstance(lost, Unknown | Pending), f"{fault}: a charge of which nobody knows is {lost!r}"
            assert isinstance(again, Settled | Pending), f"{fault}: the same key again gives no charge"
            assert effects() in (None, 1), f"{fault}: one key charged {effects()} times"

    def test_key_of_another_charge_is_refused(self) -> None:
        """With the ability `charge`: a key that was used for a charge cannot be used for another amount."""
        if not self.charges():
            return

        async def scenario(gateway: Any, _: FakeContext) -> object:
            await self._charge(gateway, "reused-1")
            other = replace(self.charged, amount=Money(1_00, self.charged.amount.currency))
            try:
                return await gateway.charge(other, idempotency_key="charge-reused-1")
            except RejectedByProvider as error:
                return error

        found = self.run(scenario)
        assert isinstance(found, RejectedByProvider | Failed) and found.code == _REUSED, "another amount was charged"

    def test_declined_charge_is_no_money(self) -> None:
        """With the ability `charge`: what the provider declines (`declined`, set it to a charge that it declines) is
        `Failed` for good, or told as declined: nobody may believe that it was paid."""
        if not self.charges():
            return

        async def scenario(gateway: Any, _: FakeContext) -> Outcome[GatewayPayment]:
            return await gateway.charge(self.declined, idempotency_key="charge-declined-1")

        found = self.run(scenario)
        if isinstance(found, Settled):
            assert found.value.state is GatewayState.DECLINED, "a charge that was declined is told as paid"
        else:
            assert isinstance(found, Failed) and not found.retryable, "a charge that was declined is tried again"
