"""What a resolver finds in `info.context`: the scope of the request, and the loaders that batch its reads."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import strawberry
from starlette.requests import Request
from starlette.websockets import WebSocket

from core.kit.errors import DomainError, Unauthenticated
from core.kit.scope import Scope

if TYPE_CHECKING:
    from schema.kit.loading import Loaders


@dataclass(slots=True)
class Context:
    """One request, or one subscription. `bearer` is what its access token gave, if there is one."""

    bearer: Scope | None
    request: Request | WebSocket | None = None
    compiled: bool = True
    """Whether the read compiler may answer; only tests say no."""
    troubles: dict[str, DomainError] = field(default_factory=dict[str, DomainError])
    """What plugins could not bring for this request, by field: they are not asked for it again."""
    _loaders: "Loaders | None" = field(default=None)

    @property
    def scope(self) -> Scope:
        """Raises: Unauthenticated where the request came without an access token."""
        if self.bearer is None:
            raise Unauthenticated(
                "This needs an access token.",
                code="TOKEN_MISSING",
                remedy="Send 'Authorization: Bearer …'; a token comes from /oauth/token.",
            )
        return self.bearer

    @property
    def load(self) -> "Loaders":
        from schema.kit.loading import Loaders

        if self._loaders is None:
            self._loaders = Loaders(self.scope)
        return self._loaders


if TYPE_CHECKING:
    Info: TypeAlias = strawberry.Info[Context, Any]
else:
    Info = strawberry.Info
