"""Sees who looks at the machine's clock, or draws lots, where an answer may rest on what was asked alone."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from types import FrameType
from typing import Any, Final

_OF_DATES: Final = frozenset({"now", "utcnow", "today"})
_OF_MODULES: Final[dict[str, frozenset[str]]] = {
    "time": frozenset({"time", "time_ns", "localtime", "gmtime", "ctime", "strftime"}),
    "posix": frozenset({"urandom", "getrandom"}),
    "nt": frozenset({"urandom"}),
}
_LOTS: Final = ("random", "secrets", "uuid")


@contextmanager
def clock_watched(package: Path) -> Generator[list[str]]:
    """What the files of a package ask of the machine's clock or of chance in this thread, as `file:line name`.

    What a library asks for itself, such as the lifetime of a cookie, is its own.
    """
    found: list[str] = []
    own = f"{package}/"

    def look(frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call":
            name = _asks(called)
        elif event == "call" and frame.f_back is not None and frame.f_globals.get("__name__") in _LOTS:
            name, frame = frame.f_code.co_name, frame.f_back
        else:
            return
        if name is not None and frame.f_code.co_filename.startswith(own):
            found.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {name}")

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield found
    finally:
        sys.setprofile(before)


def _asks(called: Any) -> str | None:
    name, owner = getattr(called, "__name__", ""), getattr(called, "__self__", None)
    if isinstance(owner, type):
        return name if issubclass(owner, date | datetime) and name in _OF_DATES else None
    if type(owner).__module__ in _LOTS:
        return name
    module = getattr(called, "__module__", None) or getattr(owner, "__name__", "")
    return name if name in _OF_MODULES.get(str(module), ()) else None
