"""The pages of sign-in: plain HTML without scripts, and the headers that keep it so."""

import functools
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from authlib.oauth2 import OAuth2Error
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from core.kit.errors import LimitExceeded
from tenants.oauth.http import HttpResponse
from tenants.throttle import WINDOW

if TYPE_CHECKING:
    from jinja2 import Environment

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

_TEMPLATES = Path(__file__).parent / "templates"
_STYLE = Markup((_TEMPLATES / "style.css").read_text())  # noqa: S704 - our own file
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}
_NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"


@functools.cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # here, as many processes never show a page

    return Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)


def page(
    template: str,
    *,
    status: int = 200,
    leads_to: Iterable[str] = (),
    headers: dict[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """A page. `leads_to`: the origins that its forms may end at, for browsers hold a form's redirects to the policy."""
    targets = " ".join(["'self'", *leads_to])
    policy = f"{_NOTHING}; style-src 'sha256-{_STYLE_HASH}'; form-action {targets}"
    html = _environment().get_template(template).render({"style": _STYLE, "problem": None, "field": None} | values)
    return HTMLResponse(html, status_code=status, headers={"Content-Security-Policy": policy} | (headers or {}))


def message(title: str, *lines: str, status: int = 200, link: str = "", link_text: str = "") -> HTMLResponse:
    return page("message.html", status=status, title=title, lines=lines, link=link, link_text=link_text)


def _with_headers(response: Response, cache: dict[str, str]) -> Response:
    for name, value in (_ALWAYS | cache).items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", _NOTHING)
    return response


def for_people(endpoint: Endpoint) -> Endpoint:
    """A page's endpoint: its expected failures become pages, and its headers are set."""

    @functools.wraps(endpoint)
    async def wrapped(request: Request) -> Response:
        try:
            response = await endpoint(request)
        except OAuth2Error as error:
            response = message(
                "This request cannot be completed",
                "The application that sent you here asked in a way that cannot be answered.",
                f"For its makers: {error.error}. {error.get_error_description() or ''}",
                status=error.status_code,
            )
        except LimitExceeded as error:
            response = message("Too much", error.message, error.remedy or "", status=status_of(error))
        return _with_headers(response, NO_STORE)

    return wrapped


def for_programs(endpoint: Endpoint) -> Endpoint:
    """A protocol endpoint: its expected failures become OAuth's JSON, and its headers are set."""

    @functools.wraps(endpoint)
    async def wrapped(request: Request) -> Response:
        try:
            response = await endpoint(request)
        except OAuth2Error as error:
            response = HttpResponse(*error()).to_starlette()
        except LimitExceeded as error:
            code = "invalid_request" if status_of(error) == 413 else "temporarily_unavailable"
            response = JSONResponse(
                {"error": code, "error_description": error.message}, status_of(error), headers=retry_after(error)
            )
        return _with_headers(response, NO_STORE)

    return wrapped


def published(endpoint: Endpoint) -> Endpoint:
    """A document that anybody may keep for a minute."""

    @functools.wraps(endpoint)
    async def wrapped(request: Request) -> Response:
        return _with_headers(await endpoint(request), {"Cache-Control": "public, max-age=60"})

    return wrapped


def status_of(error: LimitExceeded) -> int:
    return 413 if error.code == "BODY_TOO_LARGE" else 429


def retry_after(error: LimitExceeded) -> dict[str, str]:
    return {"Retry-After": str(int(WINDOW.total_seconds()))} if status_of(error) == 429 else {}
