"""The hooks of a hostile plugin of rule packs, scorers and validators: an offer for each defect, and one without any of
each kind."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

from recobro_hostile import made
from recobro_hostile.rules import pack_habits, packs, scorers, validators
from recobro_hostile.rules.honest import HonestPack, HonestScorer, HonestValidator, NoSettings
from recobro_sdk import Capability, IdentifierValidator, JurisdictionPack, Offer, PluginManifest, Scorer, hookimpl


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is; nothing is wrong with that."""
    capabilities = frozenset({Capability.JURISDICTION, Capability.SCORER, Capability.IDENTIFIER_VALIDATOR})
    return made.manifest(capabilities=capabilities, scopes=())


@hookimpl
def recobro_jurisdictions() -> list[Offer[JurisdictionPack]]:
    """Every rule pack, each with one defect."""
    return [_offer(kind) for kind in (HonestPack, *_kinds(packs, HonestPack), *_kinds(pack_habits, HonestPack))]


@hookimpl
def recobro_scorers() -> list[Offer[Scorer]]:
    """Every scorer, each with one defect."""
    return [_offer(kind) for kind in (HonestScorer, *_kinds(scorers, HonestScorer))]


@hookimpl
def recobro_identifier_validators() -> list[Offer[IdentifierValidator]]:
    """Every validator, each with one defect."""
    return [_offer(kind) for kind in (HonestValidator, *_kinds(validators, HonestValidator))]


def _offer(kind: Any) -> Offer[Any]:
    return Offer(code=kind.code, summary=kind.__doc__ or kind.code, build=kind, settings=NoSettings)


def _kinds(module: ModuleType, honest: type[Any]) -> list[type[Any]]:
    return [
        kind
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, honest) and kind.__module__ == module.__name__
    ]
