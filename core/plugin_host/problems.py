"""How a call can fail, in words and codes of ours, and whether it is known to have had no effect."""

import re
from datetime import timedelta

from core.kit.errors import DomainError
from core.plugin_host.kinds import CallOutcome
from recobro_sdk import (
    AuthenticationFailed,
    HostNotAllowed,
    InvalidConfiguration,
    PluginError,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    RejectedByProvider,
    SignatureInvalid,
    SubjectNotFound,
)

_LONG_NUMBER = re.compile(r"\d(?:[ .\-]?\d){4,}")
_ADDRESS = re.compile(r"\S+@\S+")


class ProviderProblem(DomainError):
    """The plugin, or the other side behind it, did not do it.

    `outcome` is FAILED where it certainly had no effect and UNKNOWN where nobody can tell; `retryable` whether the same
    call with the same key may succeed later, `after` how long the other side asked to wait; `provider_code` is its own.
    """

    code = "PROVIDER_UNAVAILABLE"

    def __init__(
        self,
        message: str,
        *,
        code: str,
        outcome: CallOutcome,
        remedy: str,
        retryable: bool = False,
        after: timedelta | None = None,
        provider_code: str | None = None,
        counts: bool | None = True,
        trips: bool = False,
    ) -> None:
        super().__init__(message, code=code, remedy=remedy)
        self.outcome = outcome
        self.retryable = retryable
        self.after = after
        self.provider_code = provider_code
        self.counts = counts
        """What the breaker makes of it: True a failure of the other side, False an answer, None neither."""
        self.trips = trips
        """Whether the breaker opens at once: it harmed others."""


class HostFaultError(Exception):
    """What the host gave the plugin (data, a sink) failed, not the plugin. Passes through the call as its cause."""


_LATER = "Try again later."
_SETTLED_LATER = "Nothing to do: it is asked again with the same key. Do not ask anew meanwhile."
_SETTINGS = "Ask an administrator to correct the settings of the plugin."
_TELL = "Tell the operator: the plugin is at fault."


def translated(error: PluginError, *, acted: bool) -> ProviderProblem:
    """An error of the SDK as one of ours. `acted` says whether anything left through what the host gave the plugin."""
    words = safe_text(error.safe_message)
    own = safe_text(error.code)[:80]
    unsure = CallOutcome.UNKNOWN if acted else CallOutcome.FAILED
    failed = CallOutcome.FAILED
    if isinstance(error, RateLimited):
        return ProviderProblem(words, code="RATE_LIMITED", outcome=failed, remedy=_LATER, retryable=True,
                               after=error.after, provider_code=own, counts=None)  # fmt: skip
    if isinstance(error, ProviderTimeout):
        return timed_out(words, own)
    if isinstance(error, AuthenticationFailed):
        return ProviderProblem(words, code="PROVIDER_AUTHENTICATION", outcome=failed, remedy=_SETTINGS,
                               provider_code=own, counts=False)  # fmt: skip
    if isinstance(error, SubjectNotFound):
        return ProviderProblem(words, code="SUBJECT_NOT_FOUND", outcome=failed, provider_code=own, counts=False,
                               remedy="Check the document of the debtor.")  # fmt: skip
    if isinstance(error, RejectedByProvider):
        return ProviderProblem(words, code="PROVIDER_REJECTED", outcome=failed, provider_code=own, counts=False,
                               remedy="Correct what it names, and ask anew with another key.")  # fmt: skip
    if isinstance(error, SignatureInvalid):
        return ProviderProblem(words, code="SIGNATURE_INVALID", outcome=failed, provider_code=own, counts=False,
                               remedy="Sign the call with the secret that both sides have.")  # fmt: skip
    if isinstance(error, InvalidConfiguration | HostNotAllowed):
        return ProviderProblem(words, code="PROVIDER_MISCONFIGURED", outcome=unsure, remedy=_SETTINGS,
                               provider_code=own, counts=None)  # fmt: skip
    retryable = isinstance(error, ProviderUnavailable) or error.retryable
    remedy = _SETTLED_LATER if unsure is CallOutcome.UNKNOWN else _LATER
    return ProviderProblem(words, code="PROVIDER_UNAVAILABLE", outcome=unsure, remedy=remedy, retryable=retryable,
                           provider_code=own)  # fmt: skip


def timed_out(words: str = "There was no answer in time.", own: str | None = None) -> ProviderProblem:
    return ProviderProblem(words, code="PROVIDER_TIMEOUT", outcome=CallOutcome.UNKNOWN, remedy=_SETTLED_LATER,
                           retryable=True, provider_code=own)  # fmt: skip


def faulty(message: str = "The plugin failed in a way that it should not.") -> ProviderProblem:
    return ProviderProblem(message, code="PLUGIN_FAULT", outcome=CallOutcome.UNKNOWN, remedy=_TELL)


def invalid_answer() -> ProviderProblem:
    return ProviderProblem("The plugin's answer is not of the agreed shape.", code="PLUGIN_ANSWER_INVALID",
                           outcome=CallOutcome.UNKNOWN, remedy=_TELL)  # fmt: skip


def busy() -> ProviderProblem:
    return ProviderProblem("Too many calls of this agency to the plugin are under way.", code="PLUGIN_BUSY",
                           outcome=CallOutcome.FAILED, remedy=_LATER, retryable=True, counts=None)  # fmt: skip


def paused() -> ProviderProblem:
    return ProviderProblem("The provider failed too often and is not asked for a while.", code="PROVIDER_PAUSED",
                           outcome=CallOutcome.FAILED, remedy=_LATER, retryable=True, counts=None)  # fmt: skip


def stopped(*, acted: bool, culprit: bool) -> ProviderProblem:
    """The plugin's process ended in the middle of a call; `culprit` where it is this call that blocked or ended it."""
    outcome = CallOutcome.UNKNOWN if acted else CallOutcome.FAILED
    return ProviderProblem("The plugin's process has ended in the middle of the call.", code="PLUGIN_STOPPED",
                           outcome=outcome, remedy=_SETTLED_LATER if acted else _LATER, retryable=True,
                           counts=True if culprit else None, trips=culprit)  # fmt: skip


def resting() -> ProviderProblem:
    return ProviderProblem("The plugin's process is being started again.", code="PLUGIN_RESTARTING",
                           outcome=CallOutcome.FAILED, remedy=_LATER, retryable=True, counts=None)  # fmt: skip


def changed() -> ProviderProblem:
    return ProviderProblem("The plugin that is installed is not the one that the program has loaded.",
                           code="PLUGIN_CHANGED", outcome=CallOutcome.FAILED, retryable=True, counts=None,
                           remedy="Tell the operator: the program is to be restarted.")  # fmt: skip


def misconfigured() -> ProviderProblem:
    return ProviderProblem("The plugin cannot work with its settings.", code="PROVIDER_MISCONFIGURED",
                           outcome=CallOutcome.FAILED, remedy=_SETTINGS, counts=None)  # fmt: skip


def safe_text(text: object) -> str:
    """A plugin's sentence without what could be a person's number or address, and not longer than a sentence."""
    plain = _ADDRESS.sub("[address]", _LONG_NUMBER.sub("[number]", str(text)))
    return "".join(letter for letter in plain if letter.isprintable())[:300] or "It did not say why."
