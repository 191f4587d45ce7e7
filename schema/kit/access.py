"""Who may use a field, and what it costs: both stand on the field and are printed in its description."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast, get_type_hints

import strawberry
from strawberry.extensions import FieldExtension

from core.kit.errors import DomainError
from core.permissions import Permission
from schema.kit.errors import TOP_LEVEL, Payload, user_error

F = TypeVar("F", bound=Callable[..., Any])


class Requires(FieldExtension):
    """Refuses a request whose scope lacks the permission. `None` marks a field that needs only a signed-in caller."""

    def __init__(self, permission: Permission | None) -> None:
        self.permission = permission

    @property
    def words(self) -> str:
        return f"Requires `{self.permission}`." if self.permission else "Requires an access token."

    def check(self, info: strawberry.Info[Any, Any]) -> None:
        scope = info.context.scope
        if self.permission is not None:
            scope.require(self.permission)

    def resolve(self, next_: Callable[..., Any], source: Any, info: strawberry.Info[Any, Any], **kwargs: Any) -> Any:
        self.check(info)
        return next_(source, info, **kwargs)

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: strawberry.Info[Any, Any], **kwargs: Any
    ) -> Any:
        self.check(info)
        return await next_(source, info, **kwargs)


class Public(FieldExtension):
    """Marks a field that anybody may ask for, without an access token."""


class Cost(FieldExtension):
    """What a field costs beside what it contains (schema/kit/limits.py). Default 1 for a field with a resolver."""

    def __init__(self, cost: int) -> None:
        self.cost = cost


class Expected(FieldExtension):
    """Turns the expected failures of a mutation into the errors of its payload."""

    def __init__(self, payload: type[Payload]) -> None:
        self.payload = payload

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: strawberry.Info[Any, Any], **kwargs: Any
    ) -> Any:
        try:
            return await next_(source, info, **kwargs)
        except TOP_LEVEL:
            raise
        except DomainError as problem:
            return self.payload(errors=[user_error(problem)])


def query(permission: Permission | None, *, cost: int = 1) -> Callable[[F], Any]:
    """A root query: `@query(Permission.DEBT_READ)` over its resolver. The docstring describes it."""
    return lambda function: _field(function, [Requires(permission), Cost(cost)])


def mutation(permission: Permission | None, *, cost: int = 10) -> Callable[[F], Any]:
    """A mutation: its expected failures become `errors` of the payload that its resolver returns."""

    def wrap(function: F) -> Any:
        payload = cast(type[Payload], get_type_hints(function)["return"])
        return _field(function, [Requires(permission), Cost(cost), Expected(payload)])

    return wrap


def subscription(permission: Permission) -> Callable[[F], Any]:
    """A subscription: the permission is checked when it starts."""

    def wrap(function: F) -> Any:
        description = f"{inspect.getdoc(function)}\n\nRequires `{permission}`."
        return strawberry.subscription(resolver=function, description=description)

    return wrap


def _field(function: Callable[..., Any], extensions: list[FieldExtension]) -> Any:
    description = inspect.getdoc(function)
    if not description:
        raise TypeError(f"{function.__name__} has no docstring: the API describes every field")
    words = " ".join(extension.words for extension in extensions if isinstance(extension, Requires))
    return strawberry.field(resolver=function, description=f"{description}\n\n{words}", extensions=extensions)
