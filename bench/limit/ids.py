"""Public ids by table: the 26 letters of a UUID in Crockford's base 32, and back."""

from itertools import product
from uuid import UUID

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = ["".join(pair) for pair in product(_LETTERS, repeat=2)]
_TRIPLES = ["".join(triple) for triple in product(_LETTERS, repeat=3)]
_DIGITS = str.maketrans(_LETTERS, "0123456789abcdefghijklmnopqrstuv")
_LOW = (1 << 60) - 1


def letters(number: int) -> str:
    high, low, t = number >> 60, number & _LOW, _TRIPLES
    return (
        f"{_PAIRS[high >> 60]}{t[high >> 45 & 32767]}{t[high >> 30 & 32767]}{t[high >> 15 & 32767]}{t[high & 32767]}"
        f"{t[low >> 45]}{t[low >> 30 & 32767]}{t[low >> 15 & 32767]}{t[low & 32767]}"
    )


def of_bytes(value: bytes) -> str:
    return letters(int.from_bytes(value))


def of_text(value: str) -> str:
    return letters(int(value.replace("-", ""), 16))


def uuid_of(public: str) -> UUID:
    """Raises: ValueError for what is no public id."""
    return UUID(int=int(public[-26:].translate(_DIGITS), 32))
