"""The remote plugin as an operator would have it whose integrator's server is on this machine."""

from dataclasses import replace

from recobro_remote import plugin
from recobro_remote.plugin import recobro_bureau_furnishers, recobro_legal_channels
from recobro_sdk import PluginManifest, PluginScope, hookimpl

__all__ = ["recobro_bureau_furnishers", "recobro_legal_channels", "recobro_manifest"]


@hookimpl
def recobro_manifest() -> PluginManifest:
    """As the plugin's, with loopback in the place of what is in the settings."""
    manifest = plugin.recobro_manifest()
    scopes = [scope for scope in manifest.scopes if not scope.code.startswith("http:")]
    return replace(manifest, scopes=(*scopes, PluginScope("http:127.0.0.1", "Talks to the server of this test.")))
