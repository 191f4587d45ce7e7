"""Checks of the jobs of an extension."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from recobro_sdk.extensions import Job
from recobro_sdk.testing.base import assert_not_in
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.declarations import DeclarationConformance
from recobro_sdk.testing.effects import Effects, effects
from recobro_sdk.testing.faulty_calls import Act

_LONGEST_NOTE = 200
_POINTS = 8


class Shown:
    """A `JobProgress` that keeps what it is shown."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, int, str]] = []

    async def __call__(self, done: int, total: int, note: str = "") -> None:
        """Keep."""
        self.steps.append((done, total, note))
        # A real one waits for its database.
        await asyncio.sleep(0)


class JobConformance(DeclarationConformance):
    """Work in the background: begun again after a crash, watched by people, ended at a deadline."""

    def job_acts(self) -> Mapping[str, Act]:
        """Each job, by its name."""
        return {f"job {job.name}": self._work(job) for job in self.extension().jobs}

    def test_job_done_twice_is_done_once(self) -> None:
        """A job that is done again at once leaves what the first left: a crash after the end begins it anew."""
        for job in self.extension().jobs:

            async def scenario(service: Any, context: FakeContext, job: Job = job) -> list[Effects]:
                found = list[Effects]()
                for _turn in range(2):
                    await job.work(service, Shown())
                    found.append(effects(context))
                return found

            once, twice = self.run(scenario)
            assert once == twice, f"{job.name}: done twice, it has two effects"

    def test_job_begun_again_ends_alike(self) -> None:
        """A job that was stopped at any wait and begun again leaves what one without a stop leaves."""
        for job in self.extension().jobs:
            whole = self.run(lambda service, context, job=job: _stopped(service, context, job, 0))
            again = self.run(lambda service, context, job=job: _stopped(service, context, job, _POINTS))
            assert whole == again, f"{job.name}: begun again after a stop, it leaves something else"

    def test_progress_is_honest(self) -> None:
        """A job shows steps that do not go back or beyond the end, in at most 200 letters without personal data."""
        for job in self.extension().jobs:
            shown = Shown()
            self.run(lambda service, _, job=job, shown=shown: job.work(service, shown))
            done = [step[0] for step in shown.steps]
            assert done == sorted(done), f"{job.name}: it goes back"
            assert all(step[0] >= 0 and (step[0] <= step[1] or step[1] == 0) for step in shown.steps), (
                f"{job.name}: it has done more than there is"
            )
            assert all(len(step[2]) <= _LONGEST_NOTE for step in shown.steps), f"{job.name}: a note is too long"
            notes = " ".join(step[2] for step in shown.steps)
            assert_not_in([*self.personal_data(), *self.secret_values()], notes, "the progress of a job")

    def _work(self, job: Job) -> Act:
        async def act(service: Any, _: str) -> None:
            await job.work(service, Shown())

        return act


async def _stopped(service: Any, context: FakeContext, job: Job, stops: int) -> Effects:
    """What a job leaves that was stopped at its first, second, ... wait, and then done to its end."""
    for point in range(1, stops + 1):
        task = asyncio.ensure_future(job.work(service, Shown()))
        for _ in range(point):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task}, timeout=1)
    await job.work(service, Shown())
    return effects(context)
