"""Makes the hooks of a hostile plugin of layouts, honest where nothing is changed."""

from __future__ import annotations

from typing import Any

from recobro_hostile import made
from recobro_sdk import Capability, PluginManifest, Text
from recobro_sdk.files import FileLayout, LayoutKind


def manifest(**changes: Any) -> PluginManifest:
    """A manifest without a fault, or with the changed fields."""
    return made.manifest(**{"capabilities": frozenset({Capability.FILE_LAYOUT}), "scopes": (), **changes})


def layout(**changes: Any) -> FileLayout:
    """A layout without a fault, or with the changed fields."""
    values: dict[str, Any] = {
        "code": "hostile_daily",
        "version": 1,
        "kind": LayoutKind.PAYMENTS,
        "title": Text("Pagos del día", "Payments of the day"),
        "package": "recobro_hostile.layouts",
        "resource": "daily.toml",
    }
    return FileLayout(**{**values, **changes})
