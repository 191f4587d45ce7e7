"""The report passes the kit, with both kinds of file and with each alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from recobro_recovery_report import plugin
from recobro_sdk.testing import ReportConformance

PERIOD: dict[str, object] = {"period_from": "2026-01-01", "period_to": "2026-03-31"}


class TestBoth(ReportConformance):
    plugin = plugin
    settings: ClassVar[Mapping[str, object]] = {"footer": "=SUM(A1:A9)"}


class TestWorkbookAlone(ReportConformance):
    plugin = plugin
    params: ClassVar[Mapping[str, object]] = {**PERIOD, "formats": ["xlsx"]}


class TestCsvAlone(ReportConformance):
    plugin = plugin
    params: ClassVar[Mapping[str, object]] = {**PERIOD, "formats": ["csv"]}
