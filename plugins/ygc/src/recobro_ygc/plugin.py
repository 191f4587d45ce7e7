"""What the entry point names: the plugin's hooks."""

from __future__ import annotations

from importlib.metadata import version

from recobro_sdk import Capability, PluginManifest, Text, hookimpl
from recobro_sdk.files import FileLayout, LayoutKind
from recobro_ygc.records import PACKAGE, RESOURCE


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return PluginManifest(
        name="ygc",
        version=version("recobro-ygc"),
        summary="YGC files, by which accounts are forwarded to law firms in the United States",
        maintainer="Recobro",
        homepage="https://recobro.example/plugins/ygc",
        capabilities=frozenset({Capability.FILE_LAYOUT}),
        scopes=(),
    )


@hookimpl
def recobro_file_layouts() -> list[FileLayout]:
    """The layout of both directions."""
    return [
        FileLayout(
            code="ygc",
            version=1,
            kind=LayoutKind.LEGAL,
            title=Text("Remisión a firmas de abogados YGC", "YGC forwarding to law firms"),
            package=PACKAGE,
            resource=RESOURCE,
        )
    ]
