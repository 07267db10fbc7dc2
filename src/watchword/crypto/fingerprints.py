"""Keyed fingerprints: HMAC-SHA-256 (RFC 2104) over parts that each stand behind their length."""

import hmac


def framed(*parts: bytes | str) -> bytes:
    """The parts in a row, each behind its length in four bytes: no two lists of parts read alike.

    Text counts as its UTF-8 bytes.
    """
    pieces: list[bytes] = []
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        pieces += (len(data).to_bytes(4, "big"), data)
    return b"".join(pieces)


def keyed_state(key: bytes) -> hmac.HMAC:
    """The state of HMAC-SHA-256 after the key was read; kept, it saves half the work of each fingerprint."""
    return hmac.new(key, digestmod="sha256")


def fingerprint(state: hmac.HMAC, *parts: bytes | str) -> bytes:
    """The 32 bytes that stand for the parts under the key of ``state``."""
    mac = state.copy()
    mac.update(framed(*parts))
    return mac.digest()
