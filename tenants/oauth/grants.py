"""The three ways to a token, by Authlib's grants: a code with PKCE, a machine's credentials, a refresh token."""

# pyright: reportIncompatibleMethodOverride=false, reportIncompatibleVariableOverride=false
# The types of Authlib that there are (typeshed) are narrower than what it calls us with and takes from us.

from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError, grants
from authlib.oauth2.rfc7636 import CodeChallenge

from tenants import identity
from tenants.oauth import store
from tenants.oauth.http import HttpRequest
from tenants.oauth.store import Code, RefreshToken
from tenants.subjects import Subject

if TYPE_CHECKING:
    from tenants.oauth.server import SignInServer

_S256_LENGTH = 43


class AlwaysS256(CodeChallenge):
    """PKCE for every client, by S256 alone, refused already at the authorization request (OAuth 2.1 7.5).

    Authlib's own asks only public clients, only at the token endpoint, and takes `plain` where no method is named.
    """

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: "CodeGrant", redirect_uri: str) -> None:
        data = grant.request.payload.data
        if data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("The 'code_challenge_method' must be S256.")
        if len(data.get("code_challenge", "")) != _S256_LENGTH:
            raise InvalidRequestError("The 'code_challenge' must be a SHA-256 in base64url.")
        super().validate_code_challenge(grant, redirect_uri)

    def validate_code_verifier(self, grant: "CodeGrant", result: object) -> None:
        if not grant.request.form.get("code_verifier"):
            raise InvalidRequestError("Missing 'code_verifier' in request.")
        super().validate_code_verifier(grant, result)

    def get_authorization_code_challenge_method(self, authorization_code: Code) -> str:
        return "S256"


class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["none"]
    request: HttpRequest
    server: "SignInServer"

    def generate_authorization_code(self) -> str:
        return identity.new_secret()

    def save_authorization_code(self, code: str, request: HttpRequest) -> None:
        subject: Subject = request.user
        # The request asks for what the application may at most; what its user may not is left out and the answer says
        # so (RFC 6749 3.3). Nothing left is no sign-in.
        scope = subject.narrowed(request.scope)  # pyright: ignore[reportDeprecated] - by the types; not by Authlib
        if not scope:
            raise InvalidScopeError(redirect_uri=request.payload.redirect_uri)
        self.server.wait_for(
            store.add_code,
            self.server.tx,
            code,
            client=request.client,
            subject=subject,
            redirect_uri=request.payload.redirect_uri,
            scope=scope,
            challenge=request.payload.data["code_challenge"],
        )

    def query_authorization_code(self, code: str, client: Any) -> Code | None:
        return self.server.unless_reused(self.server.wait_for(store.redeemable_code, self.server.tx, code, client))

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Kept, as used: so that a second use is noticed."""
        self.server.wait_for(store.mark_code_used, self.server.tx, authorization_code)

    def authenticate_user(self, authorization_code: Code) -> Subject:
        return authorization_code.subject


class MachineGrant(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]


class RotatingGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["none"]
    INCLUDE_NEW_REFRESH_TOKEN = True
    request: HttpRequest
    server: "SignInServer"

    def authenticate_refresh_token(self, refresh_token: str) -> RefreshToken | None:
        found = self.server.wait_for(store.usable_refresh_token, self.server.tx, refresh_token, self.request.client)
        return self.server.unless_reused(found)

    def authenticate_user(self, refresh_token: RefreshToken) -> Subject:
        return refresh_token.subject

    def revoke_old_credential(self, refresh_token: RefreshToken) -> None:
        self.server.wait_for(store.mark_rotated, self.server.tx, refresh_token)
