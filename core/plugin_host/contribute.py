"""What an agency gets with an offer that it enables: a place in its events, an address for callbacks."""

import base64
import binascii
import secrets
from uuid import UUID

from core.kit.db import Tx
from core.plugin_host.offers import CALLBACKS, EVENT_SUBSCRIBER, LoadedOffer

_SECRET = 16
"""Bytes of an address that nobody guesses."""


async def contribute(tx: Tx, loaded: LoadedOffer) -> None:
    """In the transaction that enables the offer. One that was enabled before goes on where it stopped; an offer that
    another plugin had begins anew."""
    if loaded.kind is EVENT_SUBSCRIBER:
        await tx.execute(
            "INSERT INTO plugin_subscription (agency_id, id, plugin, offer, xid, position) "
            "SELECT $1, recobro_uuid7(), $2, $3, pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1, $4 "
            "ON CONFLICT (agency_id, offer) DO UPDATE SET active = true, plugin = EXCLUDED.plugin, not_before = now(), "
            "xid = CASE WHEN plugin_subscription.plugin = EXCLUDED.plugin THEN plugin_subscription.xid "
            "ELSE EXCLUDED.xid END, position = CASE WHEN plugin_subscription.plugin = EXCLUDED.plugin "
            "THEN plugin_subscription.position ELSE EXCLUDED.position END, tries = 0, waits = 0",
            tx.scope.agency, loaded.plugin, loaded.code, 2**62,
        )  # fmt: skip
    if CALLBACKS in loaded.abilities:
        await tx.execute(
            "INSERT INTO plugin_address (agency_id, id, plugin, offer, secret) "
            "VALUES ($1, recobro_uuid7(), $2, $3, $4) "
            "ON CONFLICT (agency_id, offer) DO UPDATE SET plugin = EXCLUDED.plugin, secret = EXCLUDED.secret "
            "WHERE plugin_address.plugin <> EXCLUDED.plugin",
            tx.scope.agency, loaded.plugin, loaded.code, secrets.token_hex(_SECRET),
        )  # fmt: skip


def callback_path(offer: str, agency_id: UUID, secret: str) -> str:
    """Where the provider behind the offer calls for the agency, below the address of the installation."""
    token = base64.urlsafe_b64encode(agency_id.bytes + bytes.fromhex(secret)).decode().rstrip("=")
    return f"/callbacks/{offer}/{token}"


def read_token(token: str) -> tuple[UUID, str] | None:
    """The agency and the secret of an address; None for what is none."""
    if len(token) > 64:
        return None
    try:
        whole = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return (UUID(bytes=whole[:16]), whole[16:].hex()) if len(whole) == 16 + _SECRET else None
