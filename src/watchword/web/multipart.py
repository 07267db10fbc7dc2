"""The parts of an uploaded form (RFC 7578), which is in memory as a whole already."""

import logging
import re
from typing import NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

# The parser below warns of whatever is wrong in what a stranger sends; who sent it is told already.
logging.getLogger("python_multipart").setLevel(logging.ERROR)

_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{1,70}")  # RFC 2046 section 5.1.1
_MOST_PARTS = 1000


class Part(NamedTuple):
    """A field, or a file if it has a file's name."""

    name: str
    filename: str | None
    content: bytes


def parts_of(body: bytes, content_type: str) -> list[Part]:
    """The parts in their order; ValueError unless the form is well-formed and has its last boundary.

    Threat: a header's ``charset`` names one of Python's codecs, and some of these take quadratic time or give
    lone surrogates. It is ignored: names and values are UTF-8 (RFC 7578 section 5.1.2).
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"").decode("latin-1")
    if not _BOUNDARY.fullmatch(boundary):
        raise ValueError("no boundary")
    found = _Found()
    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": found.begin,
            "on_header_field": found.header_name,
            "on_header_value": found.header_value,
            "on_header_end": found.header_end,
            "on_part_data": found.data,
            "on_part_end": found.end,
            "on_end": found.finish,
        },
    )
    try:
        parser.write(body)
    except FormParserError as wrong:
        raise ValueError("no form") from wrong
    if not found.whole:
        raise ValueError("half a form")
    return found.parts


class _Found:
    """What the parser has met."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.whole = False
        self._name = self._value = self._disposition = b""
        self._content = bytearray()

    def begin(self) -> None:
        if len(self.parts) == _MOST_PARTS:
            raise ValueError("too many parts")
        self._disposition = b""
        self._content = bytearray()

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name = self._value = b""

    def data(self, data: bytes, start: int, end: int) -> None:
        self._content += data[start:end]

    def end(self) -> None:
        _, options = parse_options_header(self._disposition)
        if b"name" not in options:
            raise ValueError("a part without name")
        filename = options.get(b"filename")
        self.parts.append(
            Part(
                options[b"name"].decode("utf-8", "replace"),
                filename.decode("utf-8", "replace") if filename is not None else None,
                bytes(self._content),
            )
        )

    def finish(self) -> None:
        self.whole = True
