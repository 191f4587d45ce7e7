"""The hooks of a hostile plugin of lawyers and reports: an offer for each defect, and one without any of each kind."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

from recobro_hostile import made
from recobro_hostile.papers import called, followers, lawyers, purses, reports
from recobro_hostile.papers.follower import FollowerSettings, HonestFollower
from recobro_hostile.papers.honest import HonestLawyers, HonestReport, LawyersSettings, ReportSettings
from recobro_sdk import (
    Capability,
    ClientReport,
    Contribution,
    ContributionKind,
    LegalChannel,
    Offer,
    PluginManifest,
    PluginScope,
    hookimpl,
)


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is; nothing is wrong with that."""
    return made.manifest(
        capabilities=frozenset({Capability.LEGAL_CHANNEL, Capability.CLIENT_REPORT}),
        scopes=(
            PluginScope("debtor:identity:read", "Sends the parties of a case to the lawyers."),
            PluginScope("debt:balance:read", "Sends what is claimed, and for what."),
            PluginScope("debt:list:read", "Lists the debts of one creditor."),
            PluginScope("store:dossier:write", "Keeps which cases were handed over."),
            PluginScope("http:{base_url}", "Talks to the lawyers at the address in the settings."),
        ),
        contributions=(Contribution(ContributionKind.CALLBACKS, "The lawyers say that there is news of a case."),),
    )


@hookimpl
def recobro_legal_channels() -> list[Offer[LegalChannel]]:
    """Every legal channel, each with one defect."""
    wrong = [kind for module in (followers, purses, called) for kind in _kinds(module, HonestFollower)]
    return [
        *(_offer(kind, LawyersSettings) for kind in (HonestLawyers, *_kinds(lawyers, HonestLawyers))),
        *(
            _offer(kind, FollowerSettings, "case_news", "cost_answers", "callbacks")
            for kind in (HonestFollower, *wrong)
        ),
    ]


@hookimpl
def recobro_client_reports() -> list[Offer[ClientReport]]:
    """Every report, each with one defect."""
    return [_offer(kind, ReportSettings) for kind in (HonestReport, *_kinds(reports, HonestReport))]


def _offer(kind: Any, settings: Any, *abilities: str) -> Offer[Any]:
    summary = kind.__doc__ or kind.code
    return Offer(code=kind.code, summary=summary, build=kind, settings=settings, abilities=abilities)


def _kinds(module: ModuleType, honest: type[Any]) -> list[type[Any]]:
    return [
        kind
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, honest) and kind.__module__ == module.__name__
    ]
