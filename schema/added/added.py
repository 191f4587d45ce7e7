"""All that plugins add, with the names that are taken already."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from strawberry.types.field import StrawberryField

from core.plugin_host.offers import LoadedOffer
from schema.added.fields import added_field
from schema.added.roots import added_root
from schema.added.values import Types


@dataclass(frozen=True, slots=True)
class Added:
    """Fields by the name of their object, or root; and `refused`: the plugins that have no place, and why."""

    fields: Mapping[str, list[StrawberryField]] = field(default_factory=dict[str, list[StrawberryField]])
    refused: Mapping[str, str] = field(default_factory=dict[str, str])


def added_by(extensions: Iterable[LoadedOffer], taken: Iterable[str]) -> Added:
    """What the extensions add to an API in which these names are taken: types, and fields as `Debt.balance`.

    A plugin with a name that the API or another plugin has is refused as a whole; the one that came first stays.
    """
    names, fields, refused = set(taken), dict[str, list[StrawberryField]](), dict[str, str]()
    by_plugin: dict[str, list[LoadedOffer]] = {}
    for loaded in extensions:
        by_plugin.setdefault(loaded.plugin, []).append(loaded)
    for plugin, offers in by_plugin.items():
        wanted = [name for loaded in offers if loaded.additions for name in loaded.additions.names]
        twice = sorted({name for name in wanted if name in names or wanted.count(name) > 1})
        if twice:
            refused[plugin] = f"the API has these names already: {', '.join(twice)}"
            continue
        names.update(wanted)
        for loaded in offers:
            _add(loaded, fields)
    return Added(fields, refused)


def _add(loaded: LoadedOffer, fields: dict[str, list[Any]]) -> None:
    assert loaded.additions is not None
    types = Types(loaded.additions)
    for one in loaded.additions.fields:
        fields.setdefault(one.on.value, []).append(added_field(loaded, one, types))
    for root in loaded.additions.roots:
        fields.setdefault("Mutation" if root.changes else "Query", []).append(added_root(loaded, root, types))
