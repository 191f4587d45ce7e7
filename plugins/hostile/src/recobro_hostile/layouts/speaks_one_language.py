"""Names its layout in one language."""

from __future__ import annotations

from recobro_hostile.layouts import kept
from recobro_sdk import PluginManifest, Text, hookimpl
from recobro_sdk.files import FileLayout


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return kept.manifest()


@hookimpl
def recobro_file_layouts() -> list[FileLayout]:
    """What it brings."""
    return [kept.layout(title=Text("Pagos del día", " "))]
