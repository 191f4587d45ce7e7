"""The channel passes the kit both ways: with files over SFTP, and over HTTP."""

from __future__ import annotations

from ygc_cases import BLOCKED, COMPLETE
from ygc_firms import GatewayFirm, SftpFirm

from recobro_sdk.testing import LegalConformance
from recobro_ygc import plugin


class TestOverSftp(LegalConformance):
    plugin = plugin
    offer_code = "ygc_sftp"
    server = SftpFirm
    complete, blocked = COMPLETE, BLOCKED


class TestOverHttp(LegalConformance):
    plugin = plugin
    offer_code = "ygc_http"
    server = GatewayFirm
    complete, blocked = COMPLETE, BLOCKED
