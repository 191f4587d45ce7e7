"""What `plugins uninstall` does: export, forget agency by agency, take its tables away."""

import os
from pathlib import Path
from uuid import UUID

import orjson

from core.kit import db
from core.kit.scope import Actor, Scope, agency_scope
from core.permissions import Permission
from core.plugin_host.export_plugin import export_plugin, tables_of
from core.plugin_host.forget_plugin import forget_plugin
from recobro.errors import DatabaseError
from tenants import identity

ACTOR = Actor("system", "command line")


async def export(plugin: str, file: Path) -> int:
    """Write what all agencies have of the plugin, one JSON object a line; returns how many. The file is there whole, or
    not at all. Raises: DatabaseError where it is there already, or cannot be written."""
    part, lines = f"{file}.part", 0
    try:
        # Opened for nobody else, as it holds what the agencies keep; this program has nothing else to do meanwhile.
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:  # noqa: ASYNC230, PTH123
            for agency_id in await _agencies():
                async for line in export_plugin(_scope(agency_id), plugin):
                    out.write(orjson.dumps(line, default=str) + b"\n")
                    lines += 1
            out.flush()
            os.fsync(out.fileno())
        os.link(part, file)
        os.unlink(part)  # noqa: PTH108
    except FileExistsError as problem:
        os.unlink(part)  # noqa: PTH108
        raise DatabaseError(f"{file} is there already; give another name.") from problem
    except OSError as problem:
        raise DatabaseError(f"{file} cannot be written: {problem.strerror}.") from problem
    return lines


async def forget(plugin: str) -> tuple[int, int]:
    """How many rows of all agencies were deleted, and how many jobs ended."""
    done = [await forget_plugin(_scope(agency_id), plugin) for agency_id in await _agencies()]
    return sum(one.rows for one in done), sum(one.jobs for one in done)


async def known(plugin: str) -> bool:
    """Whether any agency has anything of the plugin, or could have rows in its tables."""
    for agency_id in await _agencies():
        async with db.transaction(_scope(agency_id), read_only=True) as tx:
            found = await tx.fetchval(
                "SELECT EXISTS (SELECT 1 FROM plugin_setting WHERE agency_id = $1 AND plugin = $2) "
                "OR EXISTS (SELECT 1 FROM plugin_document WHERE agency_id = $1 AND plugin = $2)",
                agency_id, plugin,
            )  # fmt: skip
        if found or await tables_of(_scope(agency_id), plugin):
            return True
    return False


def _scope(agency_id: UUID) -> Scope:
    return agency_scope(agency_id, ACTOR, (Permission.PLUGIN_READ, Permission.PLUGIN_MANAGE))


async def _agencies() -> list[UUID]:
    async with identity.transaction("command line", read_only=True) as tx:
        return [row["id"] for row in await tx.fetch("SELECT id FROM agency ORDER BY id")]
