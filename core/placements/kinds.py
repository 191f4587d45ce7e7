"""What a batch and its rows may be."""

from enum import StrEnum


class BatchState(StrEnum):
    """domain 11.3. PARTIAL: accepted, some rows rejected. REJECTED: refused whole, with `error_code`."""

    UPLOADED = "UPLOADED"
    PARSED = "PARSED"
    VALIDATED = "VALIDATED"
    ACCEPTED = "ACCEPTED"
    PARTIAL = "PARTIAL"
    REJECTED = "REJECTED"
    ACKED = "ACKED"
    ACTIVE = "ACTIVE"
    RECALLED = "RECALLED"
    CLOSED = "CLOSED"


class RowOutcome(StrEnum):
    DUPLICATE = "DUPLICATE"
    REJECTED = "REJECTED"
    WARNING = "WARNING"
