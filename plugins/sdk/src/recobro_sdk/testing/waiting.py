"""How long the machine let us wait for a processor, which is nobody's fault here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_SCHEDSTAT: Final = Path("/proc/thread-self/schedstat")


def waited_ns() -> int:
    """Nanoseconds that this thread was ready to run and did not; 0 where the system does not tell."""
    try:
        return int(_SCHEDSTAT.read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
