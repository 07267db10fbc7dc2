"""Shows the pages of token classes of LinOTP's form, each part in a frame that can do nothing but ask the page around it.

Threat: scripts of somebody else beside a session. The frame is sandboxed without an origin: it has no cookies, reads no
page of ours and reaches no server; its only scripts are those that stand in the class's own file. What it asks for, the
page around it does under the rights of who is logged in, when that person has pressed the button.
"""

import json
from typing import Any

from markupsafe import escape

from watchword.errors import NoSuchTokenType
from watchword.plugin.bridge.adapting import Bridged
from watchword.plugin.bridge.rendering import rendered
from watchword.web.answers import Raw
from watchword.web.call import Call
from watchword.web.pages import HEADERS, HTML
from watchword.web.showing import language_of

_AROUND = {
    **HEADERS,
    "content-security-policy": f"{HEADERS['content-security-policy']}; frame-src 'self'",
}
_STYLE = """
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
body { margin: 0; padding: .25rem 2px; }
input, select, textarea, button { font: inherit; max-width: 100%; }
input:not([type=checkbox]):not([type=radio]), select, textarea {
  border: 1px solid GrayText; border-radius: 8px; box-sizing: border-box; padding: .5rem .75rem;
}
"""


def bridged_kind(call: Call, block: str) -> Bridged:
    """The class of the door's ``{type}``; NoSuchTokenType if it is none of LinOTP's form, or has no such page."""
    kind = call.house.kinds.token_type(call.parts["type"])
    if not isinstance(kind, Bridged) or block not in kind.pages:
        raise NoSuchTokenType(f"Token type {kind.name} brings no page for this.")
    return kind


def title_of(kind: Bridged, block: str, language: str) -> str:
    """What the class calls this page."""
    if f"{block}_title" not in kind.pages:
        return kind.title
    return rendered(kind, f"{block}_title", "", language).strip() or kind.title


def around(shown: Raw) -> Raw:
    """The page that holds the frame."""
    return Raw(shown.body, shown.media, shown.status, _AROUND, shown.cookies)


def settings_of(call: Call, kind: Bridged) -> str:
    """The system settings whose names begin with the type's, as JSON."""
    entries = call.snapshot.configuration.entries
    own = {
        name: entry.value
        for name, entry in entries.items()
        if name.lower().startswith(kind.name) and isinstance(entry.value, str)
    }
    return json.dumps(own)


def frame(call: Call, kind: Bridged, block: str) -> Raw:
    """The part of the class's file, alone in its frame."""
    nonce = call.house.dice.bytes(16).hex()
    language = language_of(call)
    part = rendered(kind, block, nonce, language)
    shim = call.house.pages.assets.body("frame.js").decode()
    told: dict[str, Any] = {"lang": language, "type": kind.name, "title": title_of(kind, block, language)}
    safe = {name: escape(value) for name, value in told.items()}
    body = (
        f'<!DOCTYPE html><html lang="{safe["lang"]}"><head><meta charset="utf-8"><title>{safe["title"]}</title>'
        f"<style>{_STYLE}</style>"
        f'<script nonce="{nonce}">{shim}</script></head><body data-type="{safe["type"]}">{part}</body></html>'
    )
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src data:; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox allow-scripts allow-forms"
    )
    headers = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "x-frame-options": "SAMEORIGIN",
        "referrer-policy": "no-referrer",
    }
    return Raw(body.encode("utf-8", "replace"), HTML, headers=headers)
