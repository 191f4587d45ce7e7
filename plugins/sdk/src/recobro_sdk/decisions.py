"""What a rule of law says about an intended act, with the rule it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from recobro_sdk.context import JsonObject


class Verdict(StrEnum):
    """Whether something may be done. A missing fact is never `ALLOW`."""

    ALLOW = "allow"
    REVIEW = "review"
    """A person has to look first."""
    DEFER = "defer"
    """Not yet: see `Decision.not_before`."""
    DENY = "deny"


_STRICTNESS: Final = {Verdict.ALLOW: 0, Verdict.REVIEW: 1, Verdict.DEFER: 2, Verdict.DENY: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One rule's answer.

    `rule` is the rule's stable code (`CO-HOUR-01`), `rule_version` counts its wordings from 1, `citation` names the law
    and article. `not_before` (aware) is the first moment at which a deferred act may be tried. `inputs` are the facts
    it rests on, as JSON without personal data: they are kept as evidence and must let somebody repeat the decision.
    Raises `ValueError` when a deferral has no moment, or nothing is cited.
    """

    verdict: Verdict
    rule: str
    rule_version: int
    citation: str
    not_before: datetime | None = None
    inputs: JsonObject = field(default_factory=lambda: JsonObject())

    def __post_init__(self) -> None:
        if not self.rule or not self.citation:
            raise ValueError("a decision names its rule and cites its source")
        if (self.verdict is Verdict.DEFER) != (self.not_before is not None):
            raise ValueError("a deferral, and nothing else, has a moment to wait for")
        if self.not_before is not None and self.not_before.tzinfo is None:
            raise ValueError("not_before must be aware")

    @property
    def allows(self) -> bool:
        """Whether it may be done now, without anybody looking."""
        return self.verdict is Verdict.ALLOW


def strictest(decisions: Iterable[Decision]) -> Decision:
    """The decision that prevails: DENY beats DEFER beats REVIEW beats ALLOW; of two deferrals, the later moment.

    Of equals the first is given, so that the answer does not depend on chance. Raises `ValueError` without any.
    """
    given = list(decisions)
    if not given:
        raise ValueError("without a decision nothing is allowed")
    return max(given, key=lambda one: (_STRICTNESS[one.verdict], one.not_before.timestamp() if one.not_before else 0))
