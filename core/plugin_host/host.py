"""The plugins of this process: found, checked, and kept with what runs of them."""

from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any
from uuid import UUID

import structlog

from core.kit.errors import not_found
from core.plugin_host.discovery import PluginRefusedError, read_plugin
from core.plugin_host.offers import KINDS, LoadedOffer, OfferKind, OfferStatus, PluginState, PluginStatus, ScopeAsked
from core.plugin_host.runtime import Runtime
from recobro_sdk import ENTRY_POINT_GROUP, PluginManifest

log = structlog.get_logger("recobro.plugins")

_offers: dict[str, LoadedOffer] = {}
_statuses: dict[str, PluginStatus] = {}
_runtime = Runtime()


class PluginLoadError(RuntimeError):
    """In strict mode: a plugin that cannot be used. The message names it and says why."""


def load(*, allowed: Sequence[str] = (), strict: bool = False, found: Iterable[EntryPoint] | None = None) -> None:
    """Find and check the plugins that are installed (`found` instead, where given), in the order of their names.

    `allowed` names those to use; empty means all. A plugin that does not fit is BLOCKED with a reason and the others
    work on; with `strict` it raises. Raises: PluginLoadError.
    """
    _offers.clear()
    _statuses.clear()
    known = sorted(entry_points(group=ENTRY_POINT_GROUP) if found is None else found, key=lambda point: point.name)
    for point in known:
        if not allowed or point.name in allowed:
            _add(point.name, point.load, strict=strict)
    for name in allowed:
        if name not in {point.name for point in known}:
            _block(name, PluginRefusedError("it is not installed"), strict=strict)


def register(name: str, plugin: object, *, strict: bool = False) -> PluginStatus:
    """Add a plugin that no entry point names, beside those that are loaded: for playgrounds and tests."""
    _add(name, lambda: plugin, strict=strict)
    return next(status for status in plugins() if status.name == name)


def _add(name: str, loading: Callable[[], object], *, strict: bool) -> None:
    if name in _statuses:
        return _block(name, PluginRefusedError("two plugins have this name"), strict=strict)
    try:
        plugin = read_plugin(name, loading)
        codes = [offer.code for offer in plugin.offers]
        taken = sorted({code for code in codes if code in _offers or codes.count(code) > 1})
        if taken:
            raise PluginRefusedError(f"its offers have codes that are taken: {', '.join(taken)}", plugin.manifest)
    except PluginRefusedError as problem:
        return _block(name, problem, strict=strict)
    _offers.update({offer.code: offer for offer in plugin.offers})
    _statuses[name] = _status(name, plugin.manifest, plugin.offers, None)
    return None


def _block(name: str, problem: PluginRefusedError, *, strict: bool) -> None:
    if strict:
        raise PluginLoadError(f"the plugin '{name}' cannot be used: {problem}") from problem
    log.error("plugin blocked", plugin=name, reason=str(problem))
    # The one that was there first stays; the other one is shown under a name that nobody else can have.
    shown = name if name not in _statuses else f"{name} (another)"
    _statuses[shown] = _status(shown, problem.manifest, (), str(problem))


def _status(
    name: str, manifest: PluginManifest | None, offers: Sequence[LoadedOffer], reason: str | None
) -> PluginStatus:
    return PluginStatus(
        name=name,
        version=manifest.version if manifest else "",
        summary=manifest.summary if manifest else "",
        state=PluginState.ACTIVE if reason is None else PluginState.BLOCKED,
        reason=reason,
        offers=tuple(_offer_status(offer) for offer in offers),
        scopes=tuple(ScopeAsked(code=scope.code, reason=scope.reason) for scope in manifest.scopes) if manifest else (),
        capabilities=tuple(sorted(manifest.capabilities)) if manifest else (),
    )


def _offer_status(loaded: LoadedOffer) -> OfferStatus:
    return OfferStatus(
        code=loaded.code,
        kind=loaded.kind.capability,
        summary=loaded.offer.summary,
        abilities=tuple(sorted(loaded.offer.abilities)),
        countries=tuple(sorted(loaded.offer.countries)),
        settings_schema=loaded.settings_schema,
    )


def plugins(agency_id: UUID | None = None) -> list[PluginStatus]:
    """Every plugin that was found, by name, the blocked ones too.

    DEGRADED is told of one agency where it is named, and otherwise (for the operator) of any.
    """
    paused = _runtime.paused(agency_id)
    return [_current(status, paused) for _, status in sorted(_statuses.items())]


def _current(status: PluginStatus, paused: set[str]) -> PluginStatus:
    codes = sorted(offer.code for offer in status.offers if offer.code in paused)
    if not codes:
        return status
    values = {name: getattr(status, name) for name in PluginStatus.__dataclass_fields__}
    values |= {"state": PluginState.DEGRADED, "reason": f"paused after failures of the provider: {', '.join(codes)}"}
    return PluginStatus(**values)


def health() -> dict[str, Any]:
    """How many plugins work, and the names of those that do not; without reasons, because anybody may ask."""
    known = plugins()
    named = {state: [status.name for status in known if status.state is state] for state in PluginState}
    return {
        "active": len(named[PluginState.ACTIVE]),
        "degraded": named[PluginState.DEGRADED],
        "blocked": named[PluginState.BLOCKED],
    }


def offer(kind: OfferKind[Any] | None, code: str) -> LoadedOffer:
    """The offer of a code, of one kind or (None) of any. Raises: NotFound."""
    loaded = _offers.get(code)
    if loaded is None or (kind is not None and loaded.kind is not kind):
        raise not_found(kind.noun if kind else "offer of a plugin", kind.field if kind else "code")
    return loaded


def offers(kind: OfferKind[Any] | None = None) -> list[LoadedOffer]:
    """The offers of a kind, or of all kinds, by code."""
    wanted = KINDS if kind is None else (kind,)
    return [loaded for _, loaded in sorted(_offers.items()) if loaded.kind in wanted]


def runtime() -> Runtime:
    """What runs of the plugins in this process."""
    return _runtime


async def close() -> None:
    """Close everything that plugins hold. What is loaded stays loaded."""
    await _runtime.close()
