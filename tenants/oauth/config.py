"""What sign-in needs to know of the installation."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from tenants import identity

MAX_BODY = 16_384
MAX_QUERY = 8_192


@dataclass(frozen=True, slots=True)
class SignInConfig:
    """`issuer` is the public address, without a path; https unless it is this machine itself.

    OpenID providers on private networks are refused in production (a tenant's administrator names the address that the
    server then calls) unless `private_providers`. `provider_transport` replaces the way out to the providers.
    """

    issuer: str
    production: bool
    private_providers: bool = False
    provider_transport: httpx.AsyncBaseTransport | None = None

    def __post_init__(self) -> None:
        identity.check_issuer(self.issuer)

    @property
    def secure(self) -> bool:
        return urlsplit(self.issuer).scheme == "https"

    @property
    def cookie(self) -> str:
        """`__Host-`: the browser takes it from this host over https only, and gives it to no other."""
        return "__Host-recobro" if self.secure else "recobro"
