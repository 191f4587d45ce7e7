"""`placementUpload`."""

import strawberry
from starlette.datastructures import UploadFile as Uploaded
from strawberry.file_uploads import Upload

from core.kit import ids
from core.mandates.kinds import FileKind
from core.permissions import Permission
from schema.files import chunks_of, take_in
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.kit.scalars import BigInt
from schema.types.placements import PlacementBatch

MAX_BYTES = 32 << 20


@strawberry.input(description="A file from a creditor.")
class PlacementUploadInput:
    mandate_id: strawberry.ID = strawberry.field(description="The mandate that it was given under.")
    kind: FileKind = strawberry.field(description="What it brings.")
    file: Upload = strawberry.field(
        description="The file, by the GraphQL multipart request; at most 32 MB. Larger ones: POST /placements/files."
    )
    portfolio_id: strawberry.ID | None = strawberry.field(default=None, description="Where new debts go.")
    control_rows: BigInt | None = strawberry.field(default=None, description="How many rows the creditor says it has.")
    control_sum_minor: BigInt | None = strawberry.field(
        default=None, description="What the creditor says it adds up to, in minor units."
    )


@strawberry.type(description="The batch.")
class PlacementUploadPayload(Payload):
    batch: PlacementBatch | None = strawberry.field(default=None, description="The batch; its dry run has begun.")
    repeated: bool = strawberry.field(default=False, description="Whether this file was there already: its batch.")


@mutation(Permission.PLACEMENT_MANAGE, cost=100)
async def placement_upload(info: Info, input: PlacementUploadInput) -> PlacementUploadPayload:
    """Take in a file from a creditor and begin its dry run. Control totals that differ refuse the whole file."""
    assert isinstance(input.file, Uploaded)
    portfolio_id = input.portfolio_id
    given = {
        "mandate_id": ids.decode("mandate", input.mandate_id, field="mandateId"),
        "kind": input.kind,
        "file_name": input.file.filename or "file",
        "portfolio_id": ids.decode("portfolio", portfolio_id, field="portfolioId") if portfolio_id else None,
        "control_rows": input.control_rows,
        "control_sum_minor": input.control_sum_minor,
    }
    done = await take_in(info.context.scope, chunks_of(input.file), given, max_bytes=MAX_BYTES)
    batch = await loaded(info, PlacementBatch, done.batch_id)
    return PlacementUploadPayload(batch=batch, repeated=done.repeated)
