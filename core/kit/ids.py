"""Identifiers: UUIDv7 inside, TypeID outside (`debt_01h455vb4pex5vsknk084sn02q`).

The prefix names the kind of object, so that an id pasted into the wrong field is an error that can say so.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import uuid_utils.compat as uuid_utils

from core.kit.errors import InvalidInput


def new_id() -> UUID:
    """A new UUIDv7 (RFC 9562): unique, and sorted by the time of its making."""
    return uuid_utils.uuid7()


def of_moment(moment: datetime, name: str) -> UUID:
    """A UUIDv7 of a moment, and the same for the same name in every process: what many ask for at once is one thing."""
    random = int.from_bytes(sha256(name.encode()).digest()[:10])
    number = int(moment.timestamp() * 1000) << 80 | random
    return UUID(int=number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)


def encode(prefix: str, value: UUID) -> str:
    """The public form of an id."""
    return f"{prefix}_{text_of(value.int)}"


_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_FIRST = [a + b for a in _ALPHABET for b in _ALPHABET]
_THREE = [a + b for a in _FIRST for b in _ALPHABET]


_TO_BASE_32 = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")
_PREFIX = re.compile(r"[a-z](?:[a-z_]{0,61}[a-z])?")
_LETTERS = re.compile(rf"[0-7][{_ALPHABET}]{{25}}")


def text_of(n: int) -> str:
    """The 26 letters of a public id: 128 bits in the base 32 of TypeID, three letters at a time."""
    return (
        f"{_FIRST[n >> 120]}{_THREE[n >> 105 & 32767]}{_THREE[n >> 90 & 32767]}{_THREE[n >> 75 & 32767]}"
        f"{_THREE[n >> 60 & 32767]}{_THREE[n >> 45 & 32767]}{_THREE[n >> 30 & 32767]}{_THREE[n >> 15 & 32767]}"
        f"{_THREE[n & 32767]}"
    )


_AT_ONCE = 128
_LETTER = bytes.maketrans(bytes(range(32)), _ALPHABET.encode())
_ROOM = bytes(16)


def _halvings() -> list[tuple[int, int, int]]:
    """The steps that give each five bits a byte of their own, in numbers of 32 bytes with 32 times five bits at their
    end: the halves of what is together move apart, until nothing is. Masks of what stays and of what moves; how far."""
    steps: list[tuple[int, int, int]] = []
    for fives in (16, 8, 4, 2, 1):
        width = 16 * fives
        stays = sum(((1 << 5 * fives) - 1) << width * place for place in range(256 * _AT_ONCE // width))
        steps.append((stays, stays << 5 * fives, 3 * fives))
    return steps


_HALVINGS = _halvings()


def texts_of(values: Sequence[UUID | None]) -> list[str]:
    """As `text_of`, of many at once: all of them are one number, and each step is one step for all. A third of the
    time, and nothing that a processor's cache would have to hold. None counts as the UUID of zeros."""
    if len(values) > _AT_ONCE:
        return texts_of(values[:_AT_ONCE]) + texts_of(values[_AT_ONCE:])
    whole = int.from_bytes(_ROOM + _ROOM.join([_ROOM if value is None else value.bytes for value in values]), "big")
    for stays, moves, far in _HALVINGS:
        whole = whole & stays | (whole & moves) << far
    letters = whole.to_bytes(32 * len(values), "big").translate(_LETTER).decode()
    return [letters[start : start + 26] for start in range(6, 32 * len(values), 32)]


def decode(prefix: str, text: str, *, field: str = "id") -> UUID:
    """The UUID behind a public id.

    Raises: InvalidInput, naming `field`, where the text is no id or an id of another kind.
    """
    kind, value = parse(text, field=field)
    if kind != prefix:
        raise InvalidInput(
            code="ID_OF_ANOTHER_KIND",
            field=field,
            message=f"'{text}' is an id of kind '{kind}', and '{prefix}' is needed here.",
            remedy=f"Give an id that begins with '{prefix}_'.",
        )
    return value


def optional(prefix: str, text: str | None, *, field: str = "id") -> UUID | None:
    """As `decode`, where the id may be left out."""
    return None if text is None else decode(prefix, text, field=field)


def parse(text: str, *, field: str = "id") -> tuple[str, UUID]:
    """The kind and the UUID of a public id of any kind."""
    prefix, _, letters = text.rpartition("_")
    if _PREFIX.fullmatch(prefix) and _LETTERS.fullmatch(letters):
        return prefix, UUID(int=int(letters.translate(_TO_BASE_32), 32))
    raise InvalidInput(
        code="INVALID_ID",
        field=field,
        message=f"'{text[:80]}' is not an id of this API.",
        remedy="Give an id as the API returned it, such as debt_01h455vb4pex5vsknk084sn02q.",
    )
