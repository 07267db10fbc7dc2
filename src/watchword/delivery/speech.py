"""What a telephone voice says: a code, digit by digit and twice, in the asked language, as TwiML."""

import html
import re

from watchword.errors import BadParameter

MOST = 4000
"""Characters of TwiML that Twilio takes within a request."""
RETIRED = frozenset({"", "alice"})
"""Voices that are configured everywhere and spoken no more."""

_SPOKEN = {
    "ar": ("arb", "Polly.Zeina"),
    "cy": ("cy-GB", "Polly.Gwyneth"),
    "da": ("da-DK", "Polly.Naja"),
    "de": ("de-DE", "Polly.Marlene"),
    "en": ("en-US", "Polly.Joanna"),
    "en-au": ("en-AU", "Polly.Nicole"),
    "en-gb": ("en-GB", "Polly.Amy"),
    "en-in": ("en-IN", "Polly.Raveena"),
    "es": ("es-ES", "Polly.Conchita"),
    "es-mx": ("es-MX", "Polly.Mia"),
    "es-us": ("es-US", "Polly.Penelope"),
    "fr": ("fr-FR", "Polly.Celine"),
    "fr-ca": ("fr-CA", "Polly.Chantal"),
    "hi": ("hi-IN", "Polly.Aditi"),
    "is": ("is-IS", "Polly.Dora"),
    "it": ("it-IT", "Polly.Carla"),
    "ja": ("ja-JP", "Polly.Mizuki"),
    "ko": ("ko-KR", "Polly.Seoyeon"),
    "nb": ("nb-NO", "Polly.Liv"),
    "nl": ("nl-NL", "Polly.Lotte"),
    "no": ("nb-NO", "Polly.Liv"),
    "pl": ("pl-PL", "Polly.Ewa"),
    "pt": ("pt-PT", "Polly.Cristiano"),
    "pt-br": ("pt-BR", "Polly.Vitoria"),
    "ro": ("ro-RO", "Polly.Carmen"),
    "ru": ("ru-RU", "Polly.Tatyana"),
    "sv": ("sv-SE", "Polly.Astrid"),
    "tr": ("tr-TR", "Polly.Filiz"),
    "zh": ("cmn-CN", "Polly.Zhiyu"),
}
"""Language of ours -> Twilio's name of it, and a voice of its own that speaks it."""

_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*\Z")
_VOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_UNSPEAKABLE = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""What no XML document may hold (XML 1.0 section 2.2). Slow to compile, so that the first call of somebody does it."""


def spelled(code: str) -> str:
    """The code so that a voice reads each character for itself, with a rest between."""
    return ", ".join(code)


def said(template: str, code: str) -> str:
    """The template with the spelled code in the place of ``{otp}``, behind it if there is no such place."""
    if "{otp}" not in template:
        return f"{template} {spelled(code)}".strip()
    return template.replace("{otp}", spelled(code))


def twiml(template: str, code: str, *, language: str = "en", voice: str = "") -> str:
    """An XML document that has the code said twice; `BadParameter` if it would be longer than Twilio takes."""
    tongue, usual = _tongue(language)
    chosen = usual if voice.strip().lower() in RETIRED or not _VOICE.match(voice) else voice
    words = html.escape(re.sub(_UNSPEAKABLE, " ", said(template, code)))
    attributes = f' voice="{chosen}"' if chosen else ""
    say = f'<Say language="{tongue}"{attributes}>{words}</Say>'
    document = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Response><Pause length="1"/>{say}<Pause length="1"/>{say}</Response>'
    )
    if len(document) > MOST:
        raise BadParameter("The text of the call is too long: shorten the policy voice_message.")
    return document


def _tongue(language: str) -> tuple[str, str]:
    """Twilio's name of the language, and a voice; a language that we do not know is left to Twilio."""
    tag = language.strip().lower().replace("_", "-")
    known = _SPOKEN.get(tag) or _SPOKEN.get(tag.partition("-")[0])
    if known:
        return known
    return (language.strip().replace("_", "-"), "") if _TAG.match(tag) else _SPOKEN["en"]
