"""Errors of a plugin, one class per way of recovering from them.

The host decides by class: retryable ones are tried again with the same idempotency key, `AuthenticationFailed` disables
the offer for that agency until somebody corrects its settings, the others are final for that call. Any other exception
that leaves a plugin is a defect of the plugin: it is counted, and its text is never shown.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar


class PluginError(Exception):
    """Base of everything a plugin raises on purpose.

    `safe_message` is shown to people and written to logs: no document number, name, secret or answer of the provider
    may be in it. `code` is stable for ever (`snake_case`); `retryable` says whether the same call may succeed later.
    """

    default_code: ClassVar[str] = "plugin_error"
    retryable: ClassVar[bool] = False

    def __init__(self, safe_message: str, *, code: str | None = None) -> None:
        super().__init__(safe_message)
        self.safe_message: str = safe_message
        self.code: str = code or self.default_code


class ProviderUnavailable(PluginError):
    """The other side cannot be reached, is failing, or answered something that is not an answer. Retryable."""

    default_code = "provider_unavailable"
    retryable = True


class ProviderTimeout(PluginError):
    """No answer in time; whether the other side acted is not known. Retryable with the same idempotency key."""

    default_code = "provider_timeout"
    retryable = True


class RateLimited(PluginError):
    """The other side asks to slow down. Retryable; `after` is how long to wait, or None when it did not say."""

    default_code = "rate_limited"
    retryable = True

    def __init__(self, safe_message: str, *, after: timedelta | None = None, code: str | None = None) -> None:
        super().__init__(safe_message, code=code)
        self.after: timedelta | None = after


class AuthenticationFailed(PluginError):
    """The other side refuses the agency's credentials: nothing will work until an administrator corrects them."""

    default_code = "authentication_failed"


class SubjectNotFound(PluginError):
    """The other side knows nobody by that document. Final, and not an error of anybody."""

    default_code = "subject_not_found"


class RejectedByProvider(PluginError):
    """The other side understood and refuses, for a reason named by `code`. Final until the input changes."""

    default_code = "rejected_by_provider"


class InvalidConfiguration(PluginError):
    """The agency's settings cannot work. Final until an administrator corrects them."""

    default_code = "invalid_configuration"


class HostNotAllowed(PluginError):
    """The plugin called a host that its manifest does not declare. Final: the manifest or the settings are wrong."""

    default_code = "host_not_allowed"


class SignatureInvalid(PluginError):
    """An inbound call is not from whom it says, or was tampered with. Final: nobody acts on what it says."""

    default_code = "signature_invalid"
