"""Kinds of members and clients, roles, and the states of keys."""

from enum import StrEnum


class MembershipKind(StrEnum):
    AGENCY = "AGENCY"
    CREDITOR = "CREDITOR"
    OPERATOR = "OPERATOR"


class Role(StrEnum):
    """What a member does there; the permissions of each stand in tenants/permissions.py."""

    AGENCY_ADMIN = "AGENCY_ADMIN"
    SUPERVISOR = "SUPERVISOR"
    COLLECTOR = "COLLECTOR"
    COMPLIANCE_OFFICER = "COMPLIANCE_OFFICER"
    AUDITOR = "AUDITOR"
    CREDITOR_ADMIN = "CREDITOR_ADMIN"
    CREDITOR_APPROVER = "CREDITOR_APPROVER"
    CREDITOR_VIEWER = "CREDITOR_VIEWER"
    OPERATOR = "OPERATOR"


class ClientKind(StrEnum):
    """PUBLIC: an application of people (code with PKCE). MACHINE: client credentials with scopes."""

    PUBLIC = "PUBLIC"
    MACHINE = "MACHINE"


class KeyState(StrEnum):
    """ACTIVE signs; RETIRED still verifies until its tokens have expired; REVOKED verifies nothing."""

    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"
    REVOKED = "REVOKED"
