"""The gateway that charges without a defect, and those with one."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import ClassVar

from recobro_hostile.outgoing.honest import HonestGateway, Payment
from recobro_sdk import (
    ChargeIntent,
    Failed,
    GatewayPayment,
    GatewayState,
    JsonObject,
    Money,
    Outcome,
    ProviderTimeout,
    ProviderUnavailable,
    RejectedByProvider,
    Settled,
    Unknown,
)


class HonestCharger(HonestGateway):
    """A gateway that charges without a defect. Subclasses override the one step that they do wrong."""

    code: ClassVar[str] = "hostile_charger"

    async def charge(self, intent: ChargeIntent, *, idempotency_key: str) -> Outcome[GatewayPayment]:
        """Charge; see `ChargingGateway.charge`."""
        try:
            return self.outcome(await self.asked(idempotency_key, self.body(intent)))
        except RejectedByProvider as error:
            return Failed(error.code, retryable=False)
        except (ProviderTimeout, ProviderUnavailable):
            return Unknown()

    async def asked(self, key: str, body: JsonObject) -> Payment:
        """What the gateway says."""
        return await self.ask("POST", "/v1/charges", key, Payment, body)

    def body(self, intent: ChargeIntent) -> JsonObject:
        """What is sent."""
        return {
            "reference": intent.reference,
            "amount_minor_units": intent.amount.minor_units,
            "currency": intent.amount.currency,
            "token": intent.token,
            "mandate": intent.mandate,
        }


class LosesCharges(HonestCharger):
    """Fails where nobody knows whether it charged."""

    code = "hostile_charger_loses_charges"

    async def charge(self, intent: ChargeIntent, *, idempotency_key: str) -> Outcome[GatewayPayment]:
        """With an error."""
        return self.outcome(await self.asked(idempotency_key, self.body(intent)))


class GivesUpOnCharges(HonestCharger):
    """Takes a charge of which nobody knows for one that was not made."""

    code = "hostile_charger_gives_up"

    async def charge(self, intent: ChargeIntent, *, idempotency_key: str) -> Outcome[GatewayPayment]:
        """So that somebody charges again."""
        found = await super().charge(intent, idempotency_key=idempotency_key)
        return Failed("not_charged", retryable=True) if isinstance(found, Unknown) else found


class BelievesInMoney(HonestCharger):
    """Takes a charge of which nobody knows for paid."""

    code = "hostile_charger_believes_in_money"

    async def charge(self, intent: ChargeIntent, *, idempotency_key: str) -> Outcome[GatewayPayment]:
        """As it usually is."""
        found = await super().charge(intent, idempotency_key=idempotency_key)
        if not isinstance(found, Unknown):
            return found
        paid_at, none = self._context.clock.now(), Money.zero(intent.amount.currency)
        return Settled(
            GatewayPayment(
                gateway=self.code, number="1", reference=intent.reference, state=GatewayState.APPROVED,
                amount=intent.amount, refunded=none, paid_at=paid_at,
            )
        )  # fmt: skip


class ChargesAgain(HonestCharger):
    """Charges as often as it is asked."""

    code = "hostile_charger_charges_again"

    async def asked(self, key: str, body: JsonObject) -> Payment:
        """Under a key of its own."""
        return await super().asked(f"{key}-{uuid.uuid4()}", body)


class ChargesInPesos(HonestCharger):
    """Loses the cents on the way."""

    code = "hostile_charger_charges_in_pesos"

    def body(self, intent: ChargeIntent) -> JsonObject:
        """Whole ones."""
        minor = intent.amount.minor_units // 100 * 100
        return super().body(replace(intent, amount=Money(minor, intent.amount.currency)))


class HidesWhatIsDeclined(HonestCharger):
    """Tells what was declined as paid."""

    code = "hostile_charger_hides_what_is_declined"

    def payment(self, found: Payment) -> GatewayPayment:
        """As if it was."""
        payment = super().payment(found)
        if payment.state is not GatewayState.DECLINED:
            return payment
        return replace(payment, state=GatewayState.APPROVED, paid_at=self._context.clock.now())


class TriesWhatIsDeclined(HonestCharger):
    """Charges again what was declined."""

    code = "hostile_charger_tries_what_is_declined"

    def outcome(self, found: Payment) -> Outcome[GatewayPayment]:
        """Until it goes."""
        return Failed("declined", retryable=True) if found.state is GatewayState.DECLINED else super().outcome(found)


class HidesAReusedKey(HonestCharger):
    """Gives the charge of another amount."""

    code = "hostile_charger_hides_a_reused_key"

    async def charge(self, intent: ChargeIntent, *, idempotency_key: str) -> Outcome[GatewayPayment]:
        """As if nothing was."""
        found = await super().charge(intent, idempotency_key=idempotency_key)
        return Unknown() if isinstance(found, Failed) and found.code == "idempotency_key_reused" else found


class LogsTokens(HonestCharger):
    """Writes into its log what somebody else could charge by."""

    code = "hostile_charger_logs_tokens"

    async def asked(self, key: str, body: JsonObject) -> Payment:
        """And tells everybody."""
        self._context.log.info("charging", by=body["token"])
        return await super().asked(key, body)


class TakesAnotherParameter(HonestCharger):
    """Wants to know more than the host says."""

    code = "hostile_charger_takes_another_parameter"

    async def charge(self, intent: ChargeIntent, *, idempotency_key: str, by: str = "") -> Outcome[GatewayPayment]:
        """By somebody, or not."""
        return await super().charge(intent, idempotency_key=idempotency_key)
