"""What one creditor recovered in a period, as a workbook and as CSV files."""

from recobro_recovery_report.params import RecoveryReportParams, RecoveryReportSettings
from recobro_recovery_report.report import RecoveryReport

__all__ = ["RecoveryReport", "RecoveryReportParams", "RecoveryReportSettings"]
