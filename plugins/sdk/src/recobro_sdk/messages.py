"""Message channels: SMS, e-mail, WhatsApp and letters, sent only under a permit of the host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from recobro_sdk.callbacks import InboundCall
from recobro_sdk.legal import Artifact
from recobro_sdk.money import Money
from recobro_sdk.outcomes import Outcome
from recobro_sdk.texts import Language


class ChannelKind(StrEnum):
    """By what a message travels."""

    SMS = "sms"
    EMAIL = "email"
    WHATSAPP = "whatsapp"
    LETTER = "letter"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPermit:
    """The host's proof that this contact is lawful now; it alone makes permits, and redeems each once.

    `decided_by` lists the rules (`CO-HOUR-01@3`); after `expires_at` (aware) the message must not leave any more.
    """

    reference: str
    decided_at: datetime
    expires_at: datetime
    decided_by: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.reference or not self.decided_by:
            raise ValueError("a permit has a reference and names its rules")
        if self.decided_at.tzinfo is None or self.expires_at.tzinfo is None or self.expires_at <= self.decided_at:
            raise ValueError("a permit has aware moments, and ends after it begins")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """To whom. `address` is an E.164 number, an e-mail address or, for a letter, lines separated by newlines."""

    address: str = field(repr=False)
    name: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.address.strip():
            raise ValueError("a recipient has an address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent: the host has filled the template in, and nothing is added to it.

    `template` names the approved wording (`promise_reminder@4`), which WhatsApp registers under that name, with
    `variables` in its order; `body` is the same as plain text; `subject` only of e-mail; `reply_to` where an answer
    goes; attachments at most 10 MiB together.
    """

    kind: ChannelKind
    to: Recipient
    language: Language
    template: str
    body: str = field(repr=False)
    variables: tuple[str, ...] = field(default=(), repr=False)
    subject: str = field(default="", repr=False)
    reply_to: str = ""
    attachments: tuple[Artifact, ...] = ()

    def __post_init__(self) -> None:
        if not self.body.strip():
            raise ValueError("a message says something")
        if self.subject and self.kind is not ChannelKind.EMAIL:
            raise ValueError("only an e-mail has a subject")
        if sum(item.size for item in self.attachments) > 10 * 1024 * 1024:
            raise ValueError("the attachments are larger than 10 MiB")


class MessageState(StrEnum):
    """How far a message came. Which of these count as a contact, the rule pack says."""

    ACCEPTED = "accepted"
    """The provider has it."""
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    BOUNCED = "bounced"
    """It cannot arrive: the address is wrong or gone."""
    REFUSED = "refused"
    """The provider or the carrier does not send it."""
    OPTED_OUT = "opted_out"
    """The person does not want messages here any more."""

    @property
    def is_final(self) -> bool:
        """Whether nothing more than `READ` can follow."""
        return self not in (MessageState.ACCEPTED, MessageState.SENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a message stands. `number` is the provider's; `at` aware UTC; `cost` what it charges, None if not known."""

    channel: str
    number: str
    state: MessageState
    at: datetime
    cost: Money | None = None


@dataclass(frozen=True, slots=True)
class MessageRef:
    """How a message is asked about: by its key, which the host knows even when the answer was lost on the way."""

    idempotency_key: str
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEvent:
    """What a provider told about a message. `event` is the same when it tells it again; `number` the message's.

    `reply` is what the person wrote back, if anything; `reason` the provider's word for a failure, without an address.
    """

    event: str
    number: str
    state: MessageState
    occurred_at: datetime
    reason: str = ""
    reply: str = field(default="", repr=False)


@runtime_checkable
class MessageChannel(Protocol):
    """A way to write to somebody, for one agency."""

    async def send(self, message: Message, *, permit: ContactPermit, idempotency_key: str) -> Delivery:
        """Send a message, once, however often the same `idempotency_key` is sent: a second message is an unlawful one.

        Raises `RejectedByProvider` for a permit that has expired by the context's clock (code `permit_expired`), an
        address that cannot be (code `address_invalid`) or a template that is not registered (code `template_unknown`),
        and the retryable errors.
        """
        ...

    async def status(self, message: MessageRef) -> Outcome[Delivery]:
        """How the message stands; `Failed` only when the provider is certain that it never got it."""
        ...

    async def parse_callback(self, call: InboundCall) -> Sequence[MessageEvent]:
        """What a call of the provider says; without I/O. Raises `SignatureInvalid` before looking at anything else."""
        ...
