"""Logs as one JSON object a line in production, readable in development. No personal data, no query text."""

import logging

import structlog

from recobro.settings import Settings


def set_up_logs(settings: Settings) -> None:
    """Once, at the start of a program."""
    development = settings.environment == "development"
    renderer = structlog.dev.ConsoleRenderer() if development else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info if not development else structlog.processors.StackInfoRenderer(),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
