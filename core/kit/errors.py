"""Errors that a caller can act on. Each has a stable code, names the field at fault and says what to do.

Anything that is not a `DomainError` is a fault of ours: logged whole, shown to nobody.
"""


class DomainError(Exception):
    """An expected failure of a use case; part of its contract."""

    code = "DOMAIN_ERROR"

    def __init__(
        self, message: str, *, code: str | None = None, field: str | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.field = field
        self.remedy = remedy


class InvalidInput(DomainError):
    """What was given cannot be used as it stands."""

    code = "INVALID_INPUT"


class NotFound(DomainError):
    """No such object in this scope. Somebody else's object answers exactly like one that does not exist."""

    code = "NOT_FOUND"


class Conflict(DomainError):
    """The state of things does not allow it (any more)."""

    code = "CONFLICT"


class Forbidden(DomainError):
    """The actor has no permission for it."""

    code = "FORBIDDEN"


class Unauthenticated(DomainError):
    """Nobody is signed in, or the token is not (or no longer) good."""

    code = "UNAUTHENTICATED"


class LimitExceeded(DomainError):
    """Larger, deeper or more often than allowed."""

    code = "LIMIT_EXCEEDED"


class ScopeMissing(RuntimeError):
    """Work was begun without a scope: a fault of ours, never of the caller."""


def not_found(what: str, field: str | None = None) -> NotFound:
    return NotFound(f"There is no such {what}.", field=field, remedy="Check the id; it must be one that you can see.")
