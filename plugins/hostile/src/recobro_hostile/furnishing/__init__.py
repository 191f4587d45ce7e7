"""The hooks of furnishers that lie about what their bureau made of a batch, and of those that misread its files.
`hostile_teller` and `hostile_reader` tell it as it is."""

from __future__ import annotations

from recobro_hostile.furnishing import lies, readers
from recobro_hostile.furnishing.teller import Teller
from recobro_hostile.honest import HonestSettings
from recobro_hostile.made import ADDRESS, manifest
from recobro_sdk import BureauFurnisher, Capability, Offer, PluginManifest, PluginScope, hookimpl


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is; nothing is wrong with that."""
    asked = (
        PluginScope("debtor:identity:read", "Tells the bureau whom a debt is about."),
        PluginScope("debt:balance:read", "Tells the bureau what is owed."),
        PluginScope("debt:status:furnish", "Tells the bureau how each debt is paid."),
        PluginScope("store:dossier:write", "Keeps a digest of each batch."),
        ADDRESS,
    )
    return manifest(capabilities=frozenset({Capability.BUREAU_FURNISHING}), scopes=asked)


def _lies() -> list[type[Teller]]:
    known = [*vars(lies).values(), *vars(readers).values()]
    kinds = [kind for kind in known if isinstance(kind, type) and issubclass(kind, Teller)]
    return [kind for kind in kinds if kind is not Teller]


@hookimpl
def recobro_bureau_furnishers() -> list[Offer[BureauFurnisher]]:
    """Every furnisher, each with one defect."""
    return [
        Offer(
            code=kind.code, summary=kind.__doc__ or kind.code, build=kind, settings=HonestSettings,
            abilities=kind.abilities,
        )
        for kind in (Teller, *_lies())
    ]  # fmt: skip
