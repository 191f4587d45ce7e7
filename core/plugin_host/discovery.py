"""Reads one plugin, in its own process: imports it, asks its hooks, and says why where it does not fit.

Each plugin has a pluggy manager of its own: one exception in a hook ends the call for every plugin of a manager.
The host gets what was read as a description (described.py).
"""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

import pluggy

from core.plugin_host.additions import Additions
from core.plugin_host.inside.additions import additions
from core.plugin_host.offers import CALLBACKS, KINDS, OfferKind
from recobro_sdk import SDK_VERSION, ContributionKind, Extension, HookSpecs, Offer, PluginManifest
from recobro_sdk.graphql import INPUTS
from recobro_sdk.table_rules import SCOPE

MOST_OFFERS = 100


class PluginRefusedError(Exception):
    """A plugin does not fit; the message says why, for the operator. `manifest` where it got that far."""

    def __init__(self, reason: str, manifest: PluginManifest | None = None) -> None:
        super().__init__(reason)
        self.manifest = manifest


@dataclass(frozen=True, slots=True)
class FoundOffer:
    """An offer as the plugin made it. `settings_schema` is the JSON Schema of its settings; `extension` is there where
    it is one, with the `additions` that were read from it."""

    kind: OfferKind[Any]
    offer: Offer[Any]
    settings_schema: dict[str, Any]
    extension: Extension | None = None
    additions: Additions | None = None

    @property
    def code(self) -> str:
        return self.offer.code


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    manifest: PluginManifest
    offers: tuple[FoundOffer, ...]


def read_plugin(name: str, load: Callable[[], object]) -> LoadedPlugin:
    """Import and check a plugin.

    `name` is its entry point's and must be its own; `load` imports the module. Raises: PluginRefusedError.
    """
    plugin = _guarded("cannot be imported", load)
    manager = pluggy.PluginManager("recobro")
    manager.add_hookspecs(HookSpecs)
    _guarded("has hooks that this version does not know", lambda: _register(manager, plugin, name))
    manifest = _manifest(manager, name)
    try:
        if any(scope.code == SCOPE for scope in manifest.scopes):
            _contributes(manifest, ContributionKind.TABLES)
        return LoadedPlugin(manifest, tuple(offer for kind in KINDS for offer in _offers(manager, manifest, kind)))
    except PluginRefusedError as problem:
        raise PluginRefusedError(str(problem), manifest) from problem


def _register(manager: pluggy.PluginManager, plugin: object, name: str) -> None:
    manager.register(plugin, name)
    manager.check_pending()


def _manifest(manager: pluggy.PluginManager, name: str) -> PluginManifest:
    manifest = _asked(manager, "recobro_manifest")
    if not isinstance(manifest, PluginManifest):
        raise PluginRefusedError("its recobro_manifest gives no manifest")
    if manifest.name != name:
        raise PluginRefusedError(f"its entry point is named '{name}' and its manifest '{manifest.name}'", manifest)
    if not manifest.accepts_sdk():
        raise PluginRefusedError(f"it needs an SDK {manifest.sdk}, and this is {SDK_VERSION}", manifest)
    return manifest


def _offers(manager: pluggy.PluginManager, manifest: PluginManifest, kind: OfferKind[Any]) -> Iterable[FoundOffer]:
    answer = _asked(manager, kind.hook)
    if answer is None:
        return
    if not isinstance(answer, Iterable):
        raise PluginRefusedError(f"its {kind.hook} gives no offers")
    given = cast("Iterable[object]", answer)
    offers = _guarded(f"its {kind.hook} fails", lambda: list(islice(given, MOST_OFFERS)))
    if offers and kind.capability not in manifest.capabilities:
        raise PluginRefusedError(f"it offers a {kind.noun} without the capability '{kind.capability}' in its manifest")
    missing = sorted(kind.needs - {scope.code for scope in manifest.scopes})
    if offers and missing:
        raise PluginRefusedError(f"it offers a {kind.noun} without asking for the scope {' and '.join(missing)}")
    for given_offer in offers:
        extension = given_offer if isinstance(given_offer, Extension) else None
        offer: object = extension.offer if extension is not None else given_offer
        if not isinstance(offer, Offer) or (extension is None) is (kind.contract is object):
            raise PluginRefusedError(
                f"its {kind.hook} gives something that is no {'extension' if kind.contract is object else 'offer'}"
            )
        made = cast("Offer[Any]", offer)
        schema = _guarded(f"the settings of '{made.code}' have no schema", made.settings.model_json_schema)
        added = _added(manifest, extension) if extension is not None else None
        if CALLBACKS in made.abilities:
            _contributes(manifest, ContributionKind.CALLBACKS)
        yield FoundOffer(kind, made, schema, extension, added)


def _added(manifest: PluginManifest, extension: Extension) -> Additions:
    code = extension.offer.code
    found: Additions = _guarded(f"the extension '{code}' does not fit", lambda: additions(manifest.name, extension))
    if extension.graphql:
        _contributes(manifest, ContributionKind.GRAPHQL)
    if extension.jobs:
        _contributes(manifest, ContributionKind.JOBS)
    needs = {INPUTS[field.on][name] for field in found.fields for name in field.needs}
    missing = sorted(needs - {scope.code for scope in manifest.scopes})
    if missing:
        raise PluginRefusedError(f"its fields read what it does not ask for: {' and '.join(missing)}")
    return found


def _contributes(manifest: PluginManifest, kind: ContributionKind) -> None:
    if kind not in {contribution.kind for contribution in manifest.contributions}:
        raise PluginRefusedError(f"it contributes '{kind}', and its manifest does not say so")


def _asked(manager: pluggy.PluginManager, hook: str) -> object:
    """What the plugin's implementation of a hook returns; None where it has none."""
    answers = _guarded(f"its {hook} fails", getattr(manager.hook, hook))
    answer = answers[0] if answers else None
    if inspect.iscoroutine(answer):
        answer.close()
        raise PluginRefusedError(f"its {hook} is a coroutine; hooks are plain functions")
    return answer


def _guarded(what: str, action: Callable[[], Any]) -> Any:
    try:
        return action()
    except (Exception, SystemExit) as problem:  # a plugin that calls sys.exit() must not end the program either
        raise PluginRefusedError(f"{what}: {type(problem).__name__}: {str(problem)[:300]}") from problem
