"""One creditor's reports: what is assigned, recovered and remitted, and what became of its files."""

from recobro_creditor_reports.params import CreditorReportParams, CreditorReportSettings
from recobro_creditor_reports.report import CreditorReport

__all__ = ["CreditorReport", "CreditorReportParams", "CreditorReportSettings"]
