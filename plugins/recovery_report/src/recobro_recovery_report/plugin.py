"""What the entry point names: the plugin's hooks."""

from __future__ import annotations

from importlib.metadata import version

from recobro_recovery_report.params import RecoveryReportSettings
from recobro_recovery_report.report import REPORT_CODE, RecoveryReport
from recobro_sdk import Capability, ClientReport, Offer, PluginManifest, PluginScope, hookimpl


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return PluginManifest(
        name="recovery_report",
        version=version("recobro-recovery-report"),
        summary="A recovery report for one creditor: summary with chart, payments and debts, as XLSX and CSV",
        maintainer="Recobro",
        homepage="https://recobro.example/plugins/recovery-report",
        capabilities=frozenset({Capability.CLIENT_REPORT}),
        scopes=(
            PluginScope(
                "debt:list:read", "Lists one creditor's debts, with debtors' names, in files for that creditor."
            ),
            PluginScope("payment:list:read", "Lists the payments of one creditor's debts in files for that creditor."),
        ),
    )


@hookimpl
def recobro_client_reports() -> list[Offer[ClientReport]]:
    """The one report."""
    return [
        Offer(
            code=REPORT_CODE,
            summary="Recovery of one creditor's debts in a period, as XLSX and CSV",
            build=RecoveryReport,
            settings=RecoveryReportSettings,
        )
    ]
