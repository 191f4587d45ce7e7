"""A legal channel whose server tells how its cases go on, or that they do, and hears what was decided on costs."""

from __future__ import annotations

import hashlib
from typing import ClassVar, Final

from pydantic import ValidationError

from recobro_remote.exchange import ANSWER_PREFIX
from recobro_remote.legal import RemoteLegalChannel
from recobro_remote.protocol import ANSWER_COST, NEWS, CaseCall, abilities
from recobro_sdk import (
    CallbackResult,
    Capability,
    CaseNews,
    CostAnswer,
    HandoffRef,
    InboundCall,
    Outcome,
    ProviderUnavailable,
    RejectedByProvider,
    Settled,
    SignatureInvalid,
    verify_callback,
)

CASES_CODE: Final = "remote_cases"
ABILITIES: Final = abilities(Capability.LEGAL_CHANNEL)
"""What the server has to name in its answer to `check`."""

_MOST_EVENTS, _MOST_COSTS, _MOST_MONEY = 500, 200, 500
_LONGEST_REFERENCE: Final = 200
_LONGEST_MESSAGE_ID: Final = 200


class RemoteCaseChannel(RemoteLegalChannel):
    """A `LegalChannel` that is a `CaseFollower`, a `CostAnswerReceiver` and a `CallbackReceiver` too."""

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

    async def verify_call(self, call: InboundCall) -> str:
        """Whether the server sent it; see `CallbackReceiver.verify_call`. Its answers are signed with the same secret,
        and are no calls: whoever has seen one cannot send it here."""
        message_id = verify_callback(self._settings.secret, call, now=self._context.clock.now())
        if message_id.startswith(ANSWER_PREFIX) or len(message_id) > _LONGEST_MESSAGE_ID:
            raise SignatureInvalid("what was signed is no call of the server")
        return message_id

    async def receive_call(self, call: InboundCall) -> CallbackResult:
        """The cases of which there is news: the host asks for it, and believes nothing of the call itself.

        Raises `RejectedByProvider` (`malformed_call`) for a body that is not of the protocol's shape.
        """
        try:
            told = CaseCall.model_validate_json(call.body)
        except ValidationError:
            # `from None`: the original shows what came.
            raise RejectedByProvider("the call does not name its cases as it should", code="malformed_call") from None
        return CallbackResult(settled=tuple(dict.fromkeys(one.idempotency_key for one in told.handoffs)))


def _is_allowed(news: CaseNews) -> bool:
    if len(news.events) > _MOST_EVENTS or len(news.costs) > _MOST_COSTS or len(news.money) > _MOST_MONEY:
        return False
    if any(max(len(one.of), len(one.remittance)) > _LONGEST_REFERENCE for one in news.money):
        return False
    for told in (news.events, news.costs, news.money):
        references = [one.reference for one in told]
        if len(set(references)) < len(references):
            return False
        if not all(one.strip() and len(one) <= _LONGEST_REFERENCE for one in references):
            return False
    return True
