"""Translations: gettext's catalogues, read as they are written.

The text of the source is English; the files of ``languages/<language>/`` say it otherwise, a file for each group of pages. Catalogues are compiled when they
are loaded, so that there is no second, binary copy of each that could be out of date.
"""

import ast
import re
import struct
from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

SOURCE = "en"
"""The language in which templates are written."""
FOLDER = Path(__file__).with_name("languages")

_MAGIC, _HEAD = 0x950412DE, 28
_WORD = re.compile(r"(?:(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?)\s+)?(\".*\")")


class Phrase(str):
    """A text of the source's language that a page translates where it shows it. What is no phrase is shown as it is."""

    __slots__ = ("named",)
    named: Mapping[str, object]
    """What fills its braces; a phrase among it is translated too."""


def _(text: str, **named: object) -> Phrase:
    """Marks a text of a page that stands in Python: ``_("At most {n} characters.", n=20)``."""
    phrase = Phrase(text)
    phrase.named = named
    return phrase


def phrase(text: str) -> Phrase:
    """A text that was marked elsewhere (`plugin.words`), to be translated where it is shown."""
    marked = Phrase(text)
    marked.named = {}
    return marked


def said(phrase: str, spoken: NullTranslations, **named: object) -> str:
    """The text in the language of these translations, its braces filled in."""
    text = spoken.gettext(str(phrase))
    if isinstance(phrase, Phrase):
        named = {**phrase.named, **named}
    if not named:
        return text
    filled = {
        name: said(value, spoken) if isinstance(value, Phrase) else value for name, value in named.items()
    }
    return text.format(**filled)


@cache
def translations() -> Mapping[str, NullTranslations]:
    """Each language that pages speak, by its tag; the source's first."""
    found: dict[str, NullTranslations] = {SOURCE: NullTranslations()}
    for folder in sorted(path for path in FOLDER.iterdir() if path.is_dir()):
        said: dict[str, str] = {}
        for path in sorted(folder.glob("*.po")):
            said |= messages(path.read_text("utf-8"))
        found[folder.name] = GNUTranslations(BytesIO(_compiled(said)))
    return found


def preferred(accepted: str, chosen: str = "") -> str:
    """The language for who accepts these (Accept-Language, RFC 9110 section 12.5.4), unless one was chosen."""
    known = translations()
    if chosen in known:
        return chosen
    ranked: list[tuple[float, str]] = []
    for entry in accepted.lower()[:1000].split(","):
        tag, _, weight = entry.partition(";")
        value = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", weight)
        ranked.append((float(value[1]) if value else 1.0, tag.strip().partition("-")[0]))
    ranked.sort(key=lambda pair: -pair[0])
    return next((tag for weight, tag in ranked if weight and tag in known), SOURCE)


def messages(text: str) -> dict[str, str]:
    """What a catalogue says, by gettext's keys: context and plural are parts of the key."""
    said: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", text):
        parts: dict[str, str] = {}
        word = ""
        for line in block.splitlines():
            match = _WORD.fullmatch(line.strip())
            if match is not None:
                word = match[1] or word
                parts[word] = parts.get(word, "") + str(ast.literal_eval(match[2]))
        if "msgid" not in parts:
            continue
        key = parts["msgid"]
        if "msgctxt" in parts:
            key = f"{parts['msgctxt']}\x04{key}"
        if "msgid_plural" in parts:
            key = f"{key}\x00{parts['msgid_plural']}"
        said[key] = "\x00".join(value for name, value in sorted(parts.items()) if name.startswith("msgstr"))
    return said


def _compiled(said: Mapping[str, str]) -> bytes:
    """The catalogue in the form that the standard library reads (GNU gettext manual, "MO Files")."""
    pairs = sorted((key.encode(), value.encode()) for key, value in said.items() if value)
    table = len(pairs) * 8
    at = _HEAD + 2 * table
    tables, texts = [b"", b""], b""
    for side in (0, 1):
        for pair in pairs:
            tables[side] += struct.pack("<II", len(pair[side]), at + len(texts))
            texts += pair[side] + b"\x00"
    head = struct.pack("<7I", _MAGIC, 0, len(pairs), _HEAD, _HEAD + table, 0, at)
    return head + tables[0] + tables[1] + texts
