"""Two law firms for tests, each on loopback: one behind an SFTP server of the same library, one behind a gateway."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import tempfile
import threading
from datetime import date
from pathlib import Path
from typing import Any

import asyncssh

from recobro_sdk import JsonObject
from recobro_sdk.layouts import Record
from recobro_sdk.testing import FakeServer
from recobro_sdk.testing.servers.base import Received, Refusal
from recobro_ygc import account_of, layout, read, record

FORWARDER, FIRM, PASSWORD = "VA07.CBANK", "FL12", "a-password-of-the-test"
DAY = date(2026, 3, 2)
HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")
CLIENT_KEY = asyncssh.generate_private_key("ssh-ed25519")


def public(key: asyncssh.SSHKey) -> str:
    return key.export_public_key().decode().strip()


def answers(content: bytes) -> bytes:
    """What a firm sends back for each account of a file: that it has it."""
    accounts = [account_of(item) for item in read(content) if isinstance(item, Record) and item.type == "account"]
    return layout().dump(
        [record("message_in", one, PDATE=DAY, PCODE="*CC:S101", PCMT="Acknowledgment") for one in accounts]
    )


class _Folder(asyncssh.SFTPServer):
    """Tells the firm of each file that gets its name, and does what the test asks instead."""

    def __init__(self, chan: asyncssh.SSHServerChannel[bytes], firm: SftpFirm) -> None:
        super().__init__(chan, chroot=str(firm.folder).encode())
        self._firm = firm

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        return self._renamed(super().rename, oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        raise asyncssh.SFTPOpUnsupported("a firm that keeps to version 3 of the protocol")

    def _renamed(self, really: Any, oldpath: bytes, newpath: bytes) -> None:
        if "rename_refused" in self._firm.asked:
            raise asyncssh.SFTPFailure("disk is full")
        really(oldpath, newpath)
        self._firm.got(newpath.decode())
        if "drop_after_rename" in self._firm.asked:
            self._firm.asked.discard("drop_after_rename")
            self.channel.get_connection().abort()

    def write(self, file_obj: object, offset: int, data: bytes) -> Any:
        if "half_is_lost" in self._firm.asked:
            data = data[: len(data) // 2]
        return super().write(file_obj, offset, data)


class _Server(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("agency", PASSWORD)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return (username, key.public_data) == ("agency", CLIENT_KEY.public_data)


class SftpFirm(FakeServer):
    """A law firm's SFTP server. `asked` makes it misbehave; `takes_away` makes the firm move what it has read."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = tempfile.TemporaryDirectory(prefix="ygc-firm-")
        self.folder = Path(self._kept.name)
        self.outbox, self.inbox = self.folder / "to_firm", self.folder / "from_firm"
        self.outbox.mkdir()
        self.inbox.mkdir()
        self.asked: set[str] = set()
        self.files: list[str] = []
        self.takes_away, self.acknowledges = False, True
        self.port, self.logins = 0, 0

    @property
    def effects(self) -> int:
        """Files that got their name."""
        return len(self.files)

    def settings(self) -> dict[str, object]:
        return {
            "address": f"sftp://127.0.0.1:{self.port}", "username": "agency", "host_keys": [public(HOST_KEY)],
            "private_key": CLIENT_KEY.export_private_key().decode(), "outbox": "to_firm", "inbox": "from_firm",
            "quiet_s": 0, "timeout_ms": 1500, "forwarder_id": FORWARDER, "firm_id": FIRM,
        }  # fmt: skip

    def got(self, path: str) -> None:
        name = path.rpartition("/")[2]
        self.files.append(name)
        file = self.outbox / name
        if self.acknowledges:
            self.says(answers(file.read_bytes()), f"ack-{name}")
        if self.takes_away:
            file.unlink()

    def says(self, content: bytes, name: str) -> None:
        """A file of the firm."""
        (self.inbox / name).write_bytes(content)

    def _serve(self, ready: threading.Event) -> None:
        asyncio.run(self._listening(ready))

    async def _listening(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[HOST_KEY], server_factory=_Server,
            sftp_factory=lambda chan: _Folder(chan, self), allow_scp=False,
        )  # fmt: skip
        self.port = server.get_port()
        ready.set()
        await self._stop.wait()
        server.close()


class GatewayFirm(FakeServer):
    """A law firm behind a gateway: takes each file once, and lists what the firm has left."""

    def __init__(self, *, port: int = 0, slow_ms: int = 1000) -> None:
        super().__init__(port=port, slow_ms=slow_ms)
        self.taken: dict[str, str] = {}
        self.contents: dict[str, bytes] = {}
        self.left: dict[str, tuple[bytes, int]] = {}
        self.acknowledges = True

    def settings(self) -> dict[str, object]:
        return {"base_url": self.base_url, "api_key": self.api_key, "forwarder_id": FORWARDER, "firm_id": FIRM}

    @property
    def effects(self) -> int:
        return len(self.taken)

    def says(self, content: bytes, name: str) -> None:
        """A file of the firm."""
        self.left[name] = (content, 1_770_000_000 + len(self.left))

    def answer(self, request: Received) -> JsonObject:
        folder, _, name = request.path.removeprefix("/v1/").rpartition("/")
        match request.method, folder:
            case "GET", "" if name == "account":
                return {"name": "test"}
            case "GET", "" if name == "inbox":
                return {"files": [self._listed(one) for one in self.left]}
            case "GET", "inbox" if name in self.left:
                return {**self._listed(name), "content": base64.b64encode(self.left[name][0]).decode()}
            case "GET", "files" if name in self.taken:
                return {"name": name, "sha256": self.taken[name]}
            case "PUT", "files":
                return self._take(request, name)
            case _:
                raise Refusal(404, "not_received")

    def _listed(self, name: str) -> JsonObject:
        content, at = self.left[name]
        return {"name": name, "sha256": hashlib.sha256(content).hexdigest(), "left_at": at}

    def _take(self, request: Received, name: str) -> JsonObject:
        content = base64.b64decode(request.text("content"))
        sha256 = hashlib.sha256(content).hexdigest()
        if self.taken.setdefault(name, sha256) != sha256:
            raise Refusal(409, "name_taken")
        self.contents[name] = content
        if self.acknowledges:
            self.says(answers(content), f"ack-{name}")
        return {"name": name, "sha256": sha256}
