"""Imported first by what serves: structlog and httpx without rich and pygments.

They take these along where they are there, for tracebacks and a command of which nobody here knows: 5 MB in every
process. So they are imported here, as they are where nobody has installed them.
"""

import sys
from importlib import import_module

_UNUSED = [name for name in ("rich", "pygments") if name not in sys.modules]
for _name in _UNUSED:
    sys.modules[_name] = None  # pyright: ignore[reportArgumentType]
for _name in ("httpx", "structlog"):
    import_module(_name)
for _name in _UNUSED:
    del sys.modules[_name]
