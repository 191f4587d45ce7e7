"""Why interest stands still."""

from enum import StrEnum


class PauseReason(StrEnum):
    DISPUTE = "DISPUTE"
    INSOLVENCY = "INSOLVENCY"
    MORATORIUM = "MORATORIUM"
    AGREEMENT = "AGREEMENT"
    DISASTER = "DISASTER"
    OTHER = "OTHER"
