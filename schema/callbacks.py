"""Where providers call plugins: `POST /callbacks/{offer}/{token}`, and anything below it. Answered once it is kept."""

from collections.abc import Mapping

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from core.kit import clock
from core.kit.errors import DomainError, LimitExceeded, NotFound
from core.plugin_host.problems import ProviderProblem
from core.plugin_host.take_callback import take_callback
from recobro_sdk import InboundCall

MAX_BODY, MAX_HEADERS = 1 << 20, 100
"""Bytes of a call's body, and how many headers of it the plugin sees."""
_PRIVATE = frozenset({"cookie", "authorization", "proxy-authorization", "forwarded"})
_AGAIN = {"retry-after": "30"}


def callback_routes() -> list[BaseRoute]:
    """202: taken; 200: taken before. 401: not signed by whom it says. 404: no such address. 413, 429: too much.
    503: it could not be verified now; send it again."""
    return [
        Route("/callbacks/{offer}/{token}", _callback, methods=["POST"], max_body_size=MAX_BODY),
        Route("/callbacks/{offer}/{token}/{rest:path}", _callback, methods=["POST"], max_body_size=MAX_BODY),
    ]


async def _callback(request: Request) -> Response:
    try:
        body = await _body(request)
    except ClientDisconnect:
        return Response(status_code=499)
    if body is None:
        return _told(413, "TOO_LARGE", f"A call has at most {MAX_BODY} bytes.")
    headers = tuple((name.lower(), value) for name, value in request.headers.items() if name not in _PRIVATE)
    inbound = InboundCall(
        method=request.method,
        path="/" + request.path_params.get("rest", ""),
        headers=headers[:MAX_HEADERS],
        body=body,
        received_at=clock.now(),
    )
    try:
        taken = await take_callback(request.path_params["offer"], request.path_params["token"], inbound)
    except DomainError as problem:
        return _refused(problem)
    return _told(200 if taken.repeated else 202, "REPEATED" if taken.repeated else "TAKEN", "")


async def _body(request: Request) -> bytes | None:
    """The body; none where it is too large, however it is sent."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


def _refused(problem: DomainError) -> Response:
    if isinstance(problem, NotFound):
        return _told(404, "NOT_FOUND", "There is nothing here.")
    if isinstance(problem, LimitExceeded):
        return _told(429, problem.code, problem.message, _AGAIN)
    if isinstance(problem, ProviderProblem) and problem.code == "SIGNATURE_INVALID":
        return _told(401, problem.code, "The signature does not fit.")
    return _told(503, "NOT_NOW", "It could not be verified now; send it again.", _AGAIN)


def _told(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    body = orjson.dumps({"code": code, "message": message})
    return Response(body, status_code=status, media_type="application/json", headers=headers)
