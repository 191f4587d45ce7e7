"""Defects of what receives calls of a provider."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

from recobro_hostile.notes import HonestNotes
from recobro_sdk import (
    CallbackResult,
    InboundCall,
    JsonObject,
    PluginEvent,
    ProviderUnavailable,
    RejectedByProvider,
    SignatureInvalid,
)


class BelievesUnsignedCalls(HonestNotes):
    """Takes a call without a signature for one of before there were any."""

    code = "hostile_believes_unsigned_calls"

    async def verify_call(self, call: InboundCall) -> str:
        """Look at what is there."""
        return await super().verify_call(call) if call.headers else "unsigned"


class _OwnScheme(HonestNotes):
    """Verifies Standard Webhooks by itself; each step can go wrong."""

    code = "hostile_own_scheme"

    async def verify_call(self, call: InboundCall) -> str:
        """As `verify_callback` does it."""
        name, stamp = call.header("webhook-id"), call.header("webhook-timestamp")
        if not stamp.isdecimal() or len(stamp) > 12:
            raise SignatureInvalid("the call carries no signature")
        self.look_at_time(self._context.clock.now().timestamp() - int(stamp))
        secret = self._settings.signing_secret.get_secret_value().removeprefix("whsec_")
        signed = self.signed_part(name, stamp, call.body)
        digest = hmac.digest(base64.b64decode(secret), signed, hashlib.sha256)
        wanted, given = f"v1,{base64.b64encode(digest).decode()}", call.header("webhook-signature")
        if not self.fits(wanted.encode(), given.encode("utf-8", "replace")):
            raise SignatureInvalid("the signature does not fit the call")
        return name

    def look_at_time(self, seconds_old: object) -> None:
        """Five minutes, both ways."""
        if abs(int(str(seconds_old).partition(".")[0])) > 300:
            raise SignatureInvalid("the call was signed too long ago or in the future")

    def signed_part(self, name: str, stamp: str, body: bytes) -> bytes:
        """What the signature is over."""
        return f"{name}.{stamp}.".encode() + body

    def fits(self, wanted: bytes, given: bytes) -> bool:
        """Whether the signature is the right one."""
        return hmac.compare_digest(wanted, given)


class BelievesOldCalls(_OwnScheme):
    """Does not look at when a call was signed, if that is past."""

    code = "hostile_believes_old_calls"

    def look_at_time(self, seconds_old: object) -> None:
        """The future alone."""
        if str(seconds_old).startswith("-"):
            super().look_at_time(seconds_old)


class BelievesCallsToCome(_OwnScheme):
    """Does not look at when a call was signed, if that is to come."""

    code = "hostile_believes_calls_to_come"

    def look_at_time(self, seconds_old: object) -> None:
        """The past alone."""
        if not str(seconds_old).startswith("-"):
            super().look_at_time(seconds_old)


class BelievesAnySecret(_OwnScheme):
    """Looks whether there is a signature, and not whose."""

    code = "hostile_believes_any_secret"

    def fits(self, wanted: bytes, given: bytes) -> bool:
        """Anything of the right length."""
        return len(wanted) == len(given)


class VerifiesWhatItRead(HonestNotes):
    """Checks the signature over what it made of the body, and not over the bytes as they came."""

    code = "hostile_verifies_what_it_read"

    async def verify_call(self, call: InboundCall) -> str:
        """Tidy up first."""
        return await super().verify_call(replace(call, body=call.body.strip()))


class GivesEndlessNames(HonestNotes):
    """Gives a call an id that nobody can keep."""

    code = "hostile_gives_endless_names"

    async def verify_call(self, call: InboundCall) -> str:
        """Much too long."""
        return await super().verify_call(call) * 100


class HasNoAddress(HonestNotes):
    """Does not say that its provider calls."""

    code = "hostile_has_no_address"
    abilities = ()


class CrashesOnOddHeaders(_OwnScheme):
    """Believes that a time is a number."""

    code = "hostile_crashes_on_odd_headers"

    async def verify_call(self, call: InboundCall) -> str:
        """Read the time before anything else."""
        if call.headers:
            int(call.header("webhook-timestamp"))
        return await super().verify_call(call)


class GivesEachCallItsOwnName(HonestNotes):
    """Gives a repetition another id than the first."""

    code = "hostile_knows_no_repetition"

    async def verify_call(self, call: InboundCall) -> str:
        """By the time of signing."""
        return f"{await super().verify_call(call)}.{call.header('webhook-timestamp')}"


class TakesEveryCallForOne(HonestNotes):
    """Gives every call the same id."""

    code = "hostile_takes_calls_for_one"

    async def verify_call(self, call: InboundCall) -> str:
        """One for all."""
        await super().verify_call(call)
        return "call"


class TellsItsSecret(HonestNotes):
    """Says in an error what it has compared."""

    code = "hostile_tells_its_secret"

    async def verify_call(self, call: InboundCall) -> str:
        """Explain."""
        try:
            return await super().verify_call(call)
        except SignatureInvalid as error:
            secret = self._settings.signing_secret.get_secret_value()
            raise SignatureInvalid(f"not signed with {secret}") from error


class WorksBeforeItKnows(HonestNotes):
    """Keeps a call before it knows whose it is."""

    code = "hostile_works_before_it_knows"

    async def verify_call(self, call: InboundCall) -> str:
        """Keep first."""
        await self._context.store.put("call", {"size": len(call.body)})
        return await super().verify_call(call)


class CountsACallTwice(HonestNotes):
    """Adds up what it is told."""

    code = "hostile_counts_a_call_twice"

    async def kept(self, call: InboundCall) -> int:
        """Add."""
        marks = await super().kept(call)
        before = await self._context.store.get("sum") or {"marks": 0}
        await self._context.store.put("sum", {"marks": int(str(before["marks"])) + marks})
        return marks


class AnswersARepetitionOtherwise(HonestNotes):
    """Has nothing to say when a call is done again, so that its events are lost after a crash."""

    code = "hostile_forgets_its_events"

    async def receive_call(self, call: InboundCall) -> CallbackResult:
        """Tell once."""
        known = await self._context.store.get("marks")
        found = await super().receive_call(call)
        return found if known is None else CallbackResult()


class TriesNonsenseAgain(HonestNotes):
    """Has the host try again what will never make sense."""

    code = "hostile_tries_nonsense_again"

    def read(self, call: InboundCall) -> dict[str, Any]:
        """Blame somebody else."""
        try:
            return super().read(call)
        except RejectedByProvider as error:
            raise ProviderUnavailable("the call cannot be read") from error


class CrashesOnNonsense(HonestNotes):
    """Lets the exception of a parser through."""

    code = "hostile_crashes_on_nonsense"

    def read(self, call: InboundCall) -> dict[str, Any]:
        """Parse what cannot be parsed."""
        return dict(json.loads(call.body))


class TellsWhoWasMarked(HonestNotes):
    """Has the debtor's document in an event."""

    code = "hostile_tells_who_was_marked"

    async def receive_call(self, call: InboundCall) -> CallbackResult:
        """Tell all of it."""
        await self.kept(call)
        told: JsonObject = dict(self.read(call))
        return CallbackResult(events=(PluginEvent("marks_counted", told),))


class NamesItsEventsFreely(HonestNotes):
    """Names an event as it likes, and an id of its own."""

    code = "hostile_names_its_events_freely"

    async def receive_call(self, call: InboundCall) -> CallbackResult:
        """Loudly."""
        marks = await self.kept(call)
        return CallbackResult(events=(PluginEvent("Marks Counted!", {"marks": marks}),), settled=("17",))
