"""What refuses a file as a whole: each fault with its code, the line or column it is about and what to do."""

from core.kit.errors import DomainError


class FileFault(DomainError):
    """The file can not be used as it stands. Its batch becomes REJECTED with this code, message and remedy."""

    code = "FILE_UNUSABLE"


def fault(code: str, message: str, remedy: str) -> FileFault:
    return FileFault(message, code=code, field="file", remedy=remedy)


def wrong_encoding(encoding: str, offset: int, declared: bool) -> FileFault:
    said = f"The file is not {encoding}, as its layout says" if declared else f"The file begins as {encoding}"
    return fault(
        "WRONG_ENCODING",
        f"{said}: the byte at offset {offset} can not be read.",
        "Save the file as UTF-8, or name its encoding in the layout.",
    )


def nul_byte(line: int) -> FileFault:
    return fault(
        "NUL_BYTE",
        f"There is a NUL character in line {line}: this is no text, or a text in another encoding.",
        "Export the file again as CSV in UTF-8.",
    )


def line_too_long(line: int, limit: int) -> FileFault:
    return fault(
        "LINE_TOO_LONG",
        f"Line {line} is longer than {limit} characters, or a quote opened there is not closed.",
        "Check the line breaks and the quotes of the file.",
    )


def empty_file() -> FileFault:
    return fault("EMPTY_FILE", "The file is empty.", "Upload the file again; it may have been cut on the way.")


def no_rows() -> FileFault:
    return fault("NO_ROWS", "The file has a header and no rows.", "Upload the file with its rows.")
