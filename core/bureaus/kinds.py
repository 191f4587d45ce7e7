"""The states of an inquiry, of a batch that is furnished, and of what the bureau says of it."""

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


class FurnishingAnswer(StrEnum):
    """What a bureau made of the records of a batch that it has. AWAITED: it is asked until it has decided, or its
    file is to be taken. SILENT: it was asked for two weeks in vain; what nobody refused counts as told."""

    AWAITED = "AWAITED"
    ACCEPTED = "ACCEPTED"
    PARTLY = "PARTLY"
    REJECTED = "REJECTED"
    SILENT = "SILENT"
