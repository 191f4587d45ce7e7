"""What a plugin's process tells of the plugin: its manifest and its offers, or why it is refused."""

from dataclasses import dataclass

from core.plugin_host.additions import Additions
from core.plugin_host.codec import Shape, ShapeError
from recobro_sdk import Capability, JsonObject, PluginManifest


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedOffer:
    kind: Capability
    code: str
    summary: str
    abilities: tuple[str, ...]
    countries: tuple[str, ...]
    settings_schema: JsonObject
    additions: Additions | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """`refused` says why the plugin cannot be used; a `manifest` is there where it got that far."""

    manifest: PluginManifest | None
    offers: tuple[DescribedOffer, ...]
    refused: str | None


SHAPE = Shape(Described)


def same(one: bytes, other: bytes) -> bool:
    """Whether two descriptions say the same, whatever the order of what has none."""
    try:
        return one == other or SHAPE.decode(one) == SHAPE.decode(other)
    except ShapeError:
        return False
