"""Brings another version each time that it is asked."""

from __future__ import annotations

from itertools import count

from recobro_hostile.layouts import kept
from recobro_sdk import PluginManifest, hookimpl
from recobro_sdk.files import FileLayout

_TURNS = count(1)


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return kept.manifest()


@hookimpl
def recobro_file_layouts() -> list[FileLayout]:
    """What it brings."""
    return [kept.layout(version=next(_TURNS))]
