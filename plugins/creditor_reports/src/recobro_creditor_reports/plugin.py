"""What the entry point names: the plugin's hooks."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from typing import Final

from recobro_creditor_reports.batch_track import BATCH_TRACK
from recobro_creditor_reports.inventory import INVENTORY
from recobro_creditor_reports.params import CreditorReportSettings
from recobro_creditor_reports.recovery import RECOVERY
from recobro_creditor_reports.remittance import REMITTANCE
from recobro_creditor_reports.report import CreditorReport
from recobro_sdk import Capability, ClientReport, Offer, PluginManifest, PluginScope, hookimpl

_SUMMARIES: Final = (
    (INVENTORY, "What one creditor has assigned, by stage, ageing bucket and portfolio"),
    (RECOVERY, "What was recovered for one creditor in a period, by month and stage"),
    (REMITTANCE, "What was settled with one creditor in a period, statement by statement"),
    (BATCH_TRACK, "What became of one creditor's files in a period, and what was found in them"),
)


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return PluginManifest(
        name="creditor_reports",
        version=version("recobro-creditor-reports"),
        summary="Inventory, recovery, remittance and batch track for one creditor, as CSV, XLSX, PDF and JSON",
        maintainer="Recobro",
        homepage="https://recobro.example/plugins/creditor-reports",
        capabilities=frozenset({Capability.CLIENT_REPORT}),
        scopes=(
            PluginScope("debt:list:read", "Lists one creditor's debts, with debtors' names, in files for it."),
            PluginScope("payment:list:read", "Lists the payments of one creditor's debts in files for it."),
            PluginScope("remittance:list:read", "Lists what was settled with one creditor in files for it."),
            PluginScope("placement:list:read", "Lists one creditor's own files, with their counts, in files for it."),
        ),
    )


@hookimpl
def recobro_client_reports() -> list[Offer[ClientReport]]:
    """The four reports."""
    return [
        Offer(
            code=definition.code,
            summary=summary,
            build=partial(CreditorReport, definition),
            settings=CreditorReportSettings,
        )
        for definition, summary in _SUMMARIES
    ]
