"""What an authenticator app is shown of a new token: its seed, and the otpauth URL that carries it."""

from base64 import b32encode
from urllib.parse import quote

from watchword.plugin.shapes import Label, Shown

LONGEST_URL = 400
"""Characters: a QR code of more is too fine for the camera of an old phone."""


def otpauth_url(
    kind: str,
    key: bytes,
    label: Label,
    *,
    digits: int = 6,
    algorithm: str = "sha1",
    period: int = 30,
    counter: int | None = None,
) -> str:
    """The URL of an account (the "Key URI Format" of Google Authenticator); what apps assume anyway is left out.

    A long account name is cut so that the URL keeps to LONGEST_URL, and so is an issuer that leaves it no room:
    between characters, never within an escape.
    """
    parameters = [f"secret={b32encode(key).decode().rstrip('=')}"]
    if digits != 6:
        parameters.append(f"digits={digits}")
    if algorithm != "sha1":
        parameters.append(f"algorithm={algorithm.upper()}")
    if period != 30:
        parameters.append(f"period={period}")
    if counter is not None:
        parameters.append(f"counter={counter}")
    start, end = f"otpauth://{kind}/", "?" + "&".join(parameters)
    room = LONGEST_URL - len(start) - len(end)
    issuer = _escaped(label.issuer, room // 3)
    if issuer:
        start, end = f"{start}{issuer}:", f"{end}&issuer={issuer}"
    return start + _escaped(label.account, LONGEST_URL - len(start) - len(end)) + end


def shown_seed(seed: str) -> Shown:
    """The seed as it was given or made."""
    return Shown(name="otpkey", description="OTP seed", order=1, value=f"seed://{seed}")


def shown_account(url: str, seed: str) -> tuple[Shown, ...]:
    """The URL under the names that clients of either age look for, and the seed."""
    urls = (
        Shown(name=name, description="OTPAuth Url", order=0, value=url)
        for name in ("enrollment_url", "googleurl")
    )
    return (*urls, shown_seed(seed))


def _escaped(text: str, room: int) -> str:
    """As much of the text as fits when percent-encoded; nothing is safe but RFC 3986's unreserved characters."""
    escaped = ""
    for character in text:
        longer = escaped + quote(character, safe="", errors="replace")
        if len(longer) > room:
            break
        escaped = longer
    return escaped
