"""The names of the jobs of extensions, and when each is due."""

from collections.abc import Iterator
from datetime import UTC, datetime

from core.plugin_host.additions import AddedJob
from core.plugin_host.offers import LoadedOffer

PREFIX = "plugin"
"""Jobs named `plugin:<offer>.<job>` are done by the handler of this name."""
MAX_JOB_NAME = 80


def job_name(offer: str, job: str) -> str:
    return f"{PREFIX}:{offer}.{job}"


def job_of(loaded: LoadedOffer, name: str) -> AddedJob | None:
    """The job of an extension."""
    return next((job for job in (loaded.additions.jobs if loaded.additions else ()) if job.name == name), None)


def scheduled(extensions: list[LoadedOffer]) -> Iterator[tuple[LoadedOffer, AddedJob, int]]:
    """The jobs that are done on a schedule, each with how often: every so many seconds."""
    for loaded in extensions:
        for job in loaded.additions.jobs if loaded.additions else ():
            if job.every_s is not None:
                yield loaded, job, job.every_s


def begins(now: datetime, every_s: int) -> datetime:
    """When the turn began that runs now: turns are counted from midnight UTC of 1970-01-01."""
    return datetime.fromtimestamp(int(now.timestamp()) // every_s * every_s, UTC)
