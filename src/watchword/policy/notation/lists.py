"""The form that all conditions share: a list whose entries may be negated."""

import re

from watchword.errors import BadParameter

OUT, ANY, SOME, EXACT = range(4)
"""How precisely a condition fits: not at all, as ``*``, as one of a group, by name."""

_COMMA_ENTRY = re.compile(
    r"""(?: \\.                                         # an escaped character
          | (?:==|!=|~=) \s* (?: "[^"]*" | '[^']*' )    # a quoted value
          | \{\d*,\d*\}                                 # a repetition within an expression
          | [^,] )+""",
    re.VERBOSE | re.DOTALL,
)


def entries(text: str) -> list[str]:
    r"""The entries of a comma list. ``\,`` and commas in a quoted value do not separate."""
    return [entry for found in _COMMA_ENTRY.findall(text) if (entry := found.strip())]


def sign(entry: str, where: str) -> tuple[bool, str]:
    """Whether the entry is negated by ``-`` or ``!``, and the entry without that."""
    negated = entry[:1] in {"-", "!"}
    bare = entry[1:].lstrip() if negated else entry
    if not bare:
        raise BadParameter(
            f"{where} condition: {entry!r} negates nothing; write what must not match after it"
        )
    return negated, bare
