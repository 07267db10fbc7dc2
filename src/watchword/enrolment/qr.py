"""QR codes as small PNG pictures."""

import struct
import zlib
from typing import Any

_MODULE = 8  # pixels of one module: with one bit a pixel, one byte
_WINDOW = (
    10  # as a power of two, in bytes: more is not needed for a row of modules, and takes longer to prepare
)
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def qr_png(text: str) -> bytes | None:
    """A QR code of the text (ISO/IEC 18004), quiet zone included; None if the text is empty or too long for one."""
    import zxingcpp

    try:
        # A lone surrogate has no place in UTF-8; a phone could not read it back anyway.
        clean = text.encode("utf-8", "replace").decode("utf-8")
        # Readers guess the encoding of what is not ASCII, unless they are told.
        told = {} if clean.isascii() else {"eci": "UTF-8"}
        barcode = zxingcpp.create_barcode(clean, zxingcpp.BarcodeFormat.QRCode, **told)
    except ValueError:
        return None
    image: Any = zxingcpp.write_barcode_to_image(barcode)
    height, width = image.shape
    return _png(bytes(memoryview(image)), width, height)


def _png(modules: bytes, width: int, height: int) -> bytes:
    """The modules (one byte each, 0 or 255) as a PNG of one bit a pixel (W3C PNG section 11): each byte is eight pixels."""
    rows = b"".join(
        (b"\x00" + modules[start : start + width]) * _MODULE for start in range(0, width * height, width)
    )
    header = struct.pack(">IIBBBBB", width * _MODULE, height * _MODULE, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 1, _WINDOW)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
