"""Errors of a mutation as data: typed, with a stable code, the field at fault and the remedy.

Top-level errors are left for authentication, permission, limits and faults.
"""

import strawberry
from strawberry.utils.str_converters import to_camel_case

from core.kit import errors as core_errors


@strawberry.interface(
    description="Why a mutation did nothing. `code` is stable; `message` and `remedy` are for people."
)
class UserError:
    code: str = strawberry.field(description="A stable code for programs.")
    message: str = strawberry.field(description="What is wrong, in a sentence.")
    field: str | None = strawberry.field(description="The input field at fault.")
    remedy: str | None = strawberry.field(description="What to do about it.")


@strawberry.type(description="What was given cannot be used as it stands.")
class InvalidInputError(UserError):
    pass


@strawberry.type(description="No such object in what you can see.")
class NotFoundError(UserError):
    pass


@strawberry.type(description="The state of things does not allow it (any more).")
class ConflictError(UserError):
    pass


@strawberry.type(description="A provider or channel behind a plugin did not do it.")
class ProviderError(UserError):
    pass


ERROR_TYPES: tuple[type[UserError], ...] = (InvalidInputError, NotFoundError, ConflictError, ProviderError)


def user_error(problem: core_errors.DomainError) -> UserError:
    """The typed form of an expected failure."""
    kind: type[UserError] = ProviderError
    if isinstance(problem, core_errors.InvalidInput):
        kind = InvalidInputError
    elif isinstance(problem, core_errors.NotFound):
        kind = NotFoundError
    elif isinstance(problem, core_errors.Conflict):
        kind = ConflictError
    field = _input_path(problem.field) if problem.field else None
    return kind(code=problem.code, message=problem.message, field=field, remedy=problem.remedy)


def _input_path(field: str) -> str:
    """A field of a command as the path in the mutation's input. Inside JSON inputs the names are the caller's own."""
    head, dot, rest = field.partition(".")
    return to_camel_case(head) + dot + (rest if head in _JSON_INPUTS else to_camel_case(rest))


_JSON_INPUTS = ("settings", "layout", "parameters")

TOP_LEVEL = (core_errors.Forbidden, core_errors.Unauthenticated, core_errors.LimitExceeded)
"""Failures that are errors of the whole request, never part of a payload."""


@strawberry.interface(
    description="What a mutation answers: its result, or the errors that kept it from doing anything."
)
class Payload:
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why nothing was done; empty when it was."
    )
