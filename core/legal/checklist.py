"""A channel's checklist for a case."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from core.kit.scope import Scope
from core.plugin_host.call import call
from core.plugin_host.offers import LEGAL_CHANNEL
from core.plugin_host.remote import plain
from recobro_sdk import CaseSummary, LegalChannel, Requirement, Risk, Text

MAX_LINES = 200
TIMEOUT_S = 10.0


async def ask_requirements(
    scope: Scope, channel: str, case: CaseSummary, *, creditor_id: UUID, debt_id: UUID
) -> list[Requirement]:
    """The channel's checklist; a plain function of the plugin's.

    Raises: NotFound (channel); Conflict (OFFER_NOT_ENABLED); ProviderProblem.
    """

    async def asked(legal: LegalChannel) -> Sequence[Requirement]:
        return await plain(legal.requirements, case)

    lines = await call(
        scope, LEGAL_CHANNEL, channel, "requirements", asked, answer=(tuple, list), check=_check,
        creditor_id=creditor_id, subject_id=debt_id, timeout_s=TIMEOUT_S,
    )  # fmt: skip
    return list(lines)


def _check(lines: Sequence[Requirement]) -> None:
    if len(lines) > MAX_LINES:
        raise ValueError("too many lines")
    for line in lines:
        if not isinstance(line, Requirement) or type(line.satisfied) is not bool:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError("a line is no requirement")
        stored_line(line)


def stored_line(line: Requirement) -> dict[str, Any]:
    """A line as JSON: what it asks and what to do, in English and in Spanish."""
    missing = line.missing or Text("", "")
    texts = (line.title.en, line.title.es, line.remedy.en, line.remedy.es, missing.en, missing.es)
    if line.due_on is not None and type(line.due_on) is not date:
        raise TypeError("a day is none")
    if not all(type(text) is str and len(text) <= 2000 and "\0" not in text for text in (line.code, *texts)):
        raise ValueError("a text is none, or too long")
    return {
        "code": line.code,
        "title": line.title.en,
        "title_es": line.title.es,
        "satisfied": line.satisfied,
        "risk": Risk(line.risk).value,
        "remedy": line.remedy.en,
        "remedy_es": line.remedy.es,
        "missing": missing.en,
        "missing_es": missing.es,
        "due_on": line.due_on and line.due_on.isoformat(),
        "blocks": line.blocks,
    }
