"""The plugin of YGC as an operator would have it who forwards to a server of this machine."""

from dataclasses import replace

from recobro_sdk import PluginManifest, PluginScope, hookimpl
from recobro_ygc import plugin
from recobro_ygc.plugin import recobro_event_subscribers, recobro_legal_channels

__all__ = ["recobro_event_subscribers", "recobro_legal_channels", "recobro_manifest"]


@hookimpl
def recobro_manifest() -> PluginManifest:
    """As the plugin's, with loopback in the place of what is in the settings."""
    manifest = plugin.recobro_manifest()
    scopes = [scope for scope in manifest.scopes if not scope.code.startswith(("sftp:", "http:"))]
    return replace(manifest, scopes=(*scopes, PluginScope("sftp:127.0.0.1", "Talks to the firm of this test.")))
