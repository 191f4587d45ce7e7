"""Authlib's authorization server, one for each request.

Authlib is synchronous. Its code runs in a worker thread and reaches the database by `wait_for`, which runs a coroutine
on the event loop, in the request's transaction. A client's secret is checked before that transaction begins: hashing is
slow, and must not hold a connection.
"""

# pyright: reportIncompatibleMethodOverride=false, reportIncompatibleVariableOverride=false
# The types of Authlib that there are (typeshed) are narrower than what it calls us with and takes from us.

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import anyio.from_thread
import anyio.to_thread
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from authlib.oauth2 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc9207 import IssuerParameter

from core.kit.db import Tx
from core.kit.ids import new_id
from core.permissions import Permission
from tenants import identity, signing_keys
from tenants.oauth import store
from tenants.oauth.access_tokens import AccessTokens, record_token
from tenants.oauth.clients import Client, find_client
from tenants.oauth.endpoints import Introspection, Revocation
from tenants.oauth.grants import AlwaysS256, CodeGrant, MachineGrant, RotatingGrant
from tenants.oauth.http import HttpRequest, HttpResponse
from tenants.oauth.store import Reused
from tenants.subjects import Subject

T = TypeVar("T")

_AT_ONCE = 16
_limiter: RunVar[CapacityLimiter] = RunVar("recobro_oauth")


async def in_thread(work: Callable[..., T], *args: Any) -> T:
    """Run Authlib's code beside the event loop."""
    try:
        limiter = _limiter.get()
    except LookupError:
        limiter = CapacityLimiter(_AT_ONCE)
        _limiter.set(limiter)
    return await anyio.to_thread.run_sync(work, *args, limiter=limiter)


class ThisIssuer(IssuerParameter):
    """RFC 9207: every answer to an authorization request says who gave it."""

    def get_issuer(self) -> str:
        return identity.issuer()


class SignInServer(AuthorizationServer):
    def __init__(self) -> None:
        super().__init__(scopes_supported=[permission.value for permission in Permission])
        self._tx: Tx | None = None
        self._tokens: AccessTokens | None = None
        self.claims: dict[str, Any] | None = None
        self.has_revoked = False
        self._found: dict[str, Client | None] = {}
        self._authenticated: dict[tuple[str, ...], Client] = {}
        self.issuer_parameter = ThisIssuer()
        self.register_grant(CodeGrant, [AlwaysS256()])
        self.register_grant(MachineGrant)
        self.register_grant(RotatingGrant)
        self._ours = {"revocation": Revocation(self), "introspection": Introspection(self)}
        for endpoint in self._ours.values():
            self.register_endpoint(endpoint)
        self.register_token_generator("default", cast(Any, self._generate))
        self.register_extension(self.issuer_parameter)

    @property
    def tx(self) -> Tx:
        if self._tx is None:
            raise RuntimeError("the request's transaction has not begun")
        return self._tx

    def begin(self, tx: Tx) -> None:
        self._tx = tx

    def wait_for(self, work: Callable[..., Awaitable[T]], *args: Any, **named: Any) -> T:
        """From the worker thread: run a coroutine on the event loop and wait for what it returns."""

        async def run() -> T:
            return await work(*args, **named)

        return anyio.from_thread.run(run)

    def unless_reused(self, found: T | Reused) -> T | None:
        """What was found; a reuse is nothing, and is remembered."""
        if isinstance(found, Reused):
            self.has_revoked = True
            return None
        return found

    # What Authlib asks for

    def query_client(self, client_id: str) -> Client | None:
        if client_id not in self._found:
            self._found[client_id] = self.wait_for(find_client, client_id)
        return self._found[client_id]

    def authenticate_client(self, request: HttpRequest, methods: list[str], endpoint: str = "token") -> Client:
        """Once per request: what `authenticate_before` found holds for the answer too."""
        ways = (endpoint, *methods)
        if ways not in self._authenticated:
            self._authenticated[ways] = cast(Client, super().authenticate_client(request, methods, endpoint))
        return self._authenticated[ways]

    def save_token(self, token: dict[str, Any], request: HttpRequest) -> None:
        tokens, client, before = self._tokens, request.client, request.authorization_code or request.refresh_token
        if tokens is None:
            raise RuntimeError("there is no token to save")
        subject: Subject = request.user or client.subject
        expires_at = None
        if "refresh_token" in token:
            age = self.wait_for(store.family_began, self.tx, before.family_id)
            expires_at = self.tx.now + min(identity.REFRESH_LIFETIME, identity.FAMILY_LIFETIME - age)
        self.wait_for(
            record_token,
            self.tx,
            tokens,
            client=client,
            subject=subject,
            # Less may have been asked for this time; the grant stays what it was (RFC 6749 6).
            scope=request.refresh_token.granted if request.refresh_token else token["scope"],
            family_id=before.family_id if before else new_id(),
            refresh_token=token.get("refresh_token"),
            refresh_expires_at=expires_at,
        )

    def create_oauth2_request(self, request: HttpRequest) -> HttpRequest:
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> HttpResponse:
        location = next((value for name, value in headers if name.lower() == "location"), None)
        return HttpResponse(status, body, headers, location)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Authlib tells what happens; nobody here listens."""

    # What the routes ask for

    def answer_authorization(self, request: HttpRequest, subject: Subject | None) -> HttpResponse:
        return cast(HttpResponse, self.create_authorization_response(request, subject, request.grant))

    def answer_token(self, request: HttpRequest) -> HttpResponse:
        return cast(HttpResponse, self.create_token_response(request))

    def answer_endpoint(self, endpoint: str, request: HttpRequest) -> HttpResponse:
        return cast(HttpResponse, self.create_endpoint_response(endpoint, request))

    def authenticate_before(self, request: HttpRequest, endpoint: str | None = None) -> HttpResponse | None:
        """Authenticate the client outside of any transaction; the answer, if that already is one (an error)."""
        try:
            if endpoint is None:
                self.get_token_grant(request).authenticate_token_endpoint_client()
            else:
                self._ours[endpoint].authenticate_endpoint_client(request)
        except OAuth2Error as error:
            return cast(HttpResponse, self.handle_error_response(request, error))
        return None

    def error_at_client(self, request: HttpRequest, error: OAuth2Error) -> HttpResponse:
        """An error that belongs to the application: a redirect, with `state` and `iss` like every answer."""
        response = cast(HttpResponse, self.handle_error_response(request, error))
        self.issuer_parameter.add_issuer_parameter(self, response)
        return response

    def _generate(self, **asked: Any) -> dict[str, Any]:
        key = self.wait_for(signing_keys.active_key, self.tx)
        self._tokens = AccessTokens(key)
        return self._tokens.generate(**asked)
