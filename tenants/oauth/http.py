"""HTTP as Authlib's server sees it: checked parameters in, a response whose `location` can still change out."""

# pyright: reportIncompatibleMethodOverride=false, reportIncompatibleVariableOverride=false
# The types of Authlib that there are (typeshed) are narrower than what it calls us with and takes from us.

import base64
import binascii
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import (
    InsecureTransportError,
    InvalidClientError,
    InvalidRequestError,
    OAuth2Payload,
    OAuth2Request,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from core.kit.errors import LimitExceeded
from tenants.identity import is_loopback
from tenants.oauth.config import MAX_BODY, MAX_QUERY, SignInConfig

MAX_PARAMETERS, MAX_VALUE = 30, 4_096
_PRINTABLE = re.compile(r"[\x20-\x7e]*")
_QUOTABLE = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")


def parse_parameters(raw: str) -> list[tuple[str, str]]:
    """Form or query parameters. Raises: InvalidRequestError for what is no form, or too much of one."""
    try:
        return parse_qsl(raw, keep_blank_values=True, max_num_fields=MAX_PARAMETERS, errors="strict")
    except ValueError as problem:
        raise InvalidRequestError("The parameters cannot be read.") from problem


async def read_body(request: Request) -> str:
    """A form's body, as text. Raises: LimitExceeded past `MAX_BODY`; InvalidRequestError where it is no form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise InvalidRequestError("The body must be application/x-www-form-urlencoded.")
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > MAX_BODY:
            raise LimitExceeded("The request is too large.", code="BODY_TOO_LARGE")
    try:
        return received.decode("ascii")
    except UnicodeDecodeError as problem:
        raise InvalidRequestError("The parameters cannot be read.") from problem


class Payload(OAuth2Payload):
    """Parameters that are there once each, short, and printable (RFC 6749 3.1, 3.2).

    Authlib takes the last of several at the token endpoint; and it quotes `client_id`, `redirect_uri`, `scope`,
    `response_type` and `grant_type` in its errors, where a character that a quotation cannot hold would be a crash.
    """

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            self._lists[name].append(value)
        for name, values in self._lists.items():
            if not _QUOTABLE.fullmatch(name) or len(name) > 100:
                raise InvalidRequestError("A parameter has no proper name.")
            if len(values) > 1:
                raise InvalidRequestError(f"The parameter '{name}' is repeated.")
            allowed = _PRINTABLE if name in ("state", "client_secret") else _QUOTABLE
            if len(values[0]) > MAX_VALUE or not allowed.fullmatch(values[0]):
                raise InvalidRequestError(f"The parameter '{name}' cannot be read.")
        # An empty parameter counts as one that is not there (RFC 6749 3.1).
        self._data = {name: values[0] for name, values in self._lists.items() if values[0]}

    @property
    def data(self) -> dict[str, str]:
        return self._data

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._lists


class HttpRequest(OAuth2Request):
    """One request to the authorization server. `form` is what was posted, `args` the query; never mixed."""

    payload: Payload
    client: Any
    user: Any
    authorization_code: Any
    refresh_token: Any

    def __init__(self, method: str, uri: str, payload: Payload, basic: "BasicCredentials | None" = None) -> None:
        super().__init__(method, uri, headers={"Authorization": basic.header} if basic else {})
        self.payload = payload
        self.basic = basic
        self.grant: Any = None

    @property
    def args(self) -> dict[str, str]:
        return self.payload.data

    @property
    def form(self) -> dict[str, str]:
        return self.payload.data


@dataclass(frozen=True, slots=True)
class BasicCredentials:
    """An `Authorization: Basic` header that can be read, and the client that it names."""

    header: str
    client_id: str


@dataclass
class HttpResponse:
    """What the server answers; `location` is set by whoever has to add to it (RFC 9207)."""

    status: int
    body: Any
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    location: str | None = None

    def to_starlette(self) -> Response:
        headers = {name: value for name, value in self.headers if name.lower() not in ("location", "content-type")}
        if self.location is not None:
            # 303 and nothing else: no browser may post a form on to an application (RFC 9700 4.12).
            return RedirectResponse(self.location, status_code=303, headers=headers)
        return JSONResponse(self.body, status_code=self.status, headers=headers)


def query_request(config: SignInConfig, request: Request) -> HttpRequest:
    """An authorization request. Its parameters are those of the query, also where a form is posted with it."""
    raw = request.scope["query_string"].decode("latin-1")
    if len(raw) > MAX_QUERY:
        raise InvalidRequestError("The request is too long.")
    return HttpRequest("GET", public_uri(config, request), Payload(parse_parameters(raw)))


async def form_request(config: SignInConfig, request: Request) -> HttpRequest:
    """A request to the token, revocation or introspection endpoint. Parameters in its query are refused."""
    if request.scope["query_string"]:
        raise InvalidRequestError("Parameters belong into the body.")
    payload = Payload(parse_parameters(await read_body(request)))
    return HttpRequest("POST", public_uri(config, request), payload, _basic_credentials(request, payload))


def public_uri(config: SignInConfig, request: Request) -> str:
    """The public address of the request, if it came by https; Authlib checks the same of what is given here.

    Behind a proxy the ASGI server knows the scheme (uvicorn's `--proxy-headers` for trusted proxies). Plain http is
    left to a peer on this machine: the proxy itself, or a developer. Everybody else is refused.
    """
    peer = request.client.host if request.client else ""
    if config.secure and request.url.scheme != "https" and not is_loopback(peer):
        raise InsecureTransportError("Use https. Behind a proxy, the server must be told to trust it.")
    return config.issuer + request.url.path


def _basic_credentials(request: Request, payload: Payload) -> BasicCredentials | None:
    """The `Authorization` header, if it can be read and is the only credential (RFC 6749 2.3).

    Authlib would crash on Base64 that hides other bytes than text, and take the first of two credentials.
    """
    header = request.headers.get("authorization", "")
    kind, _, credentials = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        client_id = base64.b64decode(credentials.strip(), validate=True).decode("utf-8").partition(":")[0]
    except (binascii.Error, ValueError) as problem:
        raise InvalidClientError(status_code=401, description="The credentials cannot be read.") from problem
    if "client_secret" in payload.data or payload.data.get("client_id", client_id) != client_id:
        raise InvalidRequestError("The client authenticates in two ways.")
    return BasicCredentials(header, client_id)
