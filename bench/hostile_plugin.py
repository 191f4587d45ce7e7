"""The hostile plugin's calls under a manifest that lets them reach this machine: for `bench.hostile`."""

from recobro_hostile import calls, made
from recobro_sdk import BureauProvider, Offer, PluginManifest, PluginScope, hookimpl


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    here = PluginScope("http:127.0.0.1", "Talks to the bureau of the benchmark.")
    return made.manifest(scopes=(made.DOCUMENT, made.ADDRESS, here))


@hookimpl
def recobro_bureaus() -> list[Offer[BureauProvider]]:
    """Every bureau, each with one defect."""
    return calls.recobro_bureaus()
