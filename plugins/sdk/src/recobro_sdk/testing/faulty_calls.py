"""Checks of what a call makes of a provider that fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, TypeAlias, TypeVar

from recobro_sdk.errors import AuthenticationFailed, PluginError, RateLimited
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.faults import Fault, SentRequest
from recobro_sdk.testing.plugin_checks import Conformance
from recobro_sdk.testing.sockets import CONNECT

T = TypeVar("T")
Act: TypeAlias = Callable[[Any, str], Awaitable[Any]]
"""One lawful call of a service, under an idempotency key where the contract has one."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call under a fault ended, and what it had sent by then."""

    answer: object
    error: Exception | None
    sent: tuple[SentRequest, ...]

    @property
    def over_socket(self) -> bool:
        """Whether it went out through `connect`, where nothing has a status."""
        return bool(self.sent) and all(one.method == CONNECT for one in self.sent)


class FaultConformance(Conformance[T]):
    """The one method that an offer is there for, and what it makes of a provider that fails.

    Without a host for the offer by an `http:` or `sftp:` scope of the manifest there is no provider that could fail:
    then the checks of faults say so, and the plugin must not send anything. A connection has no status: there status
    500 and 429 are one that is dropped at once, and what a refused key looks like is for the plugin's own tests.
    """

    operation: ClassVar[str] = ""
    must_go_out: ClassVar[bool] = True

    async def act(self, service: T, key: str = "call-1") -> Any:
        """One lawful call that works."""
        raise NotImplementedError

    def acts(self) -> Mapping[str, Act]:
        """Every call that the checks look at, by a name: the one that the contract is there for, or several."""
        return {self.operation: self.act}

    def personal_data(self) -> list[str]:
        """What must not be in any log: values of the test that identify a person."""
        raise NotImplementedError

    def number_of(self, answer: Any) -> object:
        """What tells two effects apart, such as the provider's number; None where nothing does."""
        return None

    def comparable(self, answer: Any) -> Any:
        """The answer without what may differ between two answers to the same key."""
        return answer

    def is_honest(self, answer: Any) -> bool:
        """Whether an answer that came although the provider failed claims nothing."""
        return False

    async def prepared(self, service: T, act: Act, key: str) -> None:
        """What has to be there before a call, done while the provider works; nothing, unless a kit says so."""

    async def done(self, service: T, act: Act, key: str = "call-1") -> Any:
        """The answer of a call, with what has to be there before it."""
        await self.prepared(service, act, key)
        return await act(service, key)

    async def ended(self, service: T, context: FakeContext, key: str = "call-1", act: Act | None = None) -> Ended:
        """Call, and keep how it ended. Faults are done to the call alone."""
        called = self.act if act is None else act
        always, following = context.wire.always, tuple(context.wire.next_faults)
        context.wire.always = None
        context.wire.next_faults.clear()
        await self.prepared(service, called, key)
        context.wire.always = always
        context.wire.next_faults.extend(following)
        first = len(context.wire.sent)
        try:
            answer, error = await called(service, key), None
        except NotImplementedError:
            raise
        except Exception as problem:
            answer, error = None, problem
        return Ended(answer, error, tuple(context.wire.sent[first:]))

    def under(self, fault: Fault, act: Act | None = None) -> Ended:
        """How a call ends while every answer goes wrong in one way."""

        async def scenario(service: T, context: FakeContext) -> Ended:
            context.wire.always = fault
            return await self.ended(service, context, act=act)

        return self.run(scenario)

    def assert_survives(self, fault: Fault) -> None:
        """Fail unless the fault ends in an answer that claims nothing, or in a retryable error of the SDK."""
        for name, act in self.acts().items():
            self._assert_survives(f"{name}, {fault}", self.under(fault, act))

    def _assert_survives(self, what: str, end: Ended) -> None:
        if not self.goes_out():
            assert not end.sent and end.error is None, f"{what}: it has no host in its manifest, and yet depends on one"
            return
        if not end.sent:
            assert not self.must_go_out, f"{what}: it has a host in its manifest, and sends nothing"
            assert end.error is None, f"{what}: it sends nothing, and yet fails"
            return
        if end.error is None:
            assert self.is_honest(end.answer), f"{what}: an answer was made up"
            return
        kind = type(end.error).__name__
        assert isinstance(end.error, PluginError), f"{what}: {kind} is no error of the SDK"
        assert end.error.retryable, f"{what}: {kind} is not retryable, and nobody knows what became of the call"

    def test_no_network_is_retryable(self) -> None:
        """Without a network the error is a retryable `PluginError`, not the exception of an HTTP library."""
        self.assert_survives(Fault.UNREACHABLE)

    def test_status_500_is_retryable(self) -> None:
        """A provider that fails with status 500 ends in a retryable error, or in an outcome that claims nothing."""
        self.assert_survives(Fault.STATUS_500)

    def test_slow_answer_is_retryable(self) -> None:
        """A provider that is too slow ends so too, by a timeout that the plugin sets itself."""
        self.assert_survives(Fault.SLOW)

    def test_half_answer_is_retryable(self) -> None:
        """An answer that breaks off in the middle ends so too."""
        self.assert_survives(Fault.HALF_ANSWER)

    def test_cut_connection_is_retryable(self) -> None:
        """A connection that closes after the request was sent ends so too: the provider may have acted."""
        self.assert_survives(Fault.CUT)

    def test_page_instead_of_answer_is_retryable(self) -> None:
        """A page of HTML under status 200, as maintenance is announced, ends so too."""
        self.assert_survives(Fault.NOT_JSON)

    def test_wrong_types_are_no_answer(self) -> None:
        """JSON with texts for numbers and numbers for texts ends so too: nothing of it may be believed."""
        self.assert_survives(Fault.WRONG_TYPES)

    def test_rate_limit_is_understood(self) -> None:
        """Status 429 is `RateLimited`, with the wait that the provider asked for."""
        for name, act in self.acts().items():
            end = self.under(Fault.RATE_LIMITED, act)
            if not self.goes_out():
                assert not end.sent, f"{name}: it has no host in its manifest, and yet sends something"
            elif end.over_socket:
                self._assert_survives(name, end)
            elif self._failed(end):
                assert isinstance(end.error, RateLimited), f"{name}: status 429 is not RateLimited"
                assert end.error.after == timedelta(seconds=7), f"{name}: the wait that was asked for is lost"

    def test_refused_key_is_understood(self) -> None:
        """Status 401 is `AuthenticationFailed`: only an administrator can help, and trying again cannot."""
        for name, act in self.acts().items():
            end = self.under(Fault.REFUSED_KEY, act)
            if not self.goes_out():
                assert not end.sent, f"{name}: it has no host in its manifest, and yet sends something"
            elif not end.over_socket and (end.sent or self.must_go_out):
                assert isinstance(end.error, AuthenticationFailed), f"{name}: status 401 is not AuthenticationFailed"

    def _failed(self, end: Ended) -> bool:
        if not end.sent and not self.must_go_out:
            return False
        return end.error is not None or not self.is_honest(end.answer)

    def effects_since(self) -> Callable[[], int | None]:
        """How many effects the kit's server has counted from now on; None without one."""
        fake = self.fake()
        before = 0 if fake is None else fake.effects
        return lambda: None if fake is None else fake.effects - before
