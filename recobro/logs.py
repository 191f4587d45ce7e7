"""Logs as one JSON object a line in production, readable in development, on stderr. No personal data, no query text.

Everything goes one way, our events and what libraries log: through logging's root, in one format.
"""

import logging
import os
import re
import sys
import traceback
from typing import TextIO

import structlog
from structlog.typing import ExcInfo, Processor

from recobro.settings import Settings

# What PostgreSQL tells beside the error: the values of the row.
_DETAIL = re.compile(r"^DETAIL:.*?(?=^(?:HINT|CONTEXT|Traceback|During handling|The above exception)|\Z)", re.M | re.S)


_OURS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
# One list for as long as the process lives: loggers keep it.
_PROCESSORS: list[Processor] = [*_OURS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter]


def set_up_logs(settings: Settings) -> None:
    """At the start of a program; again does no harm."""
    structlog.configure(
        processors=_PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    shown = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(settings)]
    _handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=shown, foreign_pre_chain=_OURS))
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    if _handler not in root.handlers:
        root.addHandler(_handler)
    logging.getLogger("recobro").setLevel(logging.INFO)


def _rendering(settings: Settings) -> list[Processor]:
    if settings.environment == "production":
        as_json: list[Processor] = [structlog.processors.ExceptionRenderer(_plain), structlog.processors.JSONRenderer()]
        return as_json
    colours = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=_write_plain)]


def plain_traceback(error: BaseException) -> str:
    """Where it happened and what it says. Never the variables of the frames, nor rows: they hold personal data."""
    return _DETAIL.sub("", "".join(traceback.format_exception(error))).rstrip()


def _plain(exc_info: ExcInfo) -> str:
    return plain_traceback(exc_info[1])


def _write_plain(stream: TextIO, info: ExcInfo) -> None:
    stream.write(plain_traceback(info[1]))


class _Stderr(logging.Handler):
    """To what is stderr at the time."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


_handler = _Stderr()
