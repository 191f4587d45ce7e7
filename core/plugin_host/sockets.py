"""The way out of a plugin for what is not HTTP: TCP to the hosts of its `sftp:` scopes, by the same rules.

A host that an agency wrote into its settings is resolved here, and the connection goes to the address that was looked
at: no name can point inwards later.
"""

import asyncio
import socket

from pydantic import BaseModel

from core.plugin_host.egress import is_inward, mark_acted, mark_acting, public_address, trusted_hosts
from recobro_sdk import HostNotAllowed, PluginManifest, ProviderTimeout, ProviderUnavailable

SCHEME = "sftp"
CONNECT_S = 10.0


class Sockets:
    """Opens the connections of one offer at one agency. Raises: InvalidConfiguration, HostNotAllowed."""

    def __init__(self, manifest: PluginManifest, settings: BaseModel) -> None:
        self._allowed, self._trusted = manifest.allowed_hosts(settings, SCHEME), trusted_hosts(manifest, SCHEME)
        for host in self._allowed - self._trusted:
            if is_inward(host):
                raise HostNotAllowed(f"the settings name {host}, which is not a public address")

    async def connect(self, host: str, port: int) -> socket.socket:
        """Raises: HostNotAllowed, ProviderTimeout, ProviderUnavailable."""
        if host.lower() not in self._allowed:
            raise HostNotAllowed(f"the plugin may not connect to {host}")
        mark_acting()
        try:
            async with asyncio.timeout(CONNECT_S):
                found = await self._opened(host, port)
        except TimeoutError as problem:
            raise ProviderTimeout(f"{host} takes no connection in time") from problem
        except OSError as problem:
            raise ProviderUnavailable(f"{host} takes no connection") from problem
        # What goes over it from here on is not seen.
        mark_acted()
        return found

    async def _opened(self, host: str, port: int) -> socket.socket:
        loop = asyncio.get_running_loop()
        if host.lower() in self._trusted:
            addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            address = str(addresses[0][4][0])
        else:
            address = await public_address(host, port)
        found = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        try:
            found.setblocking(False)
            await loop.sock_connect(found, (address, port))
        except BaseException:
            found.close()
            raise
        return found
