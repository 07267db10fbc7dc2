"""Refusals in the words of OAuth, and answers in JSON."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from watchword.errors import WatchwordError
from watchword.web.answers import Raw

JSON = "application/json"
OPEN: Mapping[str, str] = {"access-control-allow-origin": "*"}
"""Scripts of any page may read it: what is told is public, or needs a token that no browser adds by itself."""

PREFLIGHT: Mapping[str, str] = {
    **OPEN,
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type",
    "access-control-max-age": "3600",
}
"""What browsers ask before a script of another origin sends a token along."""


class Refusal(WatchwordError):
    """The request was refused in the words of OAuth."""

    slug = "openid-refusal"

    def __init__(
        self,
        error: str,
        description: str = "",
        *,
        status: int = HTTPStatus.BAD_REQUEST,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{error}: {description}" if description else error)
        self.error = error
        self.description = described(description)
        self.status = status
        self.headers = headers or {}


class Astray(WatchwordError):
    """A request for sign-in cannot be answered where it asks to be: a page says why, and nobody is sent anywhere."""

    slug = "openid-astray"


def described(text: str) -> str:
    """The text in the characters that ``error_description`` may have (RFC 6749 section 4.1.2.1)."""
    return re.sub(r"[^\x20\x21\x23-\x5b\x5d-\x7e]", "'", text)


def json_answer(content: Any, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Raw:
    """The content as JSON; every door says ``no-store`` beside it."""
    return Raw(msgspec.json.encode(content), JSON, status, {**OPEN, "pragma": "no-cache", **(headers or {})})


def refused(refusal: Refusal) -> Raw:
    """The refusal as JSON (RFC 6749 section 5.2)."""
    told = {"error": refusal.error}
    if refusal.description:
        told["error_description"] = refusal.description
    return json_answer(told, refusal.status, refusal.headers)
