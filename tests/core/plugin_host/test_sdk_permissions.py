"""What a plugin's author is told of permissions is what the host has."""

from core.permissions import Permission
from recobro_sdk.graphql import PERMISSIONS


def test_the_sdk_lists_the_hosts_permissions() -> None:
    assert {permission.value for permission in Permission} == PERMISSIONS
