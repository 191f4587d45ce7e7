"""What an agreement and its promises may be."""

from enum import StrEnum


class AgreementKind(StrEnum):
    """PROMISE: one promise to pay. PLAN: several, its instalments."""

    PROMISE = "PROMISE"
    PLAN = "PLAN"


class AgreementStatus(StrEnum):
    """COMPLETED: all of it is paid. BROKEN: as many instalments as the terms say were missed at once. CANCELLED: by a
    person, by the debt's end, or because a newer agreement had taken its place when its money was gone again."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    BROKEN = "BROKEN"
    CANCELLED = "CANCELLED"


class PromiseStatus(StrEnum):
    """KEPT: all of it was paid in time, days of grace among it. PARTIALLY_KEPT and BROKEN: the last day is over, and a
    part of it, or nothing, was. CANCELLED: the agreement ended before its last day."""

    PENDING = "PENDING"
    KEPT = "KEPT"
    PARTIALLY_KEPT = "PARTIALLY_KEPT"
    BROKEN = "BROKEN"
    CANCELLED = "CANCELLED"


class AgreementChannel(StrEnum):
    """How the debtor gave its word."""

    CALL = "CALL"
    SMS = "SMS"
    WHATSAPP = "WHATSAPP"
    EMAIL = "EMAIL"
    LETTER = "LETTER"
    VISIT = "VISIT"
    PORTAL = "PORTAL"


class Frequency(StrEnum):
    """How far apart instalments are. MONTHLY: on one day of the month, on its last where it has none such."""

    WEEKLY = "WEEKLY"
    BIWEEKLY = "BIWEEKLY"
    MONTHLY = "MONTHLY"
