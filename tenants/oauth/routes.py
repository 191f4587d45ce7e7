"""Where everything is found. The program mounts these routes at the root, inside `sign_in_middleware`."""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import BaseRoute, Route

from core.kit import crypto
from tenants import identity
from tenants.oauth import sign_in
from tenants.oauth.authorize import Authorize
from tenants.oauth.config import SignInConfig
from tenants.oauth.endpoints_http import Endpoints
from tenants.oauth.pages import Endpoint, for_people, for_programs, published
from tenants.oauth.providers import Providers

__all__ = ["SignInConfig", "oauth_routes", "sign_in_middleware"]

# For applications in browsers. No cookie means anything at these endpoints, so any origin may ask them.
_ANY_ORIGIN = [
    Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["authorization"])
]


def oauth_routes(config: SignInConfig) -> list[BaseRoute]:
    """The authorization server and its pages. Also sets the issuer of this process (tenants/identity.py)."""
    identity.use_issuer(config.issuer)
    authorize, endpoints, providers = Authorize(config), Endpoints(config), Providers(config)
    return [
        Route("/oauth/authorize", for_people(authorize.get), methods=["GET"]),
        Route("/oauth/authorize", for_people(authorize.post), methods=["POST"]),
        _for_programs("/oauth/token", for_programs(endpoints.token), "POST"),
        _for_programs("/oauth/revoke", for_programs(endpoints.revoke), "POST"),
        Route("/oauth/introspect", for_programs(endpoints.introspect), methods=["POST"]),
        _for_programs("/oauth/jwks.json", published(endpoints.jwks), "GET"),
        _for_programs("/.well-known/oauth-authorization-server", published(endpoints.metadata), "GET"),
        Route("/sign-in", for_people(sign_in.get_sign_in), methods=["GET"]),
        Route("/sign-in", for_people(sign_in.post_sign_in), methods=["POST"]),
        Route("/sign-in/invitation", for_people(sign_in.get_invitation), methods=["GET"]),
        Route("/sign-in/invitation", for_people(sign_in.post_invitation), methods=["POST"]),
        Route("/sign-in/provider", for_people(providers.find), methods=["GET"]),
        Route("/sign-in/provider/{slug}", for_people(providers.begin), methods=["GET"]),
        Route("/sign-in/provider/{slug}/callback", for_people(providers.callback), methods=["GET"]),
        Route("/sign-out", for_people(sign_in.sign_out), methods=["GET", "POST"]),
    ]


def sign_in_middleware(config: SignInConfig) -> list[Middleware]:
    """The signed cookie of the sign-in pages. It touches no answer of a route that does not use it."""
    return [
        Middleware(
            SessionMiddleware,
            secret_key=crypto.derived("cookies"),
            session_cookie=config.cookie,
            max_age=int(identity.SESSION_LIFETIME.total_seconds()),
            same_site="lax",
            https_only=config.secure,
        )
    ]


def _for_programs(path: str, endpoint: Endpoint, method: str) -> Route:
    return Route(path, endpoint, methods=[method, "OPTIONS"], middleware=_ANY_ORIGIN)
