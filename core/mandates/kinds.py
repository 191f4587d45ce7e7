"""What a mandate and its files may be."""

from enum import StrEnum


class MandateStatus(StrEnum):
    ACTIVE = "ACTIVE"
    ENDED = "ENDED"


class FileKind(StrEnum):
    """The four inbound transaction types that every creditor sends (domain vocabulary 3.1)."""

    NEW = "NEW"
    FINANCIAL = "FINANCIAL"
    MAINTENANCE = "MAINTENANCE"
    RECALL = "RECALL"
