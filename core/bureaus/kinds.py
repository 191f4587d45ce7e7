"""The states of an inquiry."""

from enum import StrEnum


class InquiryState(StrEnum):
    """UNKNOWN: the provider may or may not have answered (and charged); settled later, never guessed."""

    REQUESTED = "REQUESTED"
    ANSWERED = "ANSWERED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
