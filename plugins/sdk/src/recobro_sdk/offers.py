"""An offer: a named thing that the host can build for one agency from that agency's settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ValidationError

from recobro_sdk.context import PluginContext
from recobro_sdk.errors import InvalidConfiguration

T_co = TypeVar("T_co", covariant=True)
SettingsT = TypeVar("SettingsT", bound=BaseModel)

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{1,62}")


@dataclass(frozen=True, init=False)
class Offer(Generic[T_co]):
    """Something a plugin can do, and how to build it for one agency.

    `code` is unique in an installation and stable for ever: start it with the plugin's name when there are several.
    `summary` is one line for an administrator. `settings` is a pydantic model with `extra="forbid"`, a description on
    every field and secrets as `SecretStr`. `build` is called once per agency and settings version and must not do I/O.
    `abilities` names optional parts of the contract; `countries` are ISO 3166 alpha-2 codes, empty for everywhere.
    """

    code: str
    summary: str
    build: Callable[[Any, PluginContext], T_co]
    settings: type[BaseModel]
    abilities: frozenset[str]
    countries: frozenset[str]

    # Written out so that the type of `build` is tied to `settings` without showing it in every Offer[...] of the host.
    def __init__(
        self,
        *,
        code: str,
        summary: str,
        build: Callable[[SettingsT, PluginContext], T_co],
        settings: type[SettingsT],
        abilities: Iterable[str] = (),
        countries: Iterable[str] = (),
    ) -> None:
        if _CODE.fullmatch(code) is None:
            raise ValueError(f"malformed offer code {code!r}")
        if settings.model_config.get("extra") != "forbid":
            raise ValueError(f"settings of {code!r} must forbid unknown fields")
        values = {"code": code, "summary": summary, "build": build, "settings": settings}
        values |= {"abilities": frozenset(abilities), "countries": frozenset(countries)}
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def parse_settings(self, values: Mapping[str, object]) -> BaseModel:
        """Check raw settings.

        Raises `InvalidConfiguration` that names the fields and what is wrong with them, and never what they contain.
        """
        try:
            return self.settings.model_validate(dict(values))
        except ValidationError as error:
            # `from None`: the original carries the rejected values, which may be secrets.
            problems = [
                f"{'.'.join(str(part) for part in problem['loc']) or 'settings'}: {problem['type']}"
                for problem in error.errors(include_input=False, include_url=False, include_context=False)
            ]
            raise InvalidConfiguration("; ".join(problems)) from None

    def create(self, values: Mapping[str, object], context: PluginContext) -> T_co:
        """Check raw settings and build for the agency of `context`; raises `InvalidConfiguration`."""
        return self.build(self.parse_settings(values), context)


@runtime_checkable
class Closable(Protocol):
    """What a built offer may be: the host closes it when settings change, the plugin is disabled, or at shutdown."""

    async def close(self) -> None:
        """Release what is held. Called at least once, perhaps twice, and never during a call."""
        ...


@runtime_checkable
class Checkable(Protocol):
    """What a built offer may be: the host asks before it is enabled, so that wrong settings show at once."""

    async def check(self) -> None:
        """Try the settings against the other side, without an effect or a charge, within 5 seconds.

        Raises `AuthenticationFailed` or `InvalidConfiguration`, which the administrator is shown, or a retryable error.
        """
        ...


async def release(service: object) -> None:
    """Close a built offer if it is `Closable`."""
    if isinstance(service, Closable):
        await service.close()
