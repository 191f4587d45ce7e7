"""How a call of a plugin may end, and what its budgets count for."""

from enum import StrEnum


class CallOutcome(StrEnum):
    SETTLED = "SETTLED"
    PENDING = "PENDING"
    UNKNOWN = "UNKNOWN"
    FAILED = "FAILED"
    CACHED = "CACHED"
    """Nobody was called: an earlier answer was used again."""


class CallbackState(StrEnum):
    """RECEIVED: verified and stored, not done yet. REJECTED: it makes no sense to the plugin."""

    RECEIVED = "RECEIVED"
    DONE = "DONE"
    REJECTED = "REJECTED"
    FAILED = "FAILED"


class BudgetPeriod(StrEnum):
    """Calendar days or months, in the agency's own zone."""

    DAY = "DAY"
    MONTH = "MONTH"
