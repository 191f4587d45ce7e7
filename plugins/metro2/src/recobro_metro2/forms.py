"""The forms of a Metro 2 file, and which of them a file is in."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Final

from recobro_sdk.layouts import Layout, Reject, parse_layout

PACKAGE: Final = "recobro_metro2"
RESOURCE: Final = "metro2.toml"

_LOOKED_AT: Final = 200
_SEGMENTS: Final = ("J1", "J2", "K1", "K2", "K3", "K4", "L1", "N1")


class Form(StrEnum):
    """How a file is written; the values name the variants of the layout."""

    CHARACTER = "character"
    EBCDIC = "ebcdic"
    PACKED = "packed"
    """Packed decimals, as the standard has it."""
    PACKED_BINARY = "packed_binary"
    """Binary numbers and marked dates, as some software has it."""

    @property
    def packed(self) -> bool:
        """Whether its records have 366 bytes and not 426."""
        return self in (Form.PACKED, Form.PACKED_BINARY)


@cache
def layout(form: Form = Form.CHARACTER) -> Layout:
    """The layout of files in this form; made once."""
    text = files(PACKAGE).joinpath(RESOURCE).read_text("utf-8")
    return parse_layout(text, None if form is Form.CHARACTER else form.value)


def detect(head: bytes) -> Form:
    """The form of the file that begins with these bytes; give it 64 KiB, or all of a smaller file.

    A header or a trailer alone says nothing about how the accounts are packed: the standard's way is assumed unless
    that cannot be read.
    """
    if _is_packed(head):
        return min((Form.PACKED, Form.PACKED_BINARY), key=lambda form: _unreadable(form, head))
    ebcdic = head[:8].decode("cp037")
    return Form.EBCDIC if ebcdic[:4].isdigit() and not head[:4].isdigit() else Form.CHARACTER


def _is_packed(head: bytes) -> bool:
    """Whether it begins with binary descriptor words: a length, then two zero bytes."""
    return len(head) > 4 and head[2:4] == b"\0\0"


def _unreadable(form: Form, head: bytes) -> int:
    # The last record may be cut off by the end of what is looked at.
    items = islice(layout(form).read(head), _LOOKED_AT)
    return sum(isinstance(item, Reject) for item in items)


def segment_name(data: bytes) -> str | None:
    """The segment that these bytes begin with, where they are a segment without a record around it."""
    name = data[:2].decode("latin-1")
    return name.lower() if name in _SEGMENTS else None
