"""What a provider's class may do besides: read what its service tells later of a message."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

_MOST_FIELDS = 100


class News(StrEnum):
    """What became of a message."""

    SENT = "sent"
    """It has left the service, and nobody knows more."""
    DELIVERED = "delivered"
    FAILED = "failed"


class Posted(Struct, frozen=True, kw_only=True):
    """One request to the address of receipts, as it came."""

    query: str
    """As it stands in the URL, without the question mark."""
    headers: Mapping[str, str]
    """By name in lower case; what came twice is empty."""
    body: bytes

    @property
    def form(self) -> list[tuple[str, str]]:
        """The fields of a form, in their order; none if it is no form."""
        return _fields(self.body.decode("utf-8", "replace"))

    @property
    def asked(self) -> dict[str, str]:
        """The fields of the query."""
        return dict(_fields(self.query))

    @property
    def said(self) -> dict[str, str]:
        """What is told, whether in a query, in a form or as a JSON object of texts and numbers."""
        try:
            found = msgspec.json.decode(self.body) if self.body.lstrip()[:1] == b"{" else dict(self.form)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            found = {}
        plain = found if isinstance(found, dict) else {}
        told = {key: str(value) for key, value in plain.items() if isinstance(value, str | int | float)}
        return {**self.asked, **told}


class Report(Struct, frozen=True, kw_only=True):
    """One receipt that was proven to be the service's own."""

    news: News | None
    """None: nothing that matters."""
    reference: str = ""
    """Our own name of the message, if it is told."""
    their_reference: str = ""
    reason: str = ""
    """A sentence for administrators, without code and number."""


class Reporting(ABC):
    """The ability."""

    @abstractmethod
    def report(self, posted: Posted) -> Report | None:
        """What is told; None if it is not proven that the service tells it."""


def _fields(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []
