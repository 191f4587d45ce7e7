"""The hooks of a hostile plugin that adds to the host: an offer for each defect, and `hostile_notes` without any."""

from __future__ import annotations

import inspect
from types import ModuleType

from recobro_hostile import made
from recobro_hostile.additions import callbacks, declared, events, served
from recobro_hostile.notes import HonestNotes, NotesSettings
from recobro_sdk import (
    Capability,
    Contribution,
    ContributionKind,
    EventSubscriber,
    Extension,
    Offer,
    PluginManifest,
    PluginScope,
    hookimpl,
)


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is; nothing is wrong with that."""
    return made.manifest(
        capabilities=frozenset({Capability.EXTENSION, Capability.EVENT_SUBSCRIBER}),
        scopes=(
            PluginScope("debt:balance:read", "Notes what is left of a debt."),
            PluginScope("debt:facts:read", "Notes since when it is due."),
            PluginScope("event:list:read", "Notes what is paid."),
            PluginScope("http:{base_url}", "Talks to the notes at the address in the settings."),
        ),
        contributions=tuple(
            Contribution(kind, "Shows what is noted of a debt.")
            for kind in (ContributionKind.GRAPHQL, ContributionKind.JOBS, ContributionKind.CALLBACKS)
        ),
    )


@hookimpl
def recobro_extensions() -> list[Extension]:
    """Every extension, each with one defect."""
    kinds = [HonestNotes, *_kinds(served), *_kinds(callbacks)]
    return [*(declared.honest(kind) for kind in kinds), *declared.extensions()]


@hookimpl
def recobro_event_subscribers() -> list[Offer[EventSubscriber]]:
    """Every subscriber, each with one defect."""
    kinds = [events.HonestEars, *_kinds(events)]
    return [
        Offer(code=kind.code, summary=kind.__doc__ or kind.code, build=kind, settings=NotesSettings) for kind in kinds
    ]


def _kinds(module: ModuleType) -> list[type[HonestNotes]]:
    return [
        kind
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, HonestNotes) and kind.__module__ == module.__name__
        and kind is not events.HonestEars
    ]  # fmt: skip
