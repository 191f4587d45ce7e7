"""The endpoints that programs call: tokens, revocation, introspection, keys and metadata."""

from functools import partial
from typing import Any

from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.permissions import Permission
from tenants import identity, revocation, signing_keys, throttle
from tenants.oauth.config import SignInConfig
from tenants.oauth.endpoints import claims_of
from tenants.oauth.http import HttpRequest, HttpResponse, form_request
from tenants.oauth.server import SignInServer, in_thread
from tenants.passwords import in_turn


class Endpoints:
    def __init__(self, config: SignInConfig) -> None:
        self._config = config

    async def token(self, request: Request) -> Response:
        asked = await form_request(self._config, request)
        server = SignInServer()
        answer = await _authenticate(server, asked, request, None)
        if answer is None:
            async with identity.transaction("oauth") as tx:
                server.begin(tx)
                answer = await in_thread(server.answer_token, asked)
        return _finished(server, answer)

    async def revoke(self, request: Request) -> Response:
        return await self._on_token(request, "revocation")

    async def introspect(self, request: Request) -> Response:
        return await self._on_token(request, "introspection")

    async def _on_token(self, request: Request, endpoint: str) -> Response:
        asked = await form_request(self._config, request)
        server = SignInServer()
        answer = await _authenticate(server, asked, request, endpoint)
        if answer is None:
            server.claims = await claims_of(asked.form.get("token", ""))
            async with identity.transaction("oauth") as tx:
                server.begin(tx)
                answer = await in_thread(server.answer_endpoint, endpoint, asked)
        return _finished(server, answer)

    async def jwks(self, request: Request) -> Response:
        async with identity.transaction("oauth") as tx:
            await signing_keys.active_key(tx)
            keys = await signing_keys.verifying_keys(tx)
        return JSONResponse(signing_keys.key_set(keys).as_dict(private=False))

    async def metadata(self, request: Request) -> Response:
        return JSONResponse(metadata_of(self._config))


def _finished(server: SignInServer, answer: HttpResponse) -> Response:
    """After the commit. Only what was really revoked is announced: otherwise anybody could make us forget tokens."""
    if server.has_revoked:
        revocation.announce()
    return answer.to_starlette()


async def _authenticate(
    server: SignInServer, asked: HttpRequest, request: Request, endpoint: str | None
) -> HttpResponse | None:
    """The client, before any transaction. Failures are counted after the fact: there is no guessing 256 bits, and the
    many workers of one machine that start together must not stand in each other's way."""
    if asked.basic is None and "client_secret" not in asked.form:
        return await in_thread(server.authenticate_before, asked, endpoint)
    client_id = asked.basic.client_id if asked.basic else asked.form.get("client_id", "")
    account, address = f"client {client_id}", request.client.host if request.client else ""
    await throttle.check(account, address)
    refused = await in_turn(partial(server.authenticate_before, asked, endpoint))
    if refused is not None and refused.body.get("error") == "invalid_client":
        await throttle.record(account, address)
    return refused


def metadata_of(config: SignInConfig) -> dict[str, Any]:
    """RFC 8414, with RFC 9207's word that `iss` is always sent."""
    base = config.issuer
    secret = ["client_secret_basic", "client_secret_post"]
    metadata = AuthorizationServerMetadata({
        "issuer": base,
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "introspection_endpoint": f"{base}/oauth/introspect",
        "jwks_uri": f"{base}/oauth/jwks.json",
        "scopes_supported": [permission.value for permission in Permission],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["none", *secret],
        "revocation_endpoint_auth_methods_supported": ["none", *secret],
        "introspection_endpoint_auth_methods_supported": secret,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    })  # fmt: skip
    metadata.validate()
    return dict(metadata)
