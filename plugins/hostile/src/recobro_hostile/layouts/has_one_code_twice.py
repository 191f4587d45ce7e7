"""Brings two layouts under one code."""

from __future__ import annotations

from recobro_hostile.layouts import kept
from recobro_sdk import PluginManifest, hookimpl
from recobro_sdk.files import FileLayout


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return kept.manifest()


@hookimpl
def recobro_file_layouts() -> list[FileLayout]:
    """What it brings."""
    return [kept.layout(), kept.layout(version=2)]
