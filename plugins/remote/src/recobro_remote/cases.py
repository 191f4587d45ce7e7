"""A legal channel whose server also tells how its cases go on, and hears what was decided on costs."""

from __future__ import annotations

import hashlib
from typing import ClassVar, Final

from recobro_remote.legal import RemoteLegalChannel
from recobro_remote.protocol import ANSWER_COST, NEWS, abilities
from recobro_sdk import Capability, CaseNews, CostAnswer, HandoffRef, Outcome, ProviderUnavailable, Settled

CASES_CODE: Final = "remote_cases"
ABILITIES: Final = abilities(Capability.LEGAL_CHANNEL)
"""What the server has to name in its answer to `check`."""

_MOST_EVENTS, _MOST_COSTS = 500, 200
_LONGEST_REFERENCE: Final = 200


class RemoteCaseChannel(RemoteLegalChannel):
    """A `LegalChannel` that is a `CaseFollower` and a `CostAnswerReceiver` too."""

    code: ClassVar[str] = CASES_CODE

    async def news(self, handoff: HandoffRef) -> Outcome[CaseNews]:
        """What the server knows of a case; see `CaseFollower.news`.

        Raises `ProviderUnavailable` (`malformed_answer`) for more than the contract allows, and for a reference that is
        empty, too long or told of two things: the host would take only one of them.
        """
        news: Outcome[CaseNews] = await self._exchange.ask(NEWS, {"handoff": handoff})
        if isinstance(news, Settled) and not _is_allowed(news.value):
            raise ProviderUnavailable("the server's news are not as the contract says", code="malformed_answer")
        return news

    async def answer_cost(self, handoff: HandoffRef, answer: CostAnswer) -> None:
        """Tell the server a decision; see `CostAnswerReceiver.answer_cost`. One cost is one key."""
        names = f"{handoff.idempotency_key}\0{answer.reference}".encode()
        key = f"cost-{hashlib.sha256(names).hexdigest()}"
        await self._exchange.ask(ANSWER_COST, {"handoff": handoff, "answer": answer}, key=key)

    async def check(self) -> None:
        """Try the settings, and ask whether the server serves both parts; see `Checkable.check`."""
        await self._exchange.check(Capability.LEGAL_CHANNEL, ABILITIES)


def _is_allowed(news: CaseNews) -> bool:
    if len(news.events) > _MOST_EVENTS or len(news.costs) > _MOST_COSTS:
        return False
    for references in ([one.reference for one in news.events], [one.reference for one in news.costs]):
        if len(set(references)) < len(references):
            return False
        if not all(one.strip() and len(one) <= _LONGEST_REFERENCE for one in references):
            return False
    return True
