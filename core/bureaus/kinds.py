"""The states of an inquiry, and of a batch that is furnished."""

from enum import StrEnum


class InquiryState(StrEnum):
    """UNKNOWN: the provider may or may not have answered (and charged); settled later, never guessed."""

    REQUESTED = "REQUESTED"
    ANSWERED = "ANSWERED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


class FurnishingState(StrEnum):
    """EMPTY: the gate and the bureau's own rules left nothing to hand over. FAILED: it certainly did not arrive.
    UNKNOWN: it may or may not have arrived; handed over again with the same key, never guessed."""

    PREPARED = "PREPARED"
    EMPTY = "EMPTY"
    SUBMITTED = "SUBMITTED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
