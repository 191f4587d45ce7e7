"""What a plugin's tests use: a host in miniature, a conformance kit for each contract, and providers that fail."""

from recobro_sdk.testing.batches import ScorerConformance
from recobro_sdk.testing.bureau import BureauConformance
from recobro_sdk.testing.callbacks import CallbackConformance
from recobro_sdk.testing.calls import CallConformance
from recobro_sdk.testing.checks import float_conversions, forbidden_imports, longest_gap_ms, swallowed_cancellations
from recobro_sdk.testing.context import FakeClock, FakeContext, FakeLog, FakeStore
from recobro_sdk.testing.extensions import ExtensionConformance
from recobro_sdk.testing.faults import Fault
from recobro_sdk.testing.furnishing import FurnishingConformance
from recobro_sdk.testing.furnishing_samples import furnishing_batch, furnishing_record
from recobro_sdk.testing.gateways import GatewayConformance
from recobro_sdk.testing.identifiers import IdentifierConformance
from recobro_sdk.testing.jurisdictions import JurisdictionConformance
from recobro_sdk.testing.layouts import LayoutConformance
from recobro_sdk.testing.legal import LegalConformance
from recobro_sdk.testing.messages import MessageConformance
from recobro_sdk.testing.operations import OperationConformance
from recobro_sdk.testing.plugin_checks import Conformance
from recobro_sdk.testing.receivers import ReceiverConformance
from recobro_sdk.testing.report_data import FakeReportData, FakeReportSink
from recobro_sdk.testing.reports import ReportConformance
from recobro_sdk.testing.samples import sample_dossier, some_debt
from recobro_sdk.testing.servers.base import FakeServer
from recobro_sdk.testing.servers.bureau import FakeBureauServer
from recobro_sdk.testing.servers.gateway import FakeGatewayServer
from recobro_sdk.testing.servers.law_firm import FakeLawFirmServer
from recobro_sdk.testing.servers.messages import FakeMessageServer
from recobro_sdk.testing.subscribers import SubscriberConformance
from recobro_sdk.testing.tables import FakeTables

__all__ = [
    "BureauConformance",
    "CallConformance",
    "CallbackConformance",
    "Conformance",
    "ExtensionConformance",
    "FakeBureauServer",
    "FakeClock",
    "FakeContext",
    "FakeGatewayServer",
    "FakeLawFirmServer",
    "FakeLog",
    "FakeMessageServer",
    "FakeReportData",
    "FakeReportSink",
    "FakeServer",
    "FakeStore",
    "FakeTables",
    "Fault",
    "FurnishingConformance",
    "GatewayConformance",
    "IdentifierConformance",
    "JurisdictionConformance",
    "LayoutConformance",
    "LegalConformance",
    "MessageConformance",
    "OperationConformance",
    "ReceiverConformance",
    "ReportConformance",
    "ScorerConformance",
    "SubscriberConformance",
    "float_conversions",
    "forbidden_imports",
    "furnishing_batch",
    "furnishing_record",
    "longest_gap_ms",
    "sample_dossier",
    "some_debt",
    "swallowed_cancellations",
]
