"""What importing a plugin costs and does, looked at in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from typing import Final

LARGEST_IMPORT_MS: Final = 300

_PROBE: Final = r"""
import json, os, sys, threading, time
module, package = sys.argv[1], sys.argv[2]
import recobro_sdk
known, effects = set(sys.modules), []
before = dict(os.environ)

def waited_ns():
    # Ready to run, while the machine worked for others; not told everywhere.
    try:
        with open("/proc/thread-self/schedstat") as file:
            return int(file.read().split()[1])
    except (OSError, ValueError, IndexError):
        return 0

def culprit():
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name == package or name.startswith(package + "."):
            return True
        file = frame.f_code.co_filename
        if "site-packages" in file:
            return False  # a library does it for itself
        frame = frame.f_back
    return False

def hook(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        writes = flags & (os.O_WRONLY | os.O_RDWR)
        if not writes or path == os.devnull:
            return
    elif event not in ("socket.__new__", "socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen",
                       "os.system", "os.fork", "os.mkdir", "os.remove", "os.rename", "os.putenv", "os.unsetenv",
                       "_thread.start_new_thread", "signal.pthread_kill", "os.chdir"):
        return
    if armed and culprit():
        effects.append(event)

armed = False
sys.addaudithook(hook)
armed = True
started, waited = time.perf_counter_ns(), waited_ns()
problem = None
try:
    __import__(module)
except BaseException as error:
    problem = type(error).__name__
took = time.perf_counter_ns() - started - (waited_ns() - waited)
armed = False
if threading.active_count() > 1:
    effects.append("a thread is running")
if dict(os.environ) != before:
    effects.append("the environment was changed")
loaded = sorted({name.partition(".")[0] for name in set(sys.modules) - known})
told = {"ms": took // 1_000_000, "effects": sorted(set(effects)), "loaded": loaded, "problem": problem}
sys.stdout.write("\n" + json.dumps(told))
"""


@dataclass(frozen=True, slots=True)
class Imported:
    """What was seen of an import.

    `ms` beyond the SDK's own, as it would be on a machine that does nothing else; side effects; the packages at the top
    that it loaded; the name of the exception that ended it; what it printed.
    """

    ms: int
    effects: tuple[str, ...]
    loaded: frozenset[str]
    problem: str | None
    printed: str


@cache
def imported(module: str) -> Imported:
    """Import a module in a fresh interpreter; the quickest of up to three, because machines are busy at times."""
    tries = [_once(module)]
    while tries[-1].ms >= LARGEST_IMPORT_MS and len(tries) < 3:
        tries.append(_once(module))
    return min(tries, key=lambda one: one.ms)


def _once(module: str) -> Imported:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    # Without writing bytecode: it would be the interpreter's side effect and look like the plugin's.
    command = [sys.executable, "-B", "-c", _PROBE, module, module.partition(".")[0]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=True)
    printed, _, result = done.stdout.rpartition("\n")
    told = json.loads(result)
    return Imported(
        told["ms"], tuple(told["effects"]), frozenset(told["loaded"]), told["problem"], printed.strip() + done.stderr
    )
