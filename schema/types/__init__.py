"""Object types: each field says which column it reads, or which loader brings it."""

from schema.kit.node import REGISTER
from schema.types import (
    agencies,
    bureaus,
    commissions,
    debts,
    interest,
    jobs,
    ledger,
    legal,
    mandates,
    parties,
    payments,
    payoff,
    placements,
    plugins,
    remittance,
    reports,
    segments,
)

__all__ = [
    "TYPES", "agencies", "bureaus", "commissions", "debts", "interest", "jobs", "ledger", "legal", "mandates",
    "parties", "payments", "payoff", "placements", "plugins", "remittance", "reports", "segments",
]  # fmt: skip

TYPES = tuple(kind.type for kind in REGISTER.values())
"""Types that may only be reached through `node(id:)`."""
