"""Recobro's own API explorer: one page that asks nothing of the network but this server.

Every asset lives beside this module and is served under a Content-Security-Policy that forbids anything from outside,
inline scripts and inline styles. The page learns where it is mounted and where GraphQL answers from `data-` attributes
of its body, so the same files work under any path or proxy prefix.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

__all__ = ["DemoSignIn", "Example", "SignIns", "routes"]

HERE: Final = Path(__file__).resolve().parent

CONTENT_TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; "
        "require-trusted-types-for 'script'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """An identity the page offers by role, with an access token that is already valid."""

    label: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Example:
    """An operation of the examples menu."""

    title: str
    query: str
    variables: Mapping[str, object] = field(default_factory=dict[str, object])


SignIns = Callable[[], Sequence[DemoSignIn]] | Callable[[], Awaitable[Sequence[DemoSignIn]]]


def routes(
    *,
    path: str = "/explorer",
    graphql_path: str = "/graphql",
    sign_ins: SignIns | None = None,
    examples: Sequence[Example] = (),
    development: bool = False,
) -> list[BaseRoute]:
    """The routes of the explorer.

    `sign_ins` is called at each request of the list, so its tokens are fresh; give it only where anybody who can reach
    the page may act as these identities. Without it there is no such route at all. In `development` assets are read
    from disk at every request and never cached; otherwise they are read once and revalidated by their ETag.
    """
    base = path.rstrip("/")
    if base and not base.startswith("/"):
        raise ValueError(f"the explorer's path must start with a slash: {path!r}")
    if not graphql_path.startswith("/"):
        raise ValueError(f"the GraphQL path must start with a slash: {graphql_path!r}")

    found: list[BaseRoute] = [
        Route(base or "/", _page(base, graphql_path, sign_ins is not None, development), name="explorer"),
        Route(f"{base}/examples.json", _examples(examples), name="explorer:examples.json"),
    ]
    if sign_ins is not None:
        found.append(Route(f"{base}/sign-ins.json", _sign_ins(sign_ins), name="explorer:sign-ins.json"))
    for asset in sorted(HERE.iterdir()):
        if asset.suffix in CONTENT_TYPES and asset.suffix != ".html":
            found.append(Route(f"{base}/{asset.name}", _asset(asset, development), name=f"explorer:{asset.name}"))
    return found


Endpoint = Callable[[Request], Awaitable[Response]]


def _page(base: str, graphql_path: str, offers_sign_ins: bool, development: bool) -> Endpoint:
    template = HERE / "index.html"
    read_once = template.read_text(encoding="utf-8")

    async def page(request: Request) -> Response:
        here = str(request.scope.get("root_path", ""))
        # Inside a Mount, root_path ends with the mount's own path; GraphQL answers at the application's root.
        root = str(request.scope.get("app_root_path", here))
        values = {
            "base": here.rstrip("/") + base,
            "graphql": root.rstrip("/") + graphql_path,
            "sign_ins": "yes" if offers_sign_ins else "no",
        }
        text = await run_in_threadpool(template.read_text, encoding="utf-8") if development else read_once
        for name, value in values.items():
            text = text.replace("{{ " + name + " }}", escape(value, quote=True))
        return _answer(request, text.encode(), ".html", development)

    return page


def _asset(asset: Path, development: bool) -> Endpoint:
    read_once = asset.read_bytes()

    async def serve(request: Request) -> Response:
        content = await run_in_threadpool(asset.read_bytes) if development else read_once
        return _answer(request, content, asset.suffix, development)

    return serve


def _examples(examples: Sequence[Example]) -> Endpoint:
    content = [asdict(example) for example in examples]

    async def serve(request: Request) -> Response:
        return JSONResponse(content, headers={**SECURITY_HEADERS, "Cache-Control": "no-store"})

    return serve


def _sign_ins(sign_ins: SignIns) -> Endpoint:
    async def serve(request: Request) -> Response:
        offered = sign_ins()
        identities = await offered if inspect.isawaitable(offered) else offered
        content = [asdict(identity) for identity in identities]
        return JSONResponse(content, headers={**SECURITY_HEADERS, "Cache-Control": "no-store"})

    return serve


def _answer(request: Request, content: bytes, suffix: str, development: bool) -> Response:
    headers = dict(SECURITY_HEADERS)
    if development:
        headers["Cache-Control"] = "no-store"
    else:
        headers["Cache-Control"] = "no-cache"
        headers["ETag"] = etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        known = {item.strip().removeprefix("W/") for item in request.headers.get("if-none-match", "").split(",")}
        if etag in known:
            return Response(status_code=304, headers=headers)
    return Response(content, headers={**headers, "Content-Type": CONTENT_TYPES[suffix]})
