"""Extensions: what a plugin adds to the host itself, each enabled per agency like any other offer."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from recobro_sdk.graphql import FieldOn, Mutation, Query
from recobro_sdk.offers import Offer

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,29}")
_OFTEN, _SELDOM, _LONGEST = timedelta(minutes=5), timedelta(days=7), timedelta(minutes=30)


class JobProgress(Protocol):
    """Shows how far a job has come, wherever the agency looks at its jobs."""

    async def __call__(self, done: int, total: int, note: str = "") -> None:
        """Steps done, and in all (0 while unknown), and what it is doing in at most 200 letters."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work in the background, for each agency that has enabled the extension.

    `every` is how often, from 5 minutes to 7 days, counted from midnight UTC; None is on demand alone (`pluginJobRun`).
    `work` gets the provider and the progress, and is cancelled at the `deadline` (at most 30 minutes). It may be begun
    again after a crash, so what it does twice has one effect. While one runs, no other of the same name begins.
    """

    name: str
    summary: str
    work: Callable[[Any, JobProgress], Awaitable[None]]
    every: timedelta | None = None
    deadline: timedelta = timedelta(minutes=5)

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.name) is None:
            raise ValueError(f"malformed name of a job {self.name!r}")
        if self.every is not None and not _OFTEN <= self.every <= _SELDOM:
            raise ValueError(f"the job {self.name!r} is done every 5 minutes to 7 days")
        if not timedelta(seconds=1) <= self.deadline <= _LONGEST:
            raise ValueError(f"the deadline of {self.name!r} is 1 second to 30 minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """An offer whose provider serves what is declared here: for one agency, from that agency's settings.

    The provider is any object: the functions below get it as their first argument, so they may be its own
    (`resolve=Acme.scores`). An extension needs the contributions `graphql` and `jobs` in the manifest, for what it has.
    """

    offer: Offer[Any]
    graphql: tuple[FieldOn | Query | Mutation, ...] = ()
    jobs: tuple[Job, ...] = ()
