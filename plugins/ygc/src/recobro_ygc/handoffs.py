"""What the channel keeps of the accounts that it forwarded: written once, so that one key is one file for ever."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from recobro_sdk import Artifact, HandoffReceipt, JsonObject, PluginStore, RejectedByProvider
from recobro_sdk.layouts import Record
from recobro_ygc.records import Account, account_of, read

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TRIES: Final = 8
MEDIA_TYPE: Final = "text/plain"


class Handoff(BaseModel):
    """A packed account: the print of its dossier, its number, and its file."""

    model_config = ConfigDict(strict=True, frozen=True)

    dossier: str
    file_number: str
    file_name: str
    content: str

    @property
    def data(self) -> bytes:
        """The file."""
        return base64.b64decode(self.content)

    @property
    def account(self) -> Account:
        """The account as the file places it."""
        return next(account_of(item) for item in read(self.data) if isinstance(item, Record))

    def receipt(self, channel: str, at: datetime) -> HandoffReceipt:
        """The acknowledgement: the file itself is its only document."""
        artifact = Artifact(name=self.file_name, media_type=MEDIA_TYPE, content=self.data)
        return HandoffReceipt(channel=channel, number=self.file_number, received_at=at, artifacts=(artifact,))


class Handoffs:
    """The handoffs of one agency and offer."""

    def __init__(self, store: PluginStore, agency: str, channel: str) -> None:
        self._store, self._agency, self._channel = store, agency, channel

    async def known(self, key: str) -> Handoff | None:
        """The handoff of a key, if it was packed."""
        document = await self._store.get(f"handoff.{self.place(key)}")
        return None if document is None else Handoff.model_validate(document)

    async def same(self, key: str, dossier: str) -> Handoff | None:
        """As `known`. Raises `RejectedByProvider` (code `idempotency_key_reused`) where it was another dossier."""
        found = await self.known(key)
        if found is not None and found.dossier != dossier:
            raise RejectedByProvider("this key was used for another dossier", code="idempotency_key_reused")
        return found

    async def pack(self, key: str, handoff: Handoff) -> Handoff:
        """Keep a handoff; of two calls with one key the first one's is kept, and both go on with it."""
        await self._store.add(f"handoff.{self.place(key)}", handoff.model_dump(mode="json"))
        return await self.same(key, handoff.dossier) or handoff

    async def number(self, key: str) -> str:
        """The file number of a key: ten characters that no other account of the agency has."""
        owner: JsonObject = {"handoff": self.place(key)}
        for salt in range(_TRIES):
            number = self._digits(f"{salt}:{key}")
            if await self._store.add(f"account.{number}", owner) or await self._store.get(f"account.{number}") == owner:
                return number
        raise RejectedByProvider("no file number is left for this key", code="no_file_number")

    async def is_ours(self, number: str) -> bool:
        """Whether an account was forwarded from here."""
        return await self._store.get(f"account.{number}") is not None

    async def delivered(self, key: str, now: datetime) -> datetime:
        """When the file of a key was first known to be with the firm; now, where that is news."""
        place = f"delivered.{self.place(key)}"
        if await self._store.add(place, {"at": now.isoformat()}):
            return now
        return await self.delivered_at(key) or now

    async def delivered_at(self, key: str) -> datetime | None:
        """When the file of a key was known to be with the firm; None where it is not known to be."""
        document = await self._store.get(f"delivered.{self.place(key)}")
        return None if document is None else datetime.fromisoformat(str(document["at"]))

    def place(self, key: str) -> str:
        """Where a key is kept: hashed, because the host's keys may hold what a store key may not."""
        return hashlib.sha256(f"{self._channel}:{key}".encode()).hexdigest()

    def _digits(self, text: str) -> str:
        whole = int.from_bytes(
            hashlib.sha256(f"{len(self._agency)}:{self._agency}:{self._channel}:{text}".encode()).digest()
        )
        return "".join(_ALPHABET[whole >> 5 * place & 31] for place in range(10))
