"""The hooks of the hostile plugin: an offer for each defect of a call, and `hostile_honest` without any."""

from __future__ import annotations

from recobro_hostile import made
from recobro_hostile.calls import answers, loop, outside
from recobro_hostile.honest import HonestBureau
from recobro_sdk import BureauProvider, Offer, PluginManifest, hookimpl


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is; nothing is wrong with that."""
    return made.manifest()


@hookimpl
def recobro_bureaus() -> list[Offer[BureauProvider]]:
    """Every bureau, each with one defect."""
    kinds = [
        kind
        for module in (loop, answers, outside)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, HonestBureau) and kind is not HonestBureau
    ]
    others: list[Offer[BureauProvider]] = [
        Offer(
            code="hostile_keeps_its_key_as_text",
            summary="Its key is a text like any other.",
            build=outside.open_key,
            settings=outside.OpenSettings,
        ),
        Offer(
            code="hostile_describes_no_settings",
            summary="Nobody knows what its settings are for.",
            build=outside.silent_form,
            settings=outside.SilentSettings,
        ),
    ]
    return [*made.offers([HonestBureau, *kinds]), *others]
