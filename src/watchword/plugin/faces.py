"""The second file of a token type, NAME.html: what it must have in it, and what it must not.

Threat: a page that runs what a plug-in's author, or whoever found a gap in their file, put into it. Browsers run no
script and apply no style that is not a file of ours (`web.pages.HEADERS`); here it is said at the start, so that
nobody wonders why nothing happens.
"""

import re
from pathlib import Path

from watchword.errors import Misconfigured
from watchword.plugin.shapes import Deferred, TokenType

BLOCKS = ("enrol", "settings", "selfservice", "answer")
"""What a file may say, each with a title of its own (``enrol_title``)."""
_FORBIDDEN = re.compile(r"<\s*(?:script|style)\b|\son\w+\s*=|\sstyle\s*=|javascript:", re.IGNORECASE)


def needed(kind: TokenType | type[TokenType]) -> tuple[str, ...]:
    """The blocks that the file of this type must have, since the type has what they are about."""
    wanted = ["enrol"]
    if kind.settings:
        wanted.append("settings")
    if kind.self_enrolment:
        wanted.append("selfservice")
    if issubclass(kind if isinstance(kind, type) else type(kind), Deferred):
        wanted.append("answer")
    return tuple(wanted)


def check_face(path: Path, source: str, kind: TokenType | type[TokenType]) -> None:
    """`Misconfigured` names the file that cannot be read, lacks a block, has an unknown one, or holds a script."""
    from jinja2 import Environment, TemplateSyntaxError, nodes  # slow to import

    try:
        parsed = Environment(autoescape=True).parse(source)
    except TemplateSyntaxError as wrong:
        raise Misconfigured(
            f"The template {path} cannot be read, line {wrong.lineno}: {wrong.message}"
        ) from None
    there = {block.name for block in parsed.find_all(nodes.Block)}
    known = {name for block in BLOCKS for name in (block, f"{block}_title")}
    lacking = [name for block in needed(kind) for name in (block, f"{block}_title") if name not in there]
    if lacking:
        raise Misconfigured(
            f"The template {path} lacks the block {lacking[0]!r}: the type has what belongs there."
        )
    if there - known:
        raise Misconfigured(
            f"The template {path} has the block {min(there - known)!r}, which nobody shows; there are"
            f" {', '.join(sorted(known))}."
        )
    untitled = sorted(name for name in there if not name.endswith("_title") and f"{name}_title" not in there)
    if untitled:
        raise Misconfigured(
            f"The template {path} lacks the block '{untitled[0]}_title': its tab needs a title."
        )
    forbidden = _FORBIDDEN.search(source)
    if forbidden is not None:
        raise Misconfigured(
            f"The template {path} holds {forbidden[0].strip()!r}: no page runs scripts or styles that stand in it."
        )
