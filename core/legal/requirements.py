"""See what a channel would ask before a debt is handed over. Stores nothing but the evidence of the call."""

from typing import Any
from uuid import UUID

from core.kit import db
from core.kit.scope import Scope
from core.legal.checklist import ask_requirements, stored_line
from core.legal.dossier import build_dossier, read_books
from core.legal.facts import CaseFacts, check_facts
from core.permissions import Permission


async def handoff_requirements(
    scope: Scope, debt_id: UUID, channel: str, facts: CaseFacts | None = None
) -> list[dict[str, Any]]:
    """The whole checklist as it would be stored: code, title, satisfied, risk, missing, remedy, due_on, blocks, and
    `_es` texts.

    Raises: Forbidden; NotFound (debt, channel); InvalidInput (facts); Conflict (OFFER_NOT_ENABLED, NOTHING_OWED,
    DEBTOR_WITHOUT_DOCUMENT, RATE_CAP_MISSING); LimitExceeded; ProviderProblem.
    """
    scope.require(Permission.LEGAL_READ)
    known = check_facts(facts or CaseFacts())
    async with db.transaction(scope, read_only=True) as tx:
        books = await read_books(tx, debt_id)
    case = build_dossier(books, known, scope.actor, contacts=False).case
    lines = await ask_requirements(scope, channel, case, creditor_id=books.creditor_id, debt_id=debt_id)
    return [stored_line(line) for line in lines]
