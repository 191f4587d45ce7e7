"""The watchdog between the Python program and PostgreSQL: `watch.py PARENT_PID UID GID COMMAND...`.

PostgreSQL must not outlive the program that started it, however that ends. The watchdog is the parent of the server, in
a session of its own so that the terminal's Ctrl-C reaches neither, and shuts the server down once when
- the program closes the pipe that is the watchdog's standard input, which the kernel does for a killed program;
- its parent is no longer PARENT_PID (a forked copy of the program may still hold the pipe open);
- it is asked to with SIGTERM.
On Linux the kernel also tells the server when the watchdog itself is killed. Elsewhere such an orphan lives until the
next start on its directory ends it. PARENT_PID 0: serve until SIGTERM. UID and GID are "-" to stay who we are.

It runs as a plain file in an isolated interpreter, so it imports the standard library only.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable

FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT
PATIENCE = ((FAST, 60.0), (IMMEDIATE, 5.0), (signal.SIGKILL, 5.0))
PR_SET_PDEATHSIG = 1


def tied_to_watchdog() -> Callable[[], None] | None:
    """Run in the server's process before it becomes PostgreSQL: a fast shutdown when the watchdog dies."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, FAST)

    return tie


def until_told(server: subprocess.Popen[bytes], parent: int, wake: int) -> None:
    """Return when the server has ended or shall end."""
    pipe = [sys.stdin.fileno()] if parent else []
    while server.poll() is None:
        # The timeout is for the parent check only: everything else wakes us.
        readable, _, _ = select.select([wake, *pipe], [], [], 1.0)
        if wake in readable and signal.SIGTERM in os.read(wake, 4096):
            return
        if any(fd in readable for fd in pipe) or (parent and os.getppid() != parent):
            return


def end(server: subprocess.Popen[bytes]) -> int:
    """Shut the server down, less and less politely; its exit code."""
    for how, seconds in PATIENCE:
        if server.poll() is not None:
            break
        server.send_signal(how)
        try:
            server.wait(seconds)
        except subprocess.TimeoutExpired:
            sys.stderr.write(f"watchdog: no end {seconds:.0f} s after {how.name}\n")
    return 0 if server.poll() == 0 else 1


def main(parent: str, uid: str, gid: str, *command: str) -> int:
    wake, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    for heard in (signal.SIGTERM, signal.SIGCHLD, signal.SIGINT, signal.SIGHUP):
        # A handler, even one that does nothing, is reset in the server; "ignore" would be inherited by it.
        signal.signal(heard, lambda *_: None)
    server = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        user=None if uid == "-" else int(uid),
        group=None if gid == "-" else int(gid),
        extra_groups=None if uid == "-" else [],
        # Safe, since this process has one thread; after the change of user, which would undo it.
        preexec_fn=tied_to_watchdog(),
    )
    until_told(server, int(parent), wake)
    return end(server)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
