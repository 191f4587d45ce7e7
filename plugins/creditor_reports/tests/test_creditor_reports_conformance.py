"""Each of the four reports passes the kit: the inventory with every kind of file at once, the others with some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from recobro_creditor_reports import plugin
from recobro_sdk.testing import ReportConformance

PERIOD: dict[str, object] = {"period_from": "2026-01-01", "period_to": "2026-03-31"}


class TestInventory(ReportConformance):
    plugin = plugin
    offer_code = "creditor_reports_inventory"
    patience_s = 30.0  # twenty at once are eighty files
    settings: ClassVar[Mapping[str, object]] = {"footer": "=SUM(A1:A9)", "ageing_bounds": [30, 90]}


class TestRecovery(ReportConformance):
    plugin = plugin
    offer_code = "creditor_reports_recovery"
    params: ClassVar[Mapping[str, object]] = {**PERIOD, "formats": ["csv", "xlsx"]}


class TestRemittance(ReportConformance):
    plugin = plugin
    offer_code = "creditor_reports_remittance"
    params: ClassVar[Mapping[str, object]] = {**PERIOD, "formats": ["pdf"]}


class TestBatchTrack(ReportConformance):
    plugin = plugin
    offer_code = "creditor_reports_batch_track"
    params: ClassVar[Mapping[str, object]] = {**PERIOD, "formats": ["json"]}
