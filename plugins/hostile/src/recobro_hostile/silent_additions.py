"""Adds to the host without a word in its manifest."""

from __future__ import annotations

from dataclasses import replace

from recobro_hostile import additions
from recobro_hostile.additions import declared
from recobro_hostile.notes import HonestNotes
from recobro_sdk import Extension, PluginManifest, hookimpl


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is, and nothing of what it adds."""
    return replace(additions.recobro_manifest(), contributions=())


@hookimpl
def recobro_extensions() -> list[Extension]:
    """The honest one."""
    return [declared.honest(HonestNotes)]
