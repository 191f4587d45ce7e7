"""What a plugin has built for agencies, in its process. Two agencies' instances know nothing of each other."""

import asyncio
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from core.plugin_host.codec import Operation
from core.plugin_host.discovery import FoundOffer, LoadedPlugin
from core.plugin_host.inside.asking import Ask
from core.plugin_host.inside.context import InsideContext, Line
from core.plugin_host.offers import CALLBACKS, OfferKind, operations_of
from core.plugin_host.problems import safe_text
from recobro_sdk import CallbackReceiver, InvalidConfiguration, release

CHECK_S = 5.0


@dataclass(frozen=True, slots=True)
class Instance:
    """A provider of one offer for one agency, as its contract crosses (`OfferKind.wire`)."""

    kind: OfferKind[Any]
    provider: object
    calls: object
    context: InsideContext

    def operation(self, name: str) -> Operation:
        return operations_of(self.kind)[name]

    def function(self, operation: Operation) -> Any:
        """What serves an operation: the contract's, or the provider's own where it receives callbacks."""
        return getattr(self.calls if hasattr(self.kind.wire, operation.name) else self.provider, operation.name)

    async def close(self) -> None:
        """Let the plugin release what it holds; then take its client away."""
        try:
            await release(self.provider)
        finally:
            await self.context.http.aclose()


def parsed(offer: FoundOffer, values: Mapping[str, Any]) -> BaseModel:
    """Raises: InvalidConfiguration without a word of what the values hold."""
    try:
        return offer.offer.settings.model_validate(dict(values))
    except ValidationError as error:
        raise InvalidConfiguration("the settings are not what its model asks for") from error


def problems(offer: FoundOffer, values: Mapping[str, Any]) -> list[list[str]]:
    """What is wrong with settings, as pairs of a dotted field and a sentence; and never what a field contains."""
    try:
        offer.offer.settings.model_validate(dict(values))
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        return [[".".join(map(str, item["loc"])), safe_text(item["msg"])] for item in found[:10]]
    return []


def build(
    plugin: LoadedPlugin, offer: FoundOffer, agency: str, values: Mapping[str, Any], ask: Ask, line: Line
) -> Instance:
    """Let the plugin build a provider. Raises: PluginError; TypeError of another contract; what it likes."""
    settings = parsed(offer, values)
    context = InsideContext(plugin.manifest, agency, settings, ask, line)
    provider = offer.offer.build(settings, context)
    if not isinstance(provider, offer.kind.contract):
        raise TypeError("what it builds is not of its contract")
    if CALLBACKS in offer.offer.abilities and not isinstance(provider, CallbackReceiver):
        raise TypeError("what it builds receives no callbacks")
    for ability, part in offer.kind.parts:
        if ability in offer.offer.abilities and not isinstance(provider, part):
            raise TypeError(f"what it builds cannot do what its ability '{ability}' says")
    return Instance(offer.kind, provider, offer.kind.adapted(provider, offer.extension), context)


async def checked(instance: Instance) -> None:
    """Let the provider try its settings, where it can (`check`). Raises: PluginError, TimeoutError; what it likes."""
    check = getattr(instance.provider, "check", None)
    if callable(check) and inspect.iscoroutinefunction(check):
        async with asyncio.timeout(CHECK_S):
            await cast(Any, check)()
