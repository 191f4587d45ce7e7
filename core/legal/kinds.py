"""The states of a hand-over."""

from enum import StrEnum


class HandoffState(StrEnum):
    """domain 11.3: CHECKLIST → PACKAGED → SENT → ACK → ACCEPTED | REFUSED."""

    CHECKLIST = "CHECKLIST"
    PACKAGED = "PACKAGED"
    SENT = "SENT"
    ACK = "ACK"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
