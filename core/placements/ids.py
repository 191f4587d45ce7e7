"""Ids for whole files. A UUIDv7 of PostgreSQL's own costs a read of the system's random numbers, which for ten ids an
account is a fifth of an import; a series costs one, and counts from there (RFC 9562, 6.2: a counter in place of the
last random bits). The ids of a series sort by their number.
"""

from core.kit.ids import new_id


def series() -> str:
    """The beginning of a series of ids: time, version and 42 random bits. For numbers below 2³², each used once."""
    return str(new_id())[:28]


def numbered(start: str, number: str) -> str:
    """The id of a series with a number: `start` is SQL for what `series()` gave, `number` a SQL bigint."""
    return f"({start}::text || lpad(to_hex({number}), 8, '0'))::uuid"


EACH = "row_number() OVER ()"
"""As number: the rows of the statement in the order in which they come."""
