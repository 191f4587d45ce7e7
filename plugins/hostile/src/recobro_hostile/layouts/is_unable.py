"""Says nothing of the layouts that it brings."""

from __future__ import annotations

from recobro_hostile.layouts import kept
from recobro_sdk import PluginManifest, hookimpl
from recobro_sdk.files import FileLayout


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return kept.manifest(capabilities=frozenset())


@hookimpl
def recobro_file_layouts() -> list[FileLayout]:
    """What it brings."""
    return [kept.layout()]
