"""What can go wrong with the embedded server."""

from pathlib import Path

TAIL_LINES = 15


class EmbeddedServerError(RuntimeError):
    """The embedded server cannot be made, started or stopped. The message ends with the last lines of its log."""


class EmbeddedServerBusy(EmbeddedServerError):
    """Another live process uses the data directory; `pid` says which one."""

    def __init__(self, data_dir: Path, pid: int) -> None:
        super().__init__(f"the embedded PostgreSQL in {data_dir} is in use by process {pid}; stop that process first")
        self.pid = pid


def failure(what: str, log: Path) -> EmbeddedServerError:
    """An error that shows what the server itself had to say."""
    lines = log.read_text(errors="replace").splitlines()[-TAIL_LINES:] if log.exists() else []
    told = "\n".join(f"  {line}" for line in lines) or "  (nothing)"
    return EmbeddedServerError(f"{what}. The last lines of {log}:\n{told}")
