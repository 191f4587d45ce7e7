"""Files over plain HTTP: large placement files in, reports and dossiers out. Streams, whatever the size."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import quote

import orjson
from starlette.datastructures import UploadFile as Uploaded
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from core.kit import errors, files, ids
from core.kit.scope import Scope
from core.mandates.kinds import FileKind
from core.permissions import Permission
from core.placements import reads as placement_reads
from core.placements.upload_file import FileUploaded, UploadFile, upload_file
from core.reports.report_reads import find_file
from schema.kit.bearer import bearer

Endpoint = Callable[[Request], Awaitable[Response]]
_CHUNK = 1 << 18
_STATUS: list[tuple[type[errors.DomainError], int]] = [
    (errors.Unauthenticated, 401),
    (errors.Forbidden, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.LimitExceeded, 413),
    (errors.DomainError, 400),
]


async def take_in(
    scope: Scope, chunks: AsyncIterator[bytes], given: "dict[str, Any]", *, max_bytes: int
) -> FileUploaded:
    """Store an upload and register it as a batch; the dry run starts by itself. Used by GraphQL and by plain HTTP.

    `given` are the fields of `UploadFile` beside the file. Nothing is kept of an upload that is cut in the middle.
    """
    scope.require(Permission.PLACEMENT_MANAGE)
    stored = await files.store(scope.agency, chunks, max_bytes=max_bytes)
    return await upload_file(scope, UploadFile(file=stored, **given))


async def chunks_of(file: Uploaded) -> AsyncIterator[bytes]:
    """What a multipart request brought, in pieces."""
    while chunk := await file.read(_CHUNK):
        yield chunk


def file_routes(*, max_upload_bytes: int) -> list[BaseRoute]:
    """`POST /placements/files` takes a file as the body of the request, `GET /files/{id}` gives one out, and
    `GET /placements/{batch}/issues.csv` is the report of a run."""

    async def upload(request: Request) -> Response:
        scope = await scope_of(request)
        done = await take_in(scope, request.stream(), _from_query(request), max_bytes=max_upload_bytes)
        body = {
            "batchId": ids.encode("batch", done.batch_id),
            "state": done.state,
            "repeated": done.repeated,
            "jobId": ids.encode("job", done.job_id) if done.job_id else None,
        }
        return Response(orjson.dumps(body), status_code=200 if done.repeated else 201, media_type="application/json")

    async def download(request: Request) -> Response:
        scope = await scope_of(request)
        _, key = ids.parse(request.path_params["id"])
        found = await find_file(scope, key)
        return FileResponse(
            files.path_of(found.agency_id, found.sha256),
            media_type=found.media_type,
            headers={
                "content-disposition": f"attachment; filename*=UTF-8''{quote(found.name)}",
                "x-content-type-options": "nosniff",
                "cache-control": "private, no-store",
            },
        )

    async def issues(request: Request) -> Response:
        scope = await scope_of(request)
        batch_id = ids.decode("batch", request.path_params["id"])
        pieces = placement_reads.report(scope, batch_id)
        first = await anext(pieces), await anext(pieces)

        async def stream() -> AsyncIterator[bytes]:
            for piece in first:
                yield piece
            async for piece in pieces:
                yield piece

        name = f"{request.path_params['id']}-issues.csv"
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "private, no-store"}
        return StreamingResponse(stream(), media_type="text/csv; charset=utf-8", headers=headers)

    return [
        Route("/placements/files", answering(upload), methods=["POST"]),
        Route("/placements/{id}/issues.csv", answering(issues), methods=["GET"]),
        Route("/files/{id}", answering(download), methods=["GET"]),
    ]


async def scope_of(request: Request) -> Scope:
    """Whose token the request has. Raises: Unauthenticated (TOKEN_MISSING, …)."""
    scope = await bearer(request.headers.get("authorization"))
    if scope is None:
        raise errors.Unauthenticated(
            "This needs an access token.", code="TOKEN_MISSING", remedy="Send 'Authorization: Bearer …'."
        )
    return scope


def _from_query(request: Request) -> dict[str, Any]:
    """The fields of an upload from the query string: mandate, kind, and what is optional."""
    given = request.query_params
    for name in ("mandate", "kind", "name"):
        if not given.get(name):
            raise errors.InvalidInput(
                f"The parameter '{name}' is missing.", code="PARAMETER_MISSING", field=name,
                remedy="POST /placements/files?mandate=mandate_…&kind=NEW&name=file.csv with the file as the body.",
            )  # fmt: skip
    if given["kind"] not in FileKind.__members__:
        raise errors.InvalidInput(
            f"'{given['kind'][:40]}' is no kind of file.", code="UNKNOWN_KIND", field="kind",
            remedy=f"Give one of: {', '.join(FileKind)}.",
        )  # fmt: skip
    portfolio, layout = given.get("portfolio"), given.get("layout")
    return {
        "mandate_id": ids.decode("mandate", given["mandate"], field="mandate"),
        "kind": FileKind(given["kind"]),
        "file_name": given["name"],
        "portfolio_id": ids.decode("portfolio", portfolio, field="portfolio") if portfolio else None,
        "layout_id": ids.decode("layout", layout, field="layout") if layout else None,
        "control_rows": _whole(given.get("controlRows"), "controlRows"),
        "control_sum_minor": _whole(given.get("controlSumMinor"), "controlSumMinor"),
    }


def _whole(text: str | None, field: str) -> int | None:
    if text is None:
        return None
    if not text.lstrip("-").isdigit() or len(text) > 18:
        raise errors.InvalidInput(f"'{text[:30]}' is not a whole number.", code="INVALID_NUMBER", field=field)
    return int(text)


def answering(endpoint: Endpoint) -> Endpoint:
    """Expected failures as JSON with their status: {"error": {"code", "message", "field", "remedy"}}."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ClientDisconnect:
            return Response(status_code=499)
        except errors.DomainError as problem:
            status = next(status for kind, status in _STATUS if isinstance(problem, kind))
            body = {"code": problem.code, "message": problem.message, "field": problem.field, "remedy": problem.remedy}
            headers = {"www-authenticate": "Bearer"} if status == 401 else None
            return Response(orjson.dumps({"error": body}), status, headers, "application/json")

    return answer
