"""Files over SFTP: put under a name of passage and renamed, read when they are quiet; the server is known by its key.

A rename that was asked for may or may not have happened when the connection breaks, and a firm takes away what it
has read. So the name of passage is noted before the rename: once that file is gone, the renamed one was there.
"""

from __future__ import annotations

import asyncio
import secrets
import stat
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from recobro_sdk import InvalidConfiguration, PluginContext, ProviderUnavailable, RejectedByProvider
from recobro_ygc.exchange import LARGEST_FILE, MOST_FILES, Listed, Session
from recobro_ygc.settings import YgcSftpSettings
from recobro_ygc.ssh import step, translated

if TYPE_CHECKING:
    import asyncssh

PASSAGE: Final = ".part"
"""How the name of a file ends that is not whole yet: ours do, and what ends so is not read."""

_NOT_WHOLE: Final = (PASSAGE, ".tmp", ".filepart")
_AT_ONCE: Final = 4
"""Connections of one agency at a time: a firm's server has few to give."""


class SftpExchange:
    """An `Exchange` for one agency. Each visit is a connection of its own."""

    def __init__(self, settings: YgcSftpSettings, context: PluginContext) -> None:
        self._settings = settings
        self._context = context
        self._room = asyncio.Semaphore(_AT_ONCE)

    @asynccontextmanager
    async def visit(self) -> AsyncGenerator[Session]:
        """Connect, prove who we are, and ask that the server proves who it is."""
        # The library takes longer to load than all else of the plugin: when it is needed, beside the loop.
        from_ssh = await asyncio.to_thread(_library)
        async with self._room:
            sock = await self._context.connect(self._settings.host, self._settings.port)
            connection: asyncssh.SSHClientConnection | None = None
            try:
                with translated(from_ssh):
                    async with step(self._settings, "logging in"):
                        options = _options(from_ssh, self._settings)
                        there: asyncssh.SSHClientConnection = await from_ssh.connect(
                            self._settings.host, self._settings.port, sock=sock, options=options
                        )
                    connection = there
                    async with step(self._settings, "opening SFTP"):
                        client = await there.start_sftp_client()
                    yield _Visit(self._settings, self._context, client, from_ssh)
                    client.exit()
                    there.close()
                    async with step(self._settings, "leaving"):
                        await there.wait_closed()
            finally:
                if connection is not None:
                    connection.abort()
                else:
                    sock.close()

    async def check(self) -> None:
        """Log in, and look whether both folders are there."""
        async with self.visit() as there:
            assert isinstance(there, _Visit)
            await there.folders()


