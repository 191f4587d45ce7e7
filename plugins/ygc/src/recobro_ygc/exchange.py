"""What the channel needs of a place where both sides leave files, whichever way it is reached."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Protocol

LARGEST_FILE: Final = 5 * 1024 * 1024
"""Bytes of a file of the firm above which it is not read."""

MOST_FILES: Final = 5000
"""Files of the firm that are looked at; a folder with more is not kept in order by anybody."""


@dataclass(frozen=True, slots=True, order=True)
class Listed:
    """A file of the firm, as it is listed. `version` changes when the file does; they sort in order of arrival."""

    at: int
    name: str
    version: str


class Session(Protocol):
    """One visit. All of it raises the errors of the SDK."""

    async def send(self, name: str, content: bytes) -> None:
        """Leave a file for the firm, whole and once: again with the same name and content changes nothing.

        Raises `RejectedByProvider` (code `idempotency_key_reused`) where another file has the name.
        """
        ...

    async def arrived(self, name: str) -> bool:
        """Whether a file is with the firm, or was."""
        ...

    async def listed(self) -> Sequence[Listed]:
        """The files of the firm that are whole, `MOST_FILES` at most, in no order."""
        ...

    async def fetched(self, file: Listed) -> bytes:
        """The content of one, `LARGEST_FILE` at most."""
        ...


class Exchange(Protocol):
    """A place where both sides leave files."""

    def visit(self) -> AbstractAsyncContextManager[Session]:
        """Go there; leaving ends the connection."""
        ...

    async def check(self) -> None:
        """Try the settings, without an effect."""
        ...
