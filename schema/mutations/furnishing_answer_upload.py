"""`furnishingAnswerUpload`."""

import strawberry
from starlette.datastructures import UploadFile as Uploaded
from strawberry.file_uploads import Upload

from core.bureaus.take_acknowledgement import MAX_BYTES, TakeAcknowledgement, take_acknowledgement
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.bureaus import FurnishingBatch


@strawberry.input(description="The file that a bureau answered a batch with.")
class FurnishingAnswerUploadInput:
    batch_id: strawberry.ID = strawberry.field(description="The batch that it answers; see `furnishingBatches`.")
    file: Upload = strawberry.field(
        description="The file as the bureau gave it, by the GraphQL multipart request; at most 8 MB."
    )


@strawberry.type(description="The batch with the bureau's answer.")
class FurnishingAnswerUploadPayload(Payload):
    batch: FurnishingBatch | None = strawberry.field(default=None, description="The batch.")
    repeated: bool = strawberry.field(default=False, description="Whether this file had been taken already.")


@mutation(Permission.BUREAU_FURNISH, cost=100)
async def furnishing_answer_upload(info: Info, input: FurnishingAnswerUploadInput) -> FurnishingAnswerUploadPayload:
    """Take the file in which a bureau says what it made of a batch: for furnishers with the ability
    `acknowledgement_files`, whose batches are AWAITED until it is there.

    A debt that it refuses counts as not told. The file is kept with the batch. The same file again changes nothing, and
    neither does one that is refused. Error codes: NOT_FOUND; FILE_EMPTY; FILE_UNREADABLE, with the line and what to do;
    FILE_OF_ANOTHER_BATCH; FILE_DOES_NOT_FIT; NO_ANSWER_FILES; ANSWER_NOT_AWAITED; ALREADY_ANSWERED; OFFER_NOT_ENABLED.
    """
    file: object = input.file
    assert isinstance(file, Uploaded)
    # One byte more than is taken shows that it is too large, without reading all of it.
    content = await file.read(MAX_BYTES + 1)
    command = TakeAcknowledgement(
        batch_id=ids.decode("furnishing", input.batch_id, field="batchId"),
        file_name=file.filename or "",
        content=content,
    )
    taken = await take_acknowledgement(info.context.scope, command)
    batch = await loaded(info, FurnishingBatch, taken.answer.batch_id)
    return FurnishingAnswerUploadPayload(batch=batch, repeated=taken.repeated)
