"""``token-types.md``: the token types that are installed."""

import sys
from collections.abc import Iterator

from watchword.cli.reference.markdown import (
    bullets,
    code,
    listed,
    our_kinds,
    section,
    sentence,
    table,
    titled,
)
from watchword.enrolment.limits import maxtoken_of
from watchword.plugin.shapes import (
    Adjustable,
    Challenging,
    Judging,
    Pinned,
    Recognising,
    Resyncing,
    Timed,
    TokenType,
)
from watchword.web.administrators.rights import init_of

_ABOUT = """\
Each type is one file in `src/watchword/tokens/`, or one of yours in a folder of the setting `plugins.folders`. How each
is enrolled: [Enrol tokens](../how-to/enrol-tokens.md)."""


def page() -> str:
    kinds = our_kinds()
    rows = ((code(kind.name), code(kind.label), code(kind.prefix), kind.title) for kind in kinds)
    overview = table(("`type`", "In answers", "Serial begins", "Title"), rows)
    return titled("Token types", _ABOUT, overview) + "".join(map(_section, kinds))


def _section(kind: TokenType) -> str:
    told = sentence(sys.modules[type(kind).__module__].__doc__)
    return section(kind.title, told, bullets(_facts(kind)))


def _facts(kind: TokenType) -> Iterator[str]:
    yield f"right to issue it: {code(init_of(kind).name)} (scope `admin`)"
    yield f"limit for each user: {code(maxtoken_of(kind).name)} (scope `enrollment`)"
    if kind.prepared_by_default:
        yield "enrolled where `admin/init` names no type"
    if kind.single:
        yield "each person has one at most: a new one takes the place of the one before"
    if isinstance(kind, Judging) and not kind.guessable:
        yield "its codes cannot be guessed: wrong answers count for the person, and do not lock it"
    if isinstance(kind, Judging) and kind.costly:
        yield "judged by a slow hash, off the event loop and a few at a time"
    if isinstance(kind, Challenging):
        yield from _questions(kind)
    if kind.needs_own_pin():
        yield "its PIN counts also where `otppin` says that PINs do not"
    if isinstance(kind, Resyncing):
        yield "brought back into step by two codes (`admin/resync`)"
    if isinstance(kind, Recognising):
        yield "found by one of its codes (`admin/getSerialByOtp`)"
    if isinstance(kind, Timed):
        yield "tells when a code of the past was current (`admin/totp_lookup`)"
    if isinstance(kind, Adjustable):
        yield f"`admin/set` changes its {listed(map(code, kind.adjustable))}"
    if isinstance(kind, Pinned):
        yield "has a PIN within its codes, changed by `admin/setPin`"
    if kind.replaces_lost:
        yield f"stands in for a lost token (`admin/losttoken` with type `{kind.replaces_lost}`)"


def _questions(kind: Challenging) -> Iterator[str]:
    if not kind.only_asked:
        yield "asks first where the policy `challenge_response` names it"
    elif kind.channel is not None:
        yield f"takes only codes that it sent, and sends one (`{kind.channel.value}`) to whoever gives the PIN"
