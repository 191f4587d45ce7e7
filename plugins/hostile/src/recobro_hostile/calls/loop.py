"""Defects that hurt others in the same process: the loop, tasks, threads, cancellation, time."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import cache
from typing import Any, ClassVar

from recobro_hostile.honest import Answer, HonestBureau
from recobro_sdk import BureauReport, JsonObject, Subject, SubjectNotFound, ask_json


class BlocksTheLoop(HonestBureau):
    """Computes, or waits, without letting anybody else."""

    code = "hostile_blocks_the_loop"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask, and hold the loop for 60 ms."""
        time.sleep(0.06)  # noqa: ASYNC251 (what the kit has to find)
        return await super().asked(inquiry, key)


class WaitsForEver(HonestBureau):
    """Sets no timeout, so that a silent provider is waited for until somebody else ends it."""

    code = "hostile_waits_for_ever"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask without a timeout."""
        wait: Any = None  # what a type checker would refuse
        return await ask_json(
            self._context,
            "POST",
            f"{self._settings.base_url}/v1/inquiries",
            answer=Answer,
            json=inquiry,
            headers=self.headers(key),
            timeout_s=wait,
            refusals={"subject_not_found": SubjectNotFound},
        )


class LeaksTasks(HonestBureau):
    """Starts a task for each call and never ends it."""

    code = "hostile_leaks_tasks"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask, and leave a task behind."""
        self.left = asyncio.create_task(asyncio.sleep(3600))
        return await super().asked(inquiry, key)


class LeaksThreads(HonestBureau):
    """Starts a thread for each call and never ends it."""

    code = "hostile_leaks_threads"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask, and leave a thread behind, for as long as a check looks."""
        threading.Thread(target=time.sleep, args=(2,), name="left-behind", daemon=True).start()
        return await super().asked(inquiry, key)


class SwallowsCancellation(HonestBureau):
    """Goes on when it is told to stop."""

    code = "hostile_swallows_cancellation"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask, whatever happens meanwhile."""
        try:
            await asyncio.sleep(0.001)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
        return await super().asked(inquiry, key)


class OutlivesTheDeadline(HonestBureau):
    """Ends as cancelled, but only when the provider has answered."""

    code = "hostile_outlives_the_deadline"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask, and wait for the answer although nobody wants it any more."""
        asking = asyncio.ensure_future(super().asked(inquiry, key))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            await asyncio.wait({asking})
            raise


class MixesAnswersUp(HonestBureau):
    """Keeps in itself what belongs to one call."""

    code = "hostile_mixes_answers_up"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask for whoever came last."""
        self.key = key
        await asyncio.sleep(0.001)
        return await super().asked(inquiry, self.key)


class NoteOfKeys:
    """Something that both agencies hold."""

    keys: ClassVar[set[str]] = set()


class KeepsAClassAttribute(HonestBureau):
    """Notes every agency's calls in one set of the class."""

    code = "hostile_keeps_a_class_attribute"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask, and note it for everybody."""
        NoteOfKeys.keys.add(key)
        return await super().asked(inquiry, key)


@cache
def _remembered(key: str, inquiry: str) -> str:
    return f"{key} {inquiry}"


class CachesWhatItIsAsked(HonestBureau):
    """Keeps what it was asked about in a cache of its module, whoever asks."""

    code = "hostile_caches_what_it_is_asked"

    async def asked(self, inquiry: JsonObject, key: str) -> Answer:
        """Ask, and have it in mind for ever."""
        _remembered(key, str(inquiry))
        return await super().asked(inquiry, key)


_COMMON: list[str] = []


class HoldsACommonObject(HonestBureau):
    """Has an object that every other agency's bureau has too."""

    code = "hostile_holds_a_common_object"

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.common = _COMMON


class ClosesOnce(HonestBureau):
    """Fails when it is closed a second time."""

    code = "hostile_closes_once"
    closed = False

    async def close(self) -> None:
        """Close."""
        if self.closed:
            raise RuntimeError("closed already")
        self.closed = True


class IsNotWritten(HonestBureau):
    """A template that nobody filled in."""

    code = "hostile_is_not_written"

    def report(self, answer: Answer, subject: Subject, **changes: Any) -> BureauReport:
        """Nothing."""
        raise NotImplementedError("report")
