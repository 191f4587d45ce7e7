"""How a call of a plugin may end."""

from enum import StrEnum


class CallOutcome(StrEnum):
    SETTLED = "SETTLED"
    PENDING = "PENDING"
    UNKNOWN = "UNKNOWN"
    FAILED = "FAILED"
