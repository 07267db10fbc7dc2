"""Signatures of those who call us: what they would have to be, compared in constant time."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from itertools import pairwise

STANDARD_PREFIX = "whsec_"
_MOST_SIGNATURES = 16


def same(one: bytes, other: bytes) -> bool:
    """Whether the two are equal; how long that takes tells nothing of what they hold."""
    return hmac.compare_digest(hashlib.sha256(one).digest(), hashlib.sha256(other).digest())


def standard_secret(text: str) -> bytes:
    """The key of a secret of Standard Webhooks, ``whsec_`` and base64, with or without ``v1,`` before it.

    ValueError if it is none, or shorter than the 24 bytes that the specification wants.
    """
    plain = text.strip().removeprefix("v1,").removeprefix(STANDARD_PREFIX)
    try:
        key = base64.b64decode(plain, validate=True)
    except binascii.Error:
        raise ValueError("no base64") from None
    if not 24 <= len(key) <= 64:
        raise ValueError("no key of 24 to 64 bytes")
    return key


def standard_is_right(keys: Iterable[bytes], identifier: str, timestamp: str, body: bytes, said: str) -> bool:
    """Whether one of the signatures that were said is by one of the keys (Standard Webhooks 1.0.0).

    Their list is parted by blanks; some callers part it by commas and blanks, and so these count too.
    """
    signed = f"{identifier}.{timestamp}.".encode() + body
    right = [base64.b64encode(hmac.digest(key, signed, "sha256")) for key in keys]
    found = False
    for one in signatures_in(said):
        for wanted in right:
            found |= same(one, wanted)
    return found


def signatures_in(said: str) -> list[bytes]:
    """The values of version ``v1`` in the header ``webhook-signature``."""
    words = said.replace(",", " ").split()[: 2 * _MOST_SIGNATURES]
    return [value.encode() for version, value in pairwise(words) if version == "v1"]


def twilio(token: str, url: str, fields: Iterable[tuple[str, str]]) -> bytes:
    """What ``X-Twilio-Signature`` must be for a form that was posted to this URL.

    https://www.twilio.com/docs/usage/security#validating-requests: HMAC-SHA1 by the account's token over the URL and
    all fields, sorted by name, names and values without anything between them; base64. A field that comes several
    times with the same value counts once.
    """
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1"))


def vonage(secret: str, method: str, fields: Mapping[str, str]) -> bytes:
    """What ``sig`` must be for these fields, in lower case hexadecimal.

    https://developer.vonage.com/en/getting-started/concepts/signing-messages: the fields but ``sig`` sorted by name,
    each as ``&name=value`` with ``&`` and ``=`` within values as ``_``; HMAC by the signature secret, or for
    ``md5hash`` MD5 over text and secret.
    """
    text = "".join(
        f"&{name}={value.replace('&', '_').replace('=', '_')}"
        for name, value in sorted(fields.items())
        if name != "sig"
    )
    if method == "md5hash":
        return hashlib.md5((text + secret).encode()).hexdigest().encode()  # noqa: S324  their scheme
    return hmac.digest(secret.encode(), text.encode(), method).hex().encode()
