"""Conformance of what receives calls of its provider: whose they are, that they are done once, that nothing leaks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, get_type_hints

from pydantic import SecretStr

from recobro_sdk.callbacks import CALLBACK_TOLERANCE, CallbackReceiver, CallbackResult, InboundCall, sign_callback
from recobro_sdk.errors import PluginError, RejectedByProvider, SignatureInvalid
from recobro_sdk.manifest import ContributionKind
from recobro_sdk.testing.base import Seen, assert_not_in
from recobro_sdk.testing.calls import CallConformance
from recobro_sdk.testing.context import FakeClock, FakeContext
from recobro_sdk.testing.effects import effects
from recobro_sdk.testing.faulty_calls import Act

_LONGEST_ID: Final = 200
_EVENT: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_SETTLED: Final = re.compile(r"(inquiry|handoff)_[0-9a-z]{26}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OTHER_SECRET: Final = SecretStr("whsec_YW5vdGhlciBzZWNyZXQgdGhhbiB0aGUgYWdlbmN5J3M=")


class ReceiverConformance(CallConformance[Any], inputs=("hook", "bodies", "personal", "secret", "signed")):
    """Subclass, set `plugin`, `settings`, the `hook` of the offer, `bodies` that its provider sends, and the `secret`
    that its calls are signed with (base64, as Standard Webhooks says).

    A provider that signs otherwise has a `signed` of its own. `personal` are values in bodies that lead to a person.
    """

    hook = "recobro_extensions"
    protocol = CallbackReceiver
    must_go_out = False

    bodies: ClassVar[Sequence[bytes]] = ()
    secret: ClassVar[SecretStr]
    personal: ClassVar[Sequence[str]] = ()

    def signed(self, body: bytes, *, message_id: str, sent_at: datetime, secret: SecretStr) -> InboundCall:
        """A call as the provider makes it."""
        headers = sign_callback(secret, message_id=message_id, sent_at=sent_at, body=body)
        return InboundCall(method="POST", path="/", headers=headers, body=body, received_at=sent_at)

    def personal_data(self) -> list[str]:
        """What the test says."""
        return list(self.personal)

    def call_of(
        self,
        number: int = 0,
        *,
        body: bytes | None = None,
        message_id: str = "msg-1",
        sent_at: datetime | None = None,
        secret: SecretStr | None = None,
    ) -> InboundCall:
        """The call with a body of the test, signed now with the secret, or with what is said otherwise."""
        assert self.bodies, "set `bodies` to what the provider sends"
        return self.signed(
            self.bodies[number] if body is None else body,
            message_id=message_id,
            sent_at=sent_at or FakeClock().now(),
            secret=secret or self.secret,
        )

    def acts(self) -> Mapping[str, Act]:
        """Verifying a call, and doing what it asks for."""

        async def verify(service: Any, _: str) -> Any:
            return await service.verify_call(self.call_of())

        async def receive(service: Any, _: str) -> Any:
            return await service.receive_call(self.call_of())

        return {"verify_call": verify, "receive_call": receive}

    def answer_type(self, name: str) -> Any:
        """As the contract annotates it."""
        return get_type_hints(getattr(CallbackReceiver, name))["return"]

    def is_honest(self, answer: Any) -> bool:
        """A result without events and ids claims nothing."""
        return isinstance(answer, str) or answer == CallbackResult()

    def refused(self, call: InboundCall, later: timedelta = timedelta(0)) -> Exception | None:
        """How verifying a call ends, at the time of signing or later; None where it is believed."""

        async def scenario(service: Any, context: FakeContext) -> Exception | None:
            context.clock.advance(later)
            try:
                await service.verify_call(call)
            except NotImplementedError:
                raise
            except Exception as error:
                return error
            return None

        return self.run(scenario)

    def test_ability_is_declared(self) -> None:
        """The offer has the ability `callbacks`, and the manifest the contribution."""
        assert "callbacks" in self.offer().abilities, "without the ability there is no address to call"
        kinds = {one.kind for one in self.manifest().contributions}
        assert ContributionKind.CALLBACKS in kinds, "the manifest does not say that it contributes callbacks"

    def test_signed_call_is_believed(self) -> None:
        """A call that is signed now is believed, and has an id of at most 200 letters."""
        found = self.run(lambda service, _: service.verify_call(self.call_of()))
        assert isinstance(found, str) and 0 < len(found) <= _LONGEST_ID

    def test_repetition_has_the_same_id(self) -> None:
        """The provider's repetition of a call, signed anew, has the id of the first; another call has another."""

        async def scenario(service: Any, context: FakeContext) -> list[str]:
            first = await service.verify_call(self.call_of())
            other = await service.verify_call(self.call_of(message_id="msg-other"))
            context.clock.advance(timedelta(minutes=30))
            return [first, await service.verify_call(self.call_of(sent_at=context.clock.now())), other]

        first, again, other = self.run(scenario)
        assert first == again, "the host cannot tell that a call was here before"
        assert first != other, "the host takes two calls for one"

    def test_unsigned_call_is_refused(self) -> None:
        """A call without its headers is `SignatureInvalid`."""
        assert isinstance(self.refused(replace(self.call_of(), headers=())), SignatureInvalid)

    def test_changed_call_is_refused(self) -> None:
        """A call whose body was changed after signing is `SignatureInvalid`."""
        call = self.call_of()
        assert isinstance(self.refused(replace(call, body=call.body + b" ")), SignatureInvalid)

    def test_call_of_another_secret_is_refused(self) -> None:
        """A call that is signed with another secret is `SignatureInvalid`."""
        assert isinstance(self.refused(self.call_of(secret=_OTHER_SECRET)), SignatureInvalid)

    def test_signature_of_another_call_is_refused(self) -> None:
        """The signature of one call under the body of another, whose it is not, is `SignatureInvalid`."""
        taken = self.call_of(body=b'{"another": "call"}', message_id="msg-other")
        assert isinstance(self.refused(replace(self.call_of(), headers=taken.headers)), SignatureInvalid)

    def test_old_call_is_refused(self) -> None:
        """A call that was signed long ago is `SignatureInvalid`: somebody may have kept it to play it again."""
        late = CALLBACK_TOLERANCE + timedelta(minutes=1)
        assert isinstance(self.refused(self.call_of(), late), SignatureInvalid)

    def test_call_of_the_future_is_refused(self) -> None:
        """A call that is signed for a time to come is `SignatureInvalid`: it would be good for ever."""
        ahead = FakeClock().now() + CALLBACK_TOLERANCE + timedelta(minutes=1)
        assert isinstance(self.refused(self.call_of(sent_at=ahead)), SignatureInvalid)

    def test_malformed_headers_are_no_crash(self) -> None:
        """Headers with nonsense in them are `SignatureInvalid`, and no exception of a parser."""
        for odd in ("", "v1", "v1,", "v1,%%%", "v1,w\xe4re", "\x00", "9" * 10_000):
            call = self.call_of()
            headers = tuple((name, odd) for name, _ in call.headers)
            assert isinstance(self.refused(replace(call, headers=headers)), SignatureInvalid)

    def test_refusals_hide_the_secret(self) -> None:
        """The error of a call that is refused holds neither the secret nor what the call says."""
        error = self.refused(self.call_of(secret=_OTHER_SECRET))
        text = f"{error!r} {error} {getattr(error, 'safe_message', '')}"
        assert_not_in([*self.secret_values(), *self.personal], text, "the error")

    def test_verifying_does_no_work(self) -> None:
        """Verifying sends nothing and keeps nothing: anybody may call, and the caller waits."""
        seen = Seen()

        async def scenario(service: Any, context: FakeContext) -> tuple[int, int]:
            await service.verify_call(self.call_of())
            return len(context.wire.sent), len(context.store.documents)

        assert self.run(scenario, seen=seen) == (0, 0), "verifying does work"
        assert seen.connections.abroad + seen.connections.beside == []

    def test_results_can_be_told(self) -> None:
        """Events have a name in `snake_case`, and what may have settled is the public id of an inquiry or a handoff, or
        the host's own key of it."""
        for number in range(len(self.bodies)):
            call = self.call_of(number)
            found = self.run(lambda service, _, call=call: service.receive_call(call))
            assert all(_EVENT.fullmatch(event.name) for event in found.events), "an event is not named in snake_case"
            assert all(_SETTLED.fullmatch(one) for one in found.settled), "what settled is no id and no key"

    def test_events_keep_personal_data_out(self) -> None:
        """What is told holds no personal data and no secret: many at the agency may read events."""
        for number in range(len(self.bodies)):
            call = self.call_of(number)
            found = self.run(lambda service, _, call=call: service.receive_call(call))
            text = " ".join(f"{event.name} {event.data}" for event in found.events)
            assert_not_in([*self.personal, *self.secret_values()], text, "an event")

    def test_received_twice_is_one_effect(self) -> None:
        """A call that is done again, after a failure or a crash, has the same result and one effect."""
        for number in range(len(self.bodies)):
            call = self.call_of(number)

            async def scenario(service: Any, context: FakeContext, call: InboundCall = call) -> list[Any]:
                found = list[Any]()
                for _turn in range(2):
                    found.append((await service.receive_call(call), effects(context)))
                return found

            once, twice = self.run(scenario)
            assert once[0] == twice[0], "a call that is done again has another result"
            assert once[1] == twice[1], "a call that is done again has two effects"

    def test_nonsense_is_rejected(self) -> None:
        """A signed call that makes no sense is `RejectedByProvider` or has no result: trying again would not help."""
        for body in (b"", b"\xff\x00", b"[]", b'{"nonsense": ["1000000123"]}'):
            call = self.call_of(body=body)

            async def scenario(service: Any, _: FakeContext, call: InboundCall = call) -> object:
                try:
                    return await service.receive_call(call)
                except NotImplementedError:
                    raise
                except Exception as error:
                    return error

            found = self.run(scenario)
            if isinstance(found, Exception):
                assert isinstance(found, PluginError), "the exception of a parser leaves the plugin"
                assert isinstance(found, RejectedByProvider), "nonsense is tried again and again"
                assert_not_in(["1000000123"], f"{found!r} {found.safe_message}", "the error")
            else:
                assert found == CallbackResult(), "something was made of nonsense"
