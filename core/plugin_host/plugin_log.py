"""What plugins write to the log: labelled, with what looks like a secret or a person taken out, and not too much."""

import re
import time
from collections.abc import Mapping
from typing import Any

import orjson
import structlog

from core.plugin_host.problems import safe_text

_EVENT = re.compile(r"[a-z][a-z0-9_]{0,79}")
_PRIVATE_FIELD = re.compile(
    r"secret|password|passphrase|token|authorization|key|document|name|email|phone|address|consent"
)
_MAX_FIELDS = 20
_LEVELS = ("info", "warning", "error")


class Allowance:
    """So many lines a minute; what is more is counted, and told with the next line that may be written."""

    def __init__(self, lines_a_minute: int) -> None:
        self._most, self._minute, self._written, self.dropped = lines_a_minute, 0, 0, 0

    def take(self) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._written = minute, 0
        self._written += 1
        if self._written > self._most:
            self.dropped += 1
            return False
        return True


class LogLine:
    """The log of one offer at one agency."""

    def __init__(self, plugin: str, offer: str, agency: str) -> None:
        self.log = structlog.get_logger("recobro.plugin").bind(plugin=plugin, offer=offer, agency=agency)
        self.allowance = Allowance(600)


def write_line(line: LogLine, head: Mapping[str, Any], body: bytes) -> None:
    """A line as it came from the plugin's process."""
    if not line.allowance.take():
        return
    try:
        fields = orjson.loads(body)
    except ValueError:
        fields = {"unreadable": True}
    level = head.get("level")
    write = getattr(line.log, level if level in _LEVELS else "info")
    dropped, line.allowance.dropped = line.allowance.dropped, 0
    more = {"lines_dropped": dropped} if dropped else {}
    write(_named(head.get("event")), **_redacted(fields if isinstance(fields, dict) else {}), **more)


def _named(event: object) -> str:
    return event if isinstance(event, str) and _EVENT.fullmatch(event) else "plugin_log"


def _redacted(fields: Mapping[str, Any]) -> dict[str, object]:
    kept = list(fields.items())[:_MAX_FIELDS]
    return {f"field_{name[:80]}": _plain(name, value) for name, value in kept}


def _plain(name: str, value: object) -> object:
    if _PRIVATE_FIELD.search(name.lower()):
        return "[redacted]"
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < 100_000 else "[number]"
    return safe_text(value)
