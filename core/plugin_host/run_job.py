"""Do a job of an extension: in its own process, within its deadline, with its progress shown as of any other job."""

from collections.abc import Mapping
from typing import Any

from core.kit import db
from core.kit.errors import not_found
from core.kit.jobs import Run, handler
from core.plugin_host import host
from core.plugin_host.call import call
from core.plugin_host.extension_jobs import PREFIX, job_of
from core.plugin_host.offers import EXTENSION


class _Progress:
    """What a job of a plugin may ask for while it runs."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def answer(self, what: str, head: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Raises: ValueError for what is no progress."""
        done, total, note = head.get("done"), head.get("total"), head.get("note")
        if what != "progress" or body or type(done) is not int or type(total) is not int or not isinstance(note, str):
            raise ValueError("a job asks for nothing but to show its progress")
        if not 0 <= done < 2**62 or not 0 <= total < 2**62:
            raise ValueError("progress is counted in whole steps")
        await self._run.progress(done, total, note.replace("\0", "")[:200])
        return {}, b""


@handler(PREFIX)
async def run_job(run: Run) -> None:
    """Raises: NotFound where its plugin is gone; Conflict (OFFER_NOT_ENABLED); ProviderProblem."""
    code, name = str(run.payload["offer"]), str(run.payload["job"])
    job = job_of(host.offer(EXTENSION, code), name)
    if job is None:
        raise not_found("job", "job")
    await call(
        run.scope, EXTENSION, code, f"job.{name}", lambda calls: calls.work(name), answer=bool, service=_Progress(run),
        subject_id=run.job_id, timeout_s=job.deadline_s,
    )  # fmt: skip
    async with db.transaction(run.scope) as tx:
        await run.finish(tx)
