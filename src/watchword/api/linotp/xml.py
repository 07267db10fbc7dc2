"""The dialect's answer in XML: what an upload by an HTML form is told."""

import html
from collections.abc import Mapping

from watchword.api.linotp.envelope import PRODUCT, UNTYPED, Raw

_XML = "text/xml; charset=utf-8"
_UNSPEAKABLE = {code: "\ufffd" for code in range(0x20) if code not in {0x9, 0xA, 0xD}}
"""What XML 1.0 section 2.2 has no way to write, not even escaped."""


def success(value: object, options: Mapping[str, object] | None = None) -> Raw:
    """A value, and details beside it."""
    more = "".join(f"<{name}>{_text(detail)}</{name}>" for name, detail in (options or {}).items())
    return _answer("True", f"<value>{_text(value)}</value>", f"<options>{more}</options>" if more else "")


def failure(message: str, code: int = UNTYPED) -> Raw:
    """An error; the HTTP status is 200 all the same."""
    error = f"<error><code>{code}</code><message>{_text(message)}</message></error>"
    return _answer("False", error, "")


def _answer(status: str, content: str, options: str) -> Raw:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<jsonrpc version="2.0"><result><status>{status}</status>{content}</result>'
        f"<version>{_text(PRODUCT)}</version><id>1</id>{options}</jsonrpc>"
    )
    return Raw(body.encode("utf-8", "replace"), _XML)


def _text(value: object) -> str:
    return html.escape(str(value).translate(_UNSPEAKABLE), quote=False)
