"""What a plugin's tests use: a host in miniature and a conformance kit for each contract."""

from recobro_sdk.testing.base import Conformance
from recobro_sdk.testing.bureau import BureauConformance
from recobro_sdk.testing.checks import float_conversions, forbidden_imports, longest_gap_ms, swallowed_cancellations
from recobro_sdk.testing.context import FakeClock, FakeContext, FakeLog, FakeStore
from recobro_sdk.testing.legal import LegalConformance
from recobro_sdk.testing.report_data import FakeReportData, FakeReportSink
from recobro_sdk.testing.reports import ReportConformance

__all__ = [
    "BureauConformance",
    "Conformance",
    "FakeClock",
    "FakeContext",
    "FakeLog",
    "FakeReportData",
    "FakeReportSink",
    "FakeStore",
    "LegalConformance",
    "ReportConformance",
    "float_conversions",
    "forbidden_imports",
    "longest_gap_ms",
    "swallowed_cancellations",
]
