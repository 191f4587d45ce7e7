"""Reads the plugin of this process, and describes it for the host."""

from collections.abc import Callable

from core.plugin_host.codec import ShapeError
from core.plugin_host.described import SHAPE, Described, DescribedOffer
from core.plugin_host.discovery import LoadedPlugin, PluginRefusedError, read_plugin


def read(name: str, load: Callable[[], object]) -> tuple[LoadedPlugin | None, bytes]:
    """The plugin, where it fits, and its description for the host."""
    try:
        plugin = read_plugin(name, load)
        return plugin, SHAPE.encode(_description(plugin))
    except PluginRefusedError as problem:
        return None, SHAPE.encode(Described(manifest=problem.manifest, offers=(), refused=str(problem)))
    except ShapeError:
        words = "its manifest or the schema of its settings cannot be told as JSON"
        return None, SHAPE.encode(Described(manifest=None, offers=(), refused=words))


def _description(plugin: LoadedPlugin) -> Described:
    offers = [
        DescribedOffer(
            kind=found.kind.capability,
            code=found.code,
            summary=found.offer.summary,
            abilities=tuple(sorted(found.offer.abilities)),
            countries=tuple(sorted(found.offer.countries)),
            settings_schema=found.settings_schema,
            additions=found.additions,
        )
        for found in plugin.offers
    ]
    return Described(manifest=plugin.manifest, offers=tuple(offers), refused=None)
