import struct
import zlib

import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from watchword.enrolment.qr import qr_png


def read(png: bytes) -> str:
    """What a reader sees in a PNG of one bit a pixel."""
    width, height = struct.unpack(">II", png[16:24])
    start = png.index(b"IDAT") + 4
    rows = zlib.decompress(png[start:-16])
    stride = 1 + width // 8
    pixels = b"".join(
        bytes(
            255 * (byte >> bit & 1)
            for byte in rows[y * stride + 1 : (y + 1) * stride]
            for bit in range(7, -1, -1)
        )
        for y in range(height)
    )
    (found,) = zxingcpp.read_barcodes(memoryview(pixels).cast("B", (height, width)))
    text: str = found.text
    return text


@settings(max_examples=20, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=200))
def test_what_is_written_can_be_read(text: str) -> None:
    png = qr_png(text)
    assert png is not None
    assert read(png) == text


def test_each_chunk_has_its_checksum() -> None:
    png = qr_png("otpauth://hotp/x?secret=ABC") or b""
    at, names = 8, []
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        body = png[at + 4 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length]) == (zlib.crc32(body),)
        names.append(body[:4])
        at += 12 + length
    assert names == [b"IHDR", b"IDAT", b"IEND"]


def test_nothing_and_too_much_have_no_picture() -> None:
    assert qr_png("") is None
    assert qr_png("x" * 4000) is None


def test_a_lone_surrogate_is_no_crash() -> None:
    assert qr_png("\ud800") is not None
