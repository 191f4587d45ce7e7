"""`legalHandOver`."""

from datetime import date
from decimal import Decimal

import strawberry

from core.kit import ids
from core.legal.facts import CaseFacts
from core.legal.hand_over import HandOver, hand_over
from core.permissions import Permission
from recobro_sdk import CaseDocument, DocumentKind, Guarantee, ProcessType
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload, user_error
from schema.kit.node import loaded
from schema.types.debts import Debt
from schema.types.legal import LegalHandoff

strawberry.enum(ProcessType, name="LegalProcess", description="The kind of process.")
strawberry.enum(Guarantee, name="Guarantee", description="What secures the debt.")
strawberry.enum(DocumentKind, name="CaseDocumentKind", description="What a document proves.")


@strawberry.input(description="A document that is at hand.")
class CaseDocumentInput:
    kind: DocumentKind = strawberry.field(description="What it proves.")
    reference: str = strawberry.field(description="Where it is kept.")
    dated: date = strawberry.field(description="Its date.")
    expires_on: date | None = strawberry.field(default=None, description="When it runs out.")
    sha256: str | None = strawberry.field(default=None, description="The hash of its file, in hex.")


@strawberry.input(description="What people know of a case and the books do not.")
class CaseFactsInput:
    process: ProcessType = strawberry.field(default=ProcessType.EXECUTIVE, description="The kind of process.")
    guarantee: Guarantee = strawberry.field(default=Guarantee.NONE, description="What secures the debt.")
    time_bar_on: date | None = strawberry.field(default=None, description="The last day to sue, where known.")
    agreed_rate: Decimal | None = strawberry.field(default=None, description="Effective annual percentage: `26.77`.")
    rate_cap: Decimal | None = strawberry.field(default=None, description="The certified cap, likewise.")
    signed_in_blank: bool = strawberry.field(default=True, description="Whether the promissory note was.")
    documents: list[CaseDocumentInput] = strawberry.field(default_factory=list, description="What is at hand.")
    statements: list[str] = strawberry.field(default_factory=list, description="Facts to add to the dossier.")

    def to_core(self) -> CaseFacts:
        return CaseFacts(
            process=self.process,
            guarantee=self.guarantee,
            time_bar_on=self.time_bar_on,
            agreed_rate=self.agreed_rate,
            rate_cap=self.rate_cap,
            signed_in_blank=self.signed_in_blank,
            documents=tuple(
                CaseDocument(
                    kind=d.kind,
                    reference=d.reference,
                    dated=d.dated,
                    expires_on=d.expires_on,
                    sha256=d.sha256,
                )
                for d in self.documents
            ),
            statements=tuple(self.statements),
        )


@strawberry.input(description="A debt that goes to a legal channel.")
class LegalHandOverInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt.")
    channel: str = strawberry.field(description="The code of a legal channel's offer; see `plugins`.")
    idempotency_key: str = strawberry.field(description="Your own key for this handoff.")
    facts: CaseFactsInput = strawberry.field(
        default_factory=CaseFactsInput, description="The answers to its checklist."
    )


@strawberry.type(description="The handoff.")
class LegalHandOverPayload(Payload):
    handoff: LegalHandoff | None = strawberry.field(
        default=None,
        description="The handoff as it stands; present with its checklist also where something is missing.",
    )
    debt: Debt | None = strawberry.field(default=None, description="The debt as it stands now.")
    replayed: bool = strawberry.field(default=False, description="Whether the key had been used for the same request.")


@mutation(Permission.LEGAL_HANDOFF, cost=50)
async def legal_hand_over(info: Info, input: LegalHandOverInput) -> LegalHandOverPayload:
    """Hand a debt over to a legal channel: its checklist, the dossier (PDF and JSON), the acknowledgement.

    While something that blocks is missing nothing is sent, and the handoff stays CHECKLIST; correct the facts and hand
    over anew with another key. Acknowledged, the debt is JUDICIAL.
    """
    debt_id = ids.decode("debt", input.debt_id, field="debtId")
    done = await hand_over(
        info.context.scope,
        HandOver(
            debt_id=debt_id, channel=input.channel, idempotency_key=input.idempotency_key, facts=input.facts.to_core()
        ),
    )
    return LegalHandOverPayload(
        handoff=await loaded(info, LegalHandoff, done.handoff_id),
        debt=await loaded(info, Debt, debt_id),
        replayed=done.replayed,
        errors=[user_error(done.problem)] if done.problem else [],
    )
