"""Statements over plain HTTP, printed as CSV or PDF: of remittance, and of interest."""

from collections.abc import Callable
from datetime import date

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from core.interest.statement import StatementOfInterest, as_csv, statement_of_interest
from core.kit import errors, ids
from core.remittance.reads import statement_document
from core.remittance.words import Language
from schema.files import answering, scope_of

_MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}


def print_routes() -> list[BaseRoute]:
    """`GET /statements/{id}/statement.csv` (or `.pdf`) prints a statement of remittance, in Spanish or with
    `?language=en` in English; `GET /debts/{id}/interest.csv?to=2026-04-30` (or `.pdf`) the statement of interest of a
    debt to a day, with `&since=` from one on."""
    return [
        Route("/statements/{id}/statement.{kind}", answering(_remittance), methods=["GET"]),
        Route("/debts/{id}/interest.{kind}", answering(_interest), methods=["GET"]),
    ]


async def _remittance(request: Request) -> Response:
    scope = await scope_of(request)
    statement_id = ids.decode("statement", request.path_params["id"])
    language, kind = _language(request.query_params.get("language", "es")), _kind(request)
    document, sha256 = await statement_document(scope, statement_id)
    # A large statement is seconds of work, and what draws it is loaded with the first one.
    content = await anyio.to_thread.run_sync(_REMITTANCE[kind], document, sha256, language)
    return _answer(content, kind, f"{request.path_params['id']}.{kind}")


async def _interest(request: Request) -> Response:
    scope = await scope_of(request)
    debt_id, kind = ids.decode("debt", request.path_params["id"]), _kind(request)
    last = _day(request, "to")
    if last is None:
        raise errors.InvalidInput(
            "The parameter 'to' is missing.", code="PARAMETER_MISSING", field="to",
            remedy="GET /debts/debt_…/interest.pdf?to=2026-04-30.",
        )  # fmt: skip
    found = await statement_of_interest(scope, debt_id, last, first=_day(request, "since"))
    content = await anyio.to_thread.run_sync(_INTEREST[kind], found)
    return _answer(content, kind, f"{request.path_params['id']}-{found.last}.{kind}")


def _remittance_csv(document: str, _sha256: str, language: Language) -> bytes:
    from core.remittance.print_csv import print_csv

    return print_csv(document, language)


def _remittance_pdf(document: str, sha256: str, language: Language) -> bytes:
    from core.remittance.print_pdf import print_pdf

    return print_pdf(document, sha256, language)


def _interest_csv(statement: StatementOfInterest) -> bytes:
    return as_csv(statement).encode()


def _interest_pdf(statement: StatementOfInterest) -> bytes:
    from core.interest.statement_pdf import as_pdf

    return as_pdf(statement)


_REMITTANCE: dict[str, Callable[[str, str, Language], bytes]] = {"csv": _remittance_csv, "pdf": _remittance_pdf}
_INTEREST: dict[str, Callable[[StatementOfInterest], bytes]] = {"csv": _interest_csv, "pdf": _interest_pdf}


def _kind(request: Request) -> str:
    kind = request.path_params["kind"]
    if kind not in _MEDIA_TYPES:
        raise errors.not_found("statement", "id")
    return kind


def _day(request: Request, name: str) -> date | None:
    text = request.query_params.get(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as problem:
        raise errors.InvalidInput(
            f"'{(text or '')[:30]}' is not a day.",
            code="INVALID_DAY",
            field=name,
            remedy="Give one such as 2026-04-30.",
        ) from problem


def _language(given: str) -> Language:
    if given not in ("es", "en"):
        raise errors.InvalidInput(
            f"'{given[:30]}' is no language of a statement.", code="LANGUAGE", field="language",
            remedy="Give es or en.",
        )  # fmt: skip
    return given


def _answer(content: bytes, kind: str, name: str) -> Response:
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "x-content-type-options": "nosniff",
        "cache-control": "private, no-store",
    }
    return Response(content, headers=headers, media_type=_MEDIA_TYPES[kind])