class _Visit:
    """A `Session`."""

    def __init__(
        self, settings: YgcSftpSettings, context: PluginContext, client: asyncssh.SFTPClient, ssh: Any
    ) -> None:
        self._settings, self._context, self._client, self._ssh = settings, context, client, ssh

    async def folders(self) -> None:
        """Raises `InvalidConfiguration` where a folder is not there."""
        for folder in (self._settings.outbox, self._settings.inbox):
            async with step(self._settings, "looking at a folder"):
                if not await self._client.isdir(folder):
                    raise InvalidConfiguration("the server has not the folders of the settings", code="folder_missing")

    async def send(self, name: str, content: bytes) -> None:
        """See `Session.send`."""
        claimed = await self._claimed(name)
        if claimed is None:
            claimed = await self._brought(name, content)
        if await self._is_there(claimed):
            await self._renamed(claimed, name, content)

    async def arrived(self, name: str) -> bool:
        """See `Session.arrived`. What was never to be renamed has not arrived; what is gone has."""
        claimed = await self._claimed(name)
        return claimed is not None and not await self._is_there(claimed)

    async def listed(self) -> Sequence[Listed]:
        """See `Session.listed`."""
        now, found = self._context.clock.now().timestamp(), list[Listed]()
        async with step(self._settings, "listing"):
            async for entry in self._client.scandir(self._settings.inbox):
                name, attrs = str(entry.filename), entry.attrs
                mode, at = attrs.permissions, attrs.mtime or 0
                if name.startswith(".") or name.lower().endswith(_NOT_WHOLE) or (mode and not stat.S_ISREG(mode)):
                    continue
                if self._settings.quiet_s and now - at < self._settings.quiet_s:
                    continue
                found.append(Listed(at, name, f"{attrs.size}:{at}"))
                if len(found) > MOST_FILES:
                    raise InvalidConfiguration("the inbox holds too many files: take read ones away", code="inbox_full")
        return found

    async def fetched(self, file: Listed) -> bytes:
        """See `Session.fetched`."""
        async with (
            step(self._settings, "reading"),
            self._client.open(f"{self._settings.inbox}/{file.name}", "rb") as it,
        ):
            return await it.read(LARGEST_FILE + 1)

    async def _claimed(self, name: str) -> str | None:
        kept = await self._context.store.get(f"passage.{name}")
        return None if kept is None else str(kept["path"])

    async def _brought(self, name: str, content: bytes) -> str:
        """The path under which the whole file lies, and from which it is to be renamed; of several callers' one."""
        path = f"{self._settings.outbox}/{name}.{secrets.token_hex(4)}{PASSAGE}"
        async with step(self._settings, "writing"), self._client.open(path, "xb") as file:
            await file.write(content)
        async with step(self._settings, "looking at what was written"):
            size = await self._client.getsize(path)
        if size == len(content) and await self._context.store.add(f"passage.{name}", {"path": path}):
            return path
        # Half of it was lost, or another call was faster: this one is nobody's.
        async with step(self._settings, "tidying up"):
            await self._client.remove(path)
        claimed = await self._claimed(name)
        if claimed is None:
            raise ProviderUnavailable("the server keeps less than was written")
        return claimed

    async def _is_there(self, path: str) -> bool:
        async with step(self._settings, "looking for a file"):
            return await self._client.exists(path)

    async def _renamed(self, path: str, name: str, content: bytes) -> None:
        target = f"{self._settings.outbox}/{name}"
        if await self._is_there(target):
            await self._same(target, content)
        else:
            # Another call with the same key may do it at this moment: what counts is what is there afterwards.
            with suppress(self._ssh.SFTPNoSuchFile, self._ssh.SFTPFailure):
                async with step(self._settings, "renaming"):
                    await self._client.rename(path, target)
                return
            if not await self._is_there(path):
                return
            if not await self._is_there(target):
                raise ProviderUnavailable("the server does not rename")
            await self._same(target, content)
        async with step(self._settings, "tidying up"):
            with suppress(self._ssh.SFTPNoSuchFile):
                await self._client.remove(path)

    async def _same(self, target: str, content: bytes) -> None:
        async with step(self._settings, "comparing"), self._client.open(target, "rb") as file:
            if await file.read(len(content) + 1) != content:
                raise RejectedByProvider("another file has this name", code="idempotency_key_reused")


def _library() -> Any:
    import asyncssh

    return asyncssh


def _options(ssh: Any, settings: YgcSftpSettings) -> Any:
    """Nothing of the machine's own: no configuration, agent, key or known host of whoever runs the server."""
    try:
        trusted = [ssh.import_public_key(line) for line in settings.host_keys]
        key = settings.private_key
        keys = [ssh.import_private_key(key.get_secret_value())] if key is not None else None
    except (ssh.KeyImportError, ssh.KeyEncryptionError, ValueError):
        # `from None`: the original may show what it could not read.
        raise InvalidConfiguration("a key in the settings cannot be read", code="key_unreadable") from None
    return ssh.SSHClientConnectionOptions(
        config=None, agent_path=None, known_hosts=(trusted, [], []), x509_trusted_certs=None,
        client_keys=keys, username=settings.username,
        password=settings.password.get_secret_value() if settings.password is not None else None,
        preferred_auth="publickey,password,keyboard-interactive", gss_host=None, host_based_auth=False,
        login_timeout=settings.timeout_s, client_version="Recobro",
    )  # fmt: skip
