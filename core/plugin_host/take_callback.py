"""Take a call that a provider makes to us: verified by its plugin, kept as evidence, and done after the caller left."""

import hashlib
import hmac
import time
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

import orjson
import structlog

from core.kit import crypto, db
from core.kit.errors import Conflict, LimitExceeded, NotFound, not_found
from core.kit.jobs import enqueue
from core.kit.scope import Actor, Scope, agency_scope
from core.plugin_host import host
from core.plugin_host.call import call
from core.plugin_host.contribute import read_token
from core.plugin_host.offers import CALLBACKS, LoadedOffer
from core.plugin_host.plugin_log import Allowance
from recobro_sdk import InboundCall

log = structlog.get_logger("recobro.plugins")
JOB = "plugins.callback"
VERIFY_S = 3.0
A_MINUTE, ADDRESSES = 300, 2000
"""Calls of one address that are looked at in a minute by one process, and of how many addresses it is remembered."""
_allowances: OrderedDict[tuple[str, UUID], Allowance] = OrderedDict()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackTaken:
    """`repeated`: the same call was taken before, and is done once."""

    callback_id: UUID
    repeated: bool


async def take_callback(offer: str, token: str, inbound: InboundCall) -> CallbackTaken:
    """Have the plugin verify a call at the address of an offer and an agency; keep it, and do it in the background.

    There is no scope: the address says which agency is meant, and the signature that it is its provider.
    Raises: NotFound (no such address, or not enabled: nobody can tell which); LimitExceeded; ProviderProblem
    (SIGNATURE_INVALID; any other: it was not verified, and may be sent again).
    """
    loaded, scope = await _addressed(offer, token)
    _limit(offer, scope.agency)
    try:
        message_id = await call(
            scope, loaded.kind, offer, "verify_call", lambda provider: provider.verify_call(inbound), answer=str,
            check=_check_id, timeout_s=VERIFY_S,
        )  # fmt: skip
    except Conflict as problem:
        raise _nowhere() from problem
    sealed = crypto.encrypt(
        orjson.dumps([inbound.method, inbound.path, inbound.headers, inbound.body.hex(), inbound.received_at])
    )
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "INSERT INTO plugin_callback AS c (agency_id, id, plugin, offer, message_id, sha256, sealed, received_at) "
            "VALUES ($1, recobro_uuid7(), $2, $3, $4, $5, $6, $7) ON CONFLICT (agency_id, offer, message_id) "
            "DO UPDATE SET repetitions = c.repetitions + 1 RETURNING id, repetitions, sha256",
            scope.agency, loaded.plugin, offer, message_id, hashlib.sha256(inbound.body).hexdigest(), sealed,
            inbound.received_at,
        )  # fmt: skip
        assert row is not None
        if row["repetitions"] == 0:
            await enqueue(tx, JOB, {"callback_id": str(row["id"]), "attempt": 1}, subject_id=row["id"])
    if row["sha256"] != hashlib.sha256(inbound.body).hexdigest():
        log.warning("callback repeated with another body; the first counts", offer=offer, callback_id=str(row["id"]))
    return CallbackTaken(callback_id=row["id"], repeated=row["repetitions"] > 0)


async def _addressed(offer: str, token: str) -> tuple[LoadedOffer, Scope]:
    found = read_token(token)
    if found is None:
        raise _nowhere()
    agency_id, secret = found
    try:
        loaded = host.offer(None, offer)
    except NotFound as problem:
        raise _nowhere() from problem
    scope = agency_scope(agency_id, Actor("system", f"callback_{offer}"))
    async with db.single(scope) as reader:
        rows = await reader.fetch(
            "SELECT secret FROM plugin_address WHERE agency_id = $1 AND offer = $2 AND plugin = $3",
            agency_id, offer, loaded.plugin,
        )  # fmt: skip
    if CALLBACKS not in loaded.abilities or not rows or not hmac.compare_digest(rows[0]["secret"], secret):
        raise _nowhere()
    return loaded, scope


def _limit(offer: str, agency_id: UUID) -> None:
    key = (offer, agency_id)
    allowance = _allowances.setdefault(key, Allowance(A_MINUTE))
    _allowances.move_to_end(key)
    if len(_allowances) > ADDRESSES:
        _allowances.popitem(last=False)
    if not allowance.take():
        left = 60 - int(time.monotonic() % 60)
        raise LimitExceeded("Too many calls at this address.", code="TOO_MANY_CALLS", remedy=f"Wait {left} seconds.")


def _check_id(found: str) -> None:
    if not 0 < len(found) <= 200 or "\0" in found:
        raise ValueError("no id of a call")


def _nowhere() -> NotFound:
    return not_found("address", "address")
