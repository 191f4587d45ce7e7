"""Calls that a provider makes to the host: what a plugin gets of one, and how it proves who sent it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Final, Protocol, runtime_checkable

from pydantic import ConfigDict, SecretStr

from recobro_sdk.context import JsonObject
from recobro_sdk.errors import SignatureInvalid

CALLBACK_TOLERANCE: Final = timedelta(minutes=5)
"""How far the time of a signed call may be from the host's clock (Standard Webhooks 1.0, verifying)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundCall:
    """An HTTP request that the host received for a plugin.

    `path` is what follows the plugin's own address, beginning with `/`; `headers` keep their order, names in lower
    case; `body` is the bytes as they came, because a signature is over bytes; `received_at` aware UTC.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    received_at: datetime

    def header(self, name: str) -> str:
        """The first header of that name, or an empty text."""
        return next((value for key, value in self.headers if key == name.lower()), "")


@dataclass(frozen=True, slots=True)
class PluginEvent:
    """Something that a plugin tells: the host writes it into the agency's events as `plugin.<plugin>.<name>`.

    `name` is `snake_case`; `data` holds no secret, and nothing of a person that the reader of events may not see.
    """

    name: str
    data: JsonObject = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackResult:
    """What came of a callback: events, and what may have settled: public ids (`inquiry_…`, `handoff_…`), or the
    idempotency keys under which the host asked, which are what the provider knows.

    The host does not take an outcome from a callback: for each id in `settled` that waits for one, it asks the provider
    at once, as it would have later.
    """

    events: tuple[PluginEvent, ...] = ()
    settled: tuple[str, ...] = ()


@runtime_checkable
class CallbackReceiver(Protocol):
    """What the provider of any offer may be, whose own provider calls the host. Needs the contribution `callbacks`.

    The address is the offer's at one agency; the administrator finds it beside the settings, and gives it to the
    provider.
    """

    async def verify_call(self, call: InboundCall) -> str:
        """Check who sent it, and give the id that a repetition of the same call shares (at most 200 letters).

        Has three seconds while the caller waits, and does no I/O. `verify_callback` does it for Standard Webhooks.
        Raises `SignatureInvalid`: nothing is done then, and the caller is told so.
        """
        ...

    async def receive_call(self, call: InboundCall) -> CallbackResult:
        """Do what a verified call asks for, after the caller has its answer, and the call is stored.

        Tried again where it fails, so what it does twice has one effect. Raises `RejectedByProvider` for a call that
        makes no sense: it stays on record, and is not tried again.
        """
        ...


def sign_callback(secret: SecretStr, *, message_id: str, sent_at: datetime, body: bytes) -> tuple[tuple[str, str], ...]:
    """The three headers of Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`) for a body.

    `secret` is base64, with or without the prefix `whsec_`. Raises `ValueError` when it is not.
    """
    stamp = str(int(sent_at.timestamp()))
    signature = _signature(secret, message_id, stamp, body)
    return ("webhook-id", message_id), ("webhook-timestamp", stamp), ("webhook-signature", signature)


def verify_callback(secret: SecretStr, call: InboundCall, *, now: datetime) -> str:
    """Check a call that is signed as Standard Webhooks says, and give its message id, which a repetition shares.

    `now` is `PluginContext.clock.now()`. Several signatures in one header are the secret being rotated: one has to fit.
    Raises `SignatureInvalid` for a signature that is missing, wrong, or more than `CALLBACK_TOLERANCE` old or early.
    """
    message_id, stamp = call.header("webhook-id"), call.header("webhook-timestamp")
    if not message_id or not stamp.isdecimal() or len(stamp) > 12:
        raise SignatureInvalid("the call carries no signature")
    if abs(now.timestamp() - int(stamp)) > CALLBACK_TOLERANCE.total_seconds():
        raise SignatureInvalid("the call was signed too long ago or in the future", code="signature_expired")
    wanted = _signature(secret, message_id, stamp, call.body).encode()
    given = call.header("webhook-signature").encode("utf-8", "replace").split(b" ")
    matches = [hmac.compare_digest(wanted, one) for one in given]
    if not any(matches):
        raise SignatureInvalid("the signature does not fit the call")
    return message_id


def _signature(secret: SecretStr, message_id: str, stamp: str, body: bytes) -> str:
    try:
        key = base64.b64decode(secret.get_secret_value().removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the signing secret is not base64") from None
    digest = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"
