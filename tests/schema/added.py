"""The schema of an installation with the plugin of the tests, for what is made from a schema when it is collected."""

from importlib.metadata import EntryPoint, entry_points

from core.plugin_host import host
from recobro_sdk import ENTRY_POINT_GROUP
from schema.schema import Schema, build_installed
from tests.core import acme_plugin

ACME = EntryPoint("acme", "tests.core.acme_plugin", ENTRY_POINT_GROUP)


def with_acme() -> Schema:
    """What it adds is read in this process, where nobody calls it."""
    host.load(found=[])
    host.register("acme", acme_plugin, strict=True)
    try:
        return build_installed()
    finally:
        host.load(found=[])


def installed_and_acme() -> list[EntryPoint]:
    return [*entry_points(group=ENTRY_POINT_GROUP), ACME]
