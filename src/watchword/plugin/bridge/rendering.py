"""Renders the parts of a class's Mako file.

Threat: a value that becomes script. What ``${...}`` gives is escaped, and the nonce without which no script runs is put
into the file's own text before anything is filled in, so that a ``<script>`` that comes out of a value has none.
"""

import re
from functools import lru_cache
from typing import Any

from watchword.errors import Refused
from watchword.plugin.bridge.adapting import Bridged
from watchword.plugin.bridge.names import same

_SCRIPT = re.compile(r"<script\b(?![^>]*\bnonce=)", re.IGNORECASE)


class Shown:
    """The ``c`` of the file: its scope, and nothing said of anything else."""

    def __init__(self, scope: str, language: str) -> None:
        self.scope = scope
        self.lang = language

    def __getattr__(self, name: str) -> str:
        if name.startswith("__"):
            raise AttributeError(name)
        return ""


def rendered(kind: Bridged, block: str, nonce: str, language: str) -> str:
    """The part for this block (`Bridged.pages`); `Refused` where the file fails."""
    page = kind.pages[block]

    def work() -> str:
        text: str = _template(page.source).render_unicode(
            c=Shown(page.scope, language), nonce=nonce, _=same, lang=language
        )
        return text

    try:
        text: str = kind.patience.run(work)
    except BaseException as broken:  # noqa: BLE001  a stranger's template may raise anything; its name is told
        raise Refused(
            f"The page of token type {kind.name} cannot be shown: {type(broken).__name__}: {broken}"
        ) from None
    return text


@lru_cache(maxsize=64)
def _template(source: str) -> Any:
    from mako.template import Template  # type: ignore[import-untyped]  # slow to import

    return Template(  # noqa: S702  escapes by its filters
        _SCRIPT.sub('<script nonce="${nonce}"', source), default_filters=["str", "h"]
    )
