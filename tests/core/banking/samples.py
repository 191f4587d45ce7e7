"""Statements put together for tests: camt.053 and MT940 of an account in EUR, CSV of one in COP."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

IBAN = "DE42100100100043921105"
_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def part(
    amount: str = "", *, e2e: str = "", mandate: str = "", rf: str = "", text: str = "", name: str = "",
    account: str = "", cd: str = "", returned: str = "", ccy: str = "EUR", paid: str = "", paid_account: str = "",
) -> str:  # fmt: skip
    """One TxDtls of camt version 8. `text` goes in as it is, entities and all."""
    refs = (f"<EndToEndId>{e2e}</EndToEndId>" if e2e else "") + (f"<MndtId>{mandate}</MndtId>" if mandate else "")
    money = f'<Amt Ccy="{ccy}">{amount}</Amt>' if amount else ""
    who = f"<Dbtr><Pty><Nm>{escape(name)}</Nm></Pty></Dbtr>" if name else ""
    who += f"<DbtrAcct><Id><IBAN>{account}</IBAN></Id></DbtrAcct>" if account else ""
    who += f"<Cdtr><Pty><Nm>{escape(paid)}</Nm></Pty></Cdtr>" if paid else ""
    who += f"<CdtrAcct><Id><Othr><Id>{paid_account}</Id></Othr></Id></CdtrAcct>" if paid_account else ""
    said = f"<Ustrd>{text}</Ustrd>" if text else ""
    said += f"<Strd><CdtrRefInf><Ref>{rf}</Ref></CdtrRefInf></Strd>" if rf else ""
    return (
        f"<TxDtls><Refs>{refs}</Refs>{money}{f'<CdtDbtInd>{cd}</CdtDbtInd>' if cd else ''}"
        f"<RltdPties>{who}</RltdPties><RmtInf>{said}</RmtInf>"
        + (f"<RtrInf><Rsn><Cd>{returned}</Cd></Rsn></RtrInf>" if returned else "")
        + "</TxDtls>"
    )


def entry(
    amount: str, *, cd: str = "CRDT", ref: str = "1", day: str = "2026-03-02", status: str = "BOOK",
    reversal: bool = False, parts: str = "", ccy: str = "EUR", code: str = "",
) -> str:  # fmt: skip
    """One Ntry; `ref` "" for a bank that gives none; `code` the sub-family of its bank transaction code."""
    code = f"<BkTxCd><Domn><Cd>ACMT</Cd><Fmly><Cd>MDOP</Cd><SubFmlyCd>{code}</SubFmlyCd></Fmly></Domn></BkTxCd>" * bool(
        code
    )
    return (
        f'<Ntry><Amt Ccy="{ccy}">{amount}</Amt><CdtDbtInd>{cd}</CdtDbtInd>'
        f"{'<RvslInd>true</RvslInd>' if reversal else ''}<Sts><Cd>{status}</Cd></Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"{f'<AcctSvcrRef>{ref}</AcctSvcrRef>' if ref else ''}{code}<NtryDtls>{parts}</NtryDtls></Ntry>\n"
    )


def statement(
    *entries: str, opening: str, closing: str, account: str = IBAN, number: str = "S1", ccy: str = "EUR"
) -> str:
    def balance(kind: str, amount: str) -> str:
        sign = "DBIT" if amount.startswith("-") else "CRDT"
        return (
            f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="{ccy}">{amount.lstrip("-")}</Amt>'
            f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>2026-03-02</Dt></Dt></Bal>"
        )

    return (
        f"<Stmt><Id>{number}</Id><Acct><Id><IBAN>{account}</IBAN></Id><Ccy>{ccy}</Ccy></Acct>\n"
        f"{balance('OPBD', opening)}{balance('CLBD', closing)}\n{''.join(entries)}</Stmt>"
    )


def document(*statements: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{_NAMESPACE}"><BkToCstmrStmt>\n'
        f"<GrpHdr><MsgId>M</MsgId></GrpHdr>{''.join(statements)}</BkToCstmrStmt></Document>"
    ).encode()


def camt(*entries: str, opening: str, closing: str, account: str = IBAN, number: str = "S1", ccy: str = "EUR") -> bytes:
    """A document with one statement."""
    return document(statement(*entries, opening=opening, closing=closing, account=account, number=number, ccy=ccy))


def mt940(
    *lines: str, opening: str = "C260301EUR0,00", closing: str, account: str = IBAN, number: str = "1/1"
) -> bytes:
    """One :20: block. Each line is what stands behind :61:, and behind a `|` what stands behind :86:."""
    body = "".join(
        f":61:{first}\r\n" + (f":86:{second}\r\n" if second else "")
        for first, _, second in (line.partition("|") for line in lines)
    )
    return (
        f":20:STARTUMSE\r\n:25:{account}\r\n:28C:{number}\r\n:60F:{opening}\r\n{body}:62F:{closing}\r\n-\r\n"
    ).encode()


def csv_lines(*rows: Sequence[str], header: str = "Fecha;Valor;Concepto;Referencia;Saldo") -> bytes:
    return "\r\n".join([header, *(";".join(row) for row in rows), ""]).encode()
