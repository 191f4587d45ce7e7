"""Payment gateways: a link or a charge, its refund, and what the gateway tells afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

from recobro_sdk.callbacks import InboundCall
from recobro_sdk.money import Money
from recobro_sdk.outcomes import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentIntent:
    """What somebody is asked to pay. `reference` is the host's and comes back with every event; `amount` above zero.

    `description` is what the payer reads, without what the debt is about; `expires_at` aware, None for never.
    """

    reference: str
    amount: Money
    description: str
    payer_name: str = field(default="", repr=False)
    payer_email: str = field(default="", repr=False)
    return_url: str = ""
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.amount.minor_units <= 0:
            raise ValueError("nobody is asked to pay nothing")
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise ValueError("expires_at must be aware")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentLink:
    """Where the payer pays. `number` is the gateway's own of the payment; `url` is https."""

    gateway: str
    number: str
    url: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaymentRef:
    """How a payment is asked about: by the key of its link or charge, which the host knows even without an answer."""

    idempotency_key: str
    number: str | None = None


class GatewayState(StrEnum):
    """How a payment stands at the gateway. Money counts as received from `APPROVED` on, and only then."""

    CREATED = "created"
    PENDING = "pending"
    """The payer did it, and the bank has not said yes."""
    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayPayment:
    """A payment as the gateway sees it.

    `amount` is what the payer paid or is to pay, `refunded` how much of it went back, `fee` what the gateway keeps,
    None where it does not say. `paid_at` aware UTC, from `APPROVED` on. Raises `ValueError` when the currencies of the
    first two differ, or more went back than came.
    """

    gateway: str
    number: str
    reference: str
    state: GatewayState
    amount: Money
    refunded: Money
    fee: Money | None = None
    method: str = ""
    paid_at: datetime | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.refunded.minor_units <= self.amount.minor_units:
            raise ValueError("what went back is between nothing and the amount")
        if self.refunded.currency != self.amount.currency:
            raise ValueError("a refund is in the currency of its payment")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundIntent:
    """What is to go back. `number` is the gateway's own of the payment; `amount` above zero, the whole or a part."""

    number: str
    amount: Money
    reason: str

    def __post_init__(self) -> None:
        if self.amount.minor_units <= 0:
            raise ValueError("nothing cannot be refunded")


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRefund:
    """A refund that was made. `number` is the refund's, `payment` the payment's, both the gateway's own."""

    number: str
    payment: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayEvent:
    """What a gateway told: the payment as a whole after something happened to it.

    `event` is the same when it is told again; `occurred_at` (aware UTC) when it happened there, not when it was told.
    """

    event: str
    occurred_at: datetime
    payment: GatewayPayment


_PROGRESS: Final = {state: place for place, state in enumerate(GatewayState)}


def latest_payments(events: Iterable[GatewayEvent]) -> dict[str, GatewayPayment]:
    """How each payment stands after some events, by its number, whatever order they came in and however often.

    What happened last counts; of what happened at the same moment, the state that is further along.
    """
    last: dict[str, GatewayEvent] = {}
    for event in events:
        before = last.get(event.payment.number)
        if before is None or _place(event) > _place(before):
            last[event.payment.number] = event
    return {number: event.payment for number, event in last.items()}


def _place(event: GatewayEvent) -> tuple[datetime, int, int, str]:
    payment = event.payment
    return event.occurred_at, _PROGRESS[payment.state], payment.refunded.minor_units, event.event


@runtime_checkable
class PaymentGateway(Protocol):
    """A payment gateway, for one agency."""

    async def create_link(self, intent: PaymentIntent, *, idempotency_key: str) -> PaymentLink:
        """Make a link to pay. The same `idempotency_key` is one link and one payment.

        Raises `RejectedByProvider` for an amount or currency that it does not take (code `amount_refused`) or a key of
        another intent (code `idempotency_key_reused`), and the retryable errors.
        """
        ...

    async def fetch(self, payment: PaymentRef) -> Outcome[GatewayPayment]:
        """How the payment stands: `Settled` from `APPROVED`, `DECLINED` or `EXPIRED` on, `Pending` before.

        `Failed` only when the gateway is certain that it never got it.
        """
        ...

    async def refund(self, refund: RefundIntent, *, idempotency_key: str) -> Outcome[GatewayRefund]:
        """Give money back, once for each `idempotency_key`. What nobody knows is `Unknown`, never an error.

        `Failed` with code `amount_refused` when more is asked for than is left of the payment.
        """
        ...

    async def parse_callback(self, call: InboundCall) -> Sequence[GatewayEvent]:
        """What a call of the gateway says; without I/O. Raises `SignatureInvalid` before looking at anything else."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeIntent:
    """A charge without the payer present, by a means that they registered at the gateway and agreed to.

    `token` is the gateway's, never a card number; `mandate` the agency's reference of the payer's agreement.
    """

    reference: str
    amount: Money
    token: str = field(repr=False)
    mandate: str

    def __post_init__(self) -> None:
        if self.amount.minor_units <= 0 or not self.mandate:
            raise ValueError("a charge has an amount and the payer's agreement")


@runtime_checkable
class ChargingGateway(Protocol):
    """Optional part of a gateway with the ability `charge`."""

    async def charge(self, intent: ChargeIntent, *, idempotency_key: str) -> Outcome[GatewayPayment]:
        """Charge, once for each `idempotency_key`. A charge of which nobody knows is `Unknown`, never an error."""
        ...
