"""The plugins of this process: found, checked, and kept with what runs of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any
from uuid import UUID

import structlog

from core.kit.errors import not_found
from core.permissions import Permission
from core.plugin_host.child_process import PluginUnreadError, use_memory
from core.plugin_host.codec import ShapeError
from core.plugin_host.described import SHAPE, Described, DescribedOffer
from core.plugin_host.extension_jobs import MAX_JOB_NAME, job_name
from core.plugin_host.offers import KINDS, LoadedOffer, OfferKind, OfferStatus, PluginState, PluginStatus, ScopeAsked
from core.plugin_host.peer import Link, Peer
from core.plugin_host.problems import resting
from core.plugin_host.process import link_of, stop_all
from core.plugin_host.runtime import Runtime
from recobro_sdk import ENTRY_POINT_GROUP, PluginManifest, PluginScope, scope_text

log = structlog.get_logger("recobro.plugins")

_offers: dict[str, LoadedOffer] = {}
_statuses: dict[str, PluginStatus] = {}
_runtime = Runtime()
_strict = False


class PluginLoadError(RuntimeError):
    """In strict mode: a plugin that cannot be used. The message names it and says why."""


def load(
    *,
    allowed: Sequence[str] = (),
    strict: bool = False,
    found: Iterable[EntryPoint] | None = None,
    memory_bytes: int | None = None,
) -> None:
    """Find and check the plugins that are installed (`found` instead, where given), in the order of their names.

    Each is read by its own process, which stays; none is imported here. `allowed` names those to use; empty means all.
    A plugin that does not fit is BLOCKED with a reason and the others work on; with `strict` it raises. Blocks until
    every process has told. `memory_bytes` is the most address space of each that is started from now (0: no limit).
    Raises: PluginLoadError.
    """
    global _strict
    _strict = strict
    if memory_bytes is not None:
        use_memory(memory_bytes)
    _offers.clear()
    _statuses.clear()
    known = sorted(entry_points(group=ENTRY_POINT_GROUP) if found is None else found, key=lambda point: point.name)
    wanted = [(point.name, link_of(point.name, point.value)) for point in known if not allowed or point.name in allowed]
    for _, link in wanted:
        link.begin()
    for name, link in wanted:
        _add(name, link, link.described, strict=strict)
    for name in allowed:
        if name not in {point.name for point in known}:
            _block(name, None, "it is not installed", strict=strict)


def register(name: str, plugin: object, *, strict: bool = False) -> PluginStatus:
    """Add a plugin that no entry point names, beside those that are loaded, inside this process: for playgrounds and
    tests."""
    # Here, as what serves never needs them.
    from core.plugin_host.inside.reading import read
    from core.plugin_host.local import LocalLink

    read_here, description = read(name, lambda: plugin)
    link = LocalLink(name, read_here) if read_here is not None else _NoLink()
    _add(name, link, lambda: description, strict=strict)
    return next(status for status in plugins() if status.name == name)


class _NoLink:
    """To a plugin that is blocked."""

    resting: str | None = None

    async def peer(self) -> Peer:
        raise resting()


def _add(name: str, link: Link, describe: Callable[[], bytes], *, strict: bool) -> None:
    if name in _statuses:
        return _block(name, None, "two plugins have this name", strict=strict)
    try:
        described: Described = SHAPE.decode(describe())
    except (PluginUnreadError, ShapeError) as problem:
        return _block(name, None, str(problem), strict=strict)
    manifest = described.manifest
    if manifest is None or described.refused is not None:
        return _block(name, manifest, described.refused or "it gives no manifest", strict=strict)
    loaded = [_loaded(manifest, offer, link) for offer in described.offers]
    codes = [offer.code for offer in loaded]
    taken = sorted({code for code in codes if code in _offers or codes.count(code) > 1})
    if taken:
        return _block(name, manifest, f"its offers have codes that are taken: {', '.join(taken)}", strict=strict)
    problem = next((found for offer in loaded if (found := _unfit(offer)) is not None), None)
    if problem is not None:
        return _block(name, manifest, problem, strict=strict)
    _offers.update({offer.code: offer for offer in loaded})
    _statuses[name] = _status(name, manifest, loaded, None)
    return None


def _unfit(offer: LoadedOffer) -> str | None:
    """Why what it adds cannot be here, as far as that can be told without the schema."""
    if offer.additions is None:
        return None
    unknown = sorted(offer.additions.permissions - set(Permission))
    if unknown:
        return f"its fields ask for permissions that do not exist: {', '.join(unknown)}"
    return next((f"its job '{job.name}' has too long a name" for job in offer.additions.jobs
                 if len(job_name(offer.code, job.name)) > MAX_JOB_NAME), None)  # fmt: skip


def refuse(name: str, reason: str) -> None:
    """Block a plugin that was loaded: what it adds has no place in the API. Raises: PluginLoadError in strict mode."""
    codes = [offer.code for offer in _statuses.pop(name).offers]
    manifest = _offers[codes[0]].manifest
    for code in codes:
        del _offers[code]
    _block(name, manifest, reason, strict=_strict)


def _loaded(manifest: PluginManifest, offer: DescribedOffer, link: Link) -> LoadedOffer:
    return LoadedOffer(
        kind=next(kind for kind in KINDS if kind.capability is offer.kind),
        manifest=manifest,
        code=offer.code,
        summary=offer.summary,
        abilities=offer.abilities,
        countries=offer.countries,
        settings_schema=offer.settings_schema,
        additions=offer.additions,
        link=link,
    )


def _block(name: str, manifest: PluginManifest | None, reason: str, *, strict: bool) -> None:
    if strict:
        raise PluginLoadError(f"the plugin '{name}' cannot be used: {reason}")
    log.error("plugin blocked", plugin=name, reason=reason)
    # The one that was there first stays; the other one is shown under a name that nobody else can have.
    shown = name if name not in _statuses else f"{name} (another)"
    _statuses[shown] = _status(shown, manifest, (), reason)


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
        scopes=tuple(_scope_asked(scope) for scope in manifest.scopes) if manifest else (),
        capabilities=tuple(sorted(manifest.capabilities)) if manifest else (),
    )


def _scope_asked(scope: PluginScope) -> ScopeAsked:
    return ScopeAsked(code=scope.code, reason=scope.reason, meaning=scope_text(scope.code))


def _offer_status(loaded: LoadedOffer) -> OfferStatus:
    return OfferStatus(
        code=loaded.code,
        kind=loaded.kind.capability,
        summary=loaded.summary,
        abilities=loaded.abilities,
        countries=loaded.countries,
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
    resting = next((rests for offer in status.offers if (rests := _offers[offer.code].link.resting)), None)
    if not codes and resting is None:
        return status
    reason = f"paused after failures of the provider: {', '.join(codes)}" if codes else resting
    return replace(status, state=PluginState.DEGRADED, reason=reason)


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


def has_ability(kind: OfferKind[Any], code: str, ability: str) -> bool:
    """Whether the offer of a code is there, and its provider has an optional part of its contract."""
    loaded = _offers.get(code)
    return loaded is not None and loaded.kind is kind and ability in loaded.abilities


def offers(kind: OfferKind[Any] | None = None) -> list[LoadedOffer]:
    """The offers of a kind, or of all kinds, by code."""
    wanted = KINDS if kind is None else (kind,)
    return [loaded for _, loaded in sorted(_offers.items()) if loaded.kind in wanted]


def extensions() -> list[LoadedOffer]:
    """The offers that add something to the host, by plugin and code."""
    return sorted((one for one in _offers.values() if one.additions), key=lambda one: (one.plugin, one.code))


def runtime() -> Runtime:
    """What runs of the plugins in this process."""
    return _runtime


async def close(*, end: bool = True) -> None:
    """Close everything that plugins hold, and end their processes, unless more is to come (not `end`).

    What is loaded stays loaded, and is started again when it is called.
    """
    await _runtime.close()
    if end:
        await stop_all()
