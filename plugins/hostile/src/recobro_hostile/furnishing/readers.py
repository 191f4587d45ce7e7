"""Furnishers whose bureau answers with a file, each reading it wrongly in one way; `hostile_reader` reads it well."""

from __future__ import annotations

from recobro_hostile.furnishing.teller import Teller
from recobro_hostile.honest import HonestSettings
from recobro_sdk import Artifact, FurnishingAcknowledgement, PluginContext, RecordReject, RejectedByProvider

BEGINS = "ANSWER"
ENDS = "END"


def answer_file(number: str, records: int, refused: list[str]) -> bytes:
    """The bureau's file: its batch and how many records it had, a line for each that was refused, and the end."""
    lines = [f"{BEGINS};{number};{records}", *(f"NO;{one};E-17;balance;Correct the balance." for one in refused)]
    return "\n".join([*lines, f"{ENDS};{len(refused)}", ""]).encode()


class Reader(Teller):
    """Reads the bureau's file as it is. Subclasses override the one step that they do wrong."""

    code = "hostile_reader"
    abilities = frozenset({"acknowledgement_files"})

    async def read_acknowledgement(self, file: Artifact) -> FurnishingAcknowledgement:
        """What the file says; see `AcknowledgementReader.read_acknowledgement`."""
        try:
            lines = [line.split(";") for line in file.content.decode().split("\n") if line]
        except UnicodeDecodeError:
            lines = []
        if not lines or len(lines[0]) != 3 or lines[0][0] != BEGINS:
            raise RejectedByProvider("line 1: it is no answer of the bureau; upload its file", code="unreadable_file")
        number, records, told = lines[0][1], lines[0][2], [line for line in lines[1:] if line[0] == "NO"]
        if not self.whole(lines[1:], told):
            raise RejectedByProvider("it has no end: ask for the whole file", code="unreadable_file")
        rejects = tuple(
            RecordReject(reference=line[1], code=line[2], field=line[3], remedy=line[4])
            for line in told
            if len(line) == 5
        )
        return self.read(
            FurnishingAcknowledgement(number=number, accepted=int(records) - len(rejects), rejects=rejects)
        )

    def whole(self, lines: list[list[str]], told: list[list[str]]) -> bool:
        """Whether the file is there to its end."""
        return bool(lines) and lines[-1] == [ENDS, str(len(told))]

    def read(self, found: FurnishingAcknowledgement) -> FurnishingAcknowledgement:
        """How what was read is told."""
        return found


class TakesAnyFile(Reader):
    """Takes what is no answer for one in which nothing was refused."""

    code = "hostile_takes_any_file"

    async def read_acknowledgement(self, file: Artifact) -> FurnishingAcknowledgement:
        """Nothing is refused in what does not begin as the bureau's files do."""
        if not file.content.startswith(BEGINS[:1].encode()):
            return FurnishingAcknowledgement(number="BATCH-1", accepted=1)
        return await super().read_acknowledgement(file)


class BelievesHalfAFile(Reader):
    """Does not look for the end of a file: what was cut off was not refused."""

    code = "hostile_believes_half_a_file"

    def whole(self, lines: list[list[str]], told: list[list[str]]) -> bool:
        """Whatever is there."""
        return True


class HidesRejectsOfAFile(Reader):
    """Says that all was taken, whatever the file refuses."""

    code = "hostile_hides_rejects_of_a_file"

    def read(self, found: FurnishingAcknowledgement) -> FurnishingAcknowledgement:
        """None was refused."""
        return FurnishingAcknowledgement(number=found.number, accepted=found.accepted + len(found.rejects))


class ReadsOnce(Reader):
    """Says of a file that it has read before that all was taken."""

    code = "hostile_reads_a_file_once"

    def __init__(self, settings: HonestSettings, context: PluginContext) -> None:
        super().__init__(settings, context)
        self._seen: set[str] = set()

    async def read_acknowledgement(self, file: Artifact) -> FurnishingAcknowledgement:
        """The first time as it is."""
        found = await super().read_acknowledgement(file)
        if file.sha256 not in self._seen:
            self._seen.add(file.sha256)
            return found
        return FurnishingAcknowledgement(number=found.number, accepted=found.accepted + len(found.rejects))
