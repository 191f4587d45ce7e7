"""What each role may do. The roles are data: a change here is a change of everybody's rights, and nothing else is."""

from core.permissions import Permission as P
from tenants.kinds import MembershipKind, Role

_READ_AGENCY = frozenset({
    P.AGENCY_READ, P.CREDITOR_READ, P.PLACEMENT_READ, P.DEBT_READ, P.SEGMENT_READ, P.PARTY_READ, P.PAYMENT_READ,
    P.RECOVERY_READ, P.REPORT_READ, P.LEGAL_READ, P.EVENT_READ, P.JOB_READ, P.PLUGIN_READ, P.LEDGER_READ,
    P.COMMISSION_READ, P.REMITTANCE_READ, P.BANKING_READ,
})  # fmt: skip
_COLLECTOR = frozenset({
    P.AGENCY_READ, P.CREDITOR_READ, P.DEBT_READ, P.DEBT_WORK, P.SEGMENT_READ, P.PARTY_READ, P.PAYMENT_READ,
    P.PAYMENT_RECORD, P.BUREAU_READ, P.LEGAL_READ,
})  # fmt: skip
_SUPERVISOR = _READ_AGENCY | _COLLECTOR | {
    P.PAYMENT_REVERSE, P.DEBT_WRITE_OFF, P.INTEREST_MANAGE, P.PLACEMENT_MANAGE, P.SEGMENT_MANAGE, P.BUREAU_INQUIRE,
    P.LEGAL_HANDOFF, P.LEGAL_COST_APPROVE, P.REPORT_RUN, P.USER_READ, P.BANKING_MANAGE,
}  # fmt: skip
_CREDITOR_VIEWER = frozenset({
    P.CREDITOR_READ, P.PLACEMENT_READ, P.DEBT_READ, P.PAYMENT_READ, P.RECOVERY_READ, P.REPORT_READ, P.LEGAL_READ,
    P.EVENT_READ, P.LEDGER_READ, P.COMMISSION_READ, P.REMITTANCE_READ,
})  # fmt: skip

ROLE_PERMISSIONS: dict[Role, frozenset[P]] = {
    Role.AGENCY_ADMIN: _SUPERVISOR
    | {
        P.CREDITOR_MANAGE,
        P.MANDATE_MANAGE,
        P.PLUGIN_MANAGE,
        P.USER_MANAGE,
        P.LEDGER_VERIFY,
        P.COMMISSION_MANAGE,
        P.REMITTANCE_MANAGE,
        P.REMITTANCE_ISSUE,
        P.BUREAU_FURNISH,
    },
    Role.SUPERVISOR: _SUPERVISOR,
    Role.COLLECTOR: _COLLECTOR,
    Role.COMPLIANCE_OFFICER: _READ_AGENCY
    | {P.BUREAU_READ, P.BUREAU_INQUIRE, P.BUREAU_FURNISH, P.USER_READ, P.LEDGER_VERIFY},
    Role.AUDITOR: _READ_AGENCY | {P.BUREAU_READ, P.USER_READ, P.LEDGER_VERIFY},
    Role.CREDITOR_ADMIN: _CREDITOR_VIEWER | {P.REPORT_RUN, P.LEGAL_COST_APPROVE, P.USER_READ, P.USER_MANAGE},
    Role.CREDITOR_APPROVER: _CREDITOR_VIEWER | {P.REPORT_RUN, P.LEGAL_COST_APPROVE},
    Role.CREDITOR_VIEWER: _CREDITOR_VIEWER,
    Role.OPERATOR: frozenset({P.INSTALLATION_OPERATE}),
}

MACHINE_SCOPES: dict[str, frozenset[P]] = {
    "agency": ROLE_PERMISSIONS[Role.AGENCY_ADMIN] - {P.USER_MANAGE},
    "creditor": _CREDITOR_VIEWER | {P.REPORT_RUN},
}
"""The scopes that a machine client may be given at most, by the kind of its tenant."""

ROLES_OF_KIND: dict[MembershipKind, frozenset[Role]] = {
    MembershipKind.AGENCY: frozenset(
        {Role.AGENCY_ADMIN, Role.SUPERVISOR, Role.COLLECTOR, Role.COMPLIANCE_OFFICER, Role.AUDITOR}
    ),
    MembershipKind.CREDITOR: frozenset({Role.CREDITOR_ADMIN, Role.CREDITOR_APPROVER, Role.CREDITOR_VIEWER}),
    MembershipKind.OPERATOR: frozenset({Role.OPERATOR}),
}
"""Which roles there are where. Nobody gives a role of another kind than that of the place they give it at."""
