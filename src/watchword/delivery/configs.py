"""A provider's configuration, read and held against what the provider declares.

What cannot work is refused when it is saved, naming the key, and not when somebody waits for a message.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from watchword.delivery.certificates import trust
from watchword.errors import BadParameter
from watchword.plugin.providers import Declared, NotSent, Takes

LONGEST = 300.0
"""Seconds that anything may be waited for."""
_TRUE, _FALSE = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off", ""})
_TEXT_CHARACTERS = 65_536


def read(text: str, settings: Sequence[Declared], timeout: str = "") -> dict[str, Any]:
    """What a provider is given: each setting by its declared name, of the type that it takes.

    ``timeout`` is the provider's field of that name: if it holds two numbers, it says how long to wait where the
    configuration does not. `BadParameter` names the key that cannot be used.
    """
    given = object_of(text)
    pair = timeouts(timeout, "timeout") if "," in timeout else None
    return _held(given, settings, "", pair)


def seconds_valid(timeout: str) -> int | None:
    """For how many seconds a code is good, as the provider's field ``timeout`` says it; None if it says otherwise.

    One number is that time; two are how long to wait for the service. `BadParameter` if it is neither.
    """
    if not timeout.strip():
        return None
    if "," in timeout:
        timeouts(timeout, "timeout")
        return None
    try:
        seconds = float(timeout)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 86_400 * 366:
        raise BadParameter(
            f"Parameter 'timeout' is {timeout!r}, and must be a number of seconds such as 120."
        )
    return int(seconds)


def timeouts(value: Any, name: str) -> tuple[float, float]:
    """Seconds to connect, and to wait for an answer: ``5``, ``"3.5"``, ``"3,5"``, ``[3, 5]``."""
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    try:
        if any(isinstance(part, bool) for part in parts):
            raise ValueError
        numbers = [float(part) for part in parts]
    except (ValueError, TypeError):
        numbers = []
    if len(numbers) not in {1, 2} or not all(0 < number <= LONGEST for number in numbers):
        raise bad(
            name, f"must be seconds such as 5, or 3,5 for connecting and waiting, at most {LONGEST:.0f}"
        )
    return numbers[0], numbers[-1]


def object_of(text: str) -> dict[str, Any]:
    """The configuration as it was sent, or `BadParameter`."""
    if len(text) > _TEXT_CHARACTERS:
        raise BadParameter("Parameter 'config' is too long.")
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        raise BadParameter(
            'Parameter \'config\' is no JSON: write an object such as {"KEY": "value"}.'
        ) from None
    if not isinstance(found, dict):
        raise BadParameter('Parameter \'config\' must be a JSON object such as {"KEY": "value"}.')
    return found


def _held(
    given: Mapping[str, Any],
    settings: Sequence[Declared],
    where: str,
    pair: tuple[float, float] | None = None,
) -> dict[str, Any]:
    spelled = {declared.name.lower(): declared for declared in settings}
    unknown = [key for key in given if key.lower() not in spelled]
    if unknown:
        known = ", ".join(declared.name for declared in settings)
        raise BadParameter(f"The configuration has an unknown key {where + unknown[0]!r}; there are {known}.")
    held: dict[str, Any] = {}
    for declared in settings:
        name = where + declared.name
        values = [value for key, value in given.items() if key.lower() == declared.name.lower()]
        if len(values) > 1:
            raise bad(name, "is given twice")
        value = values[0] if values else None
        if value is None or (value == "" and declared.takes not in {Takes.TEXT, Takes.FLAG}):
            if declared.needed:
                raise bad(name, "is missing")
            held[declared.name] = pair if pair and declared.takes is Takes.TIMEOUT else declared.default
            continue
        if declared.needed and value == "":
            raise bad(name, "is empty")
        held[declared.name] = _taken(value, declared, name)
    return held


def _taken(value: Any, declared: Declared, name: str) -> Any:
    match declared.takes:
        case Takes.TEXT:
            if not isinstance(value, str | int | float) or isinstance(value, bool):
                raise bad(name, "must be a text")
            return _chosen(str(value), declared, name)
        case Takes.NUMBER:
            if isinstance(value, bool) or not str(value).strip().isdecimal():
                raise bad(name, "must be a whole number")
            return int(str(value)[:9])
        case Takes.FLAG:
            word = str(value).strip().lower()
            if word not in _TRUE | _FALSE:
                raise bad(name, "must be true or false")
            return word in _TRUE
        case Takes.TABLE:
            if not isinstance(value, dict):
                raise bad(name, "must be an object of keys and values")
            return _held(value, declared.parts, f"{name}.") if declared.parts else _plain(value, name)
        case Takes.JSON:
            return value
        case Takes.PATTERN:
            return _pattern(value, name)
        case Takes.TIMEOUT:
            return timeouts(value, name)
        case Takes.URL:
            return _url(value, name)
        case Takes.PROXY:
            table = value if isinstance(value, dict) else {"http": value, "https": value}
            if set(table) - {"http", "https"}:
                raise bad(name, "may have the keys http and https only")
            return {scheme: _url(url, name) for scheme, url in table.items() if url}
        case Takes.AUTHORITY:
            return _authority(value, name)
        case Takes.CERTIFICATE | Takes.KEY:
            return _file(value, declared, name)


def _chosen(text: str, declared: Declared, name: str) -> str:
    if "\x00" in text:
        raise bad(name, "holds a character that no text has")
    if not declared.choices:
        return text
    for choice in declared.choices:
        if choice.lower() == text.strip().lower():
            return choice
    raise bad(name, f"must be one of {', '.join(declared.choices)}")


def _plain(table: Mapping[str, Any], name: str) -> dict[str, str]:
    """Texts by key; numbers are taken for what they look like."""
    for key, value in table.items():
        if not isinstance(value, str | int | float):
            raise bad(f"{name}.{key}", "must be a text")
        if any(character in f"{key}{value}" for character in "\r\n\x00"):
            raise bad(f"{name}.{key}", "must be one line")
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in table.items()}


def _pattern(value: Any, name: str) -> str:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(value, options)
    except (re2.error, TypeError):
        raise bad(name, "is no regular expression that can be used (RE2, without look-around)") from None
    return str(value)


def _url(value: Any, name: str) -> str:
    """Of a list of URLs the first."""
    value = value.split(",http")[0] if isinstance(value, str) else value
    try:
        parts = urlsplit(value)
        usable = (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and parts.port != 0
            and not any(character.isspace() or not character.isprintable() for character in value)
        )
    except (ValueError, AttributeError, TypeError):
        usable = False
    if not usable:
        raise bad(name, "is no URL that can be used: it begins with http:// or https:// and a host")
    return str(value)


def _authority(value: Any, name: str) -> str | bool:
    if isinstance(value, bool):
        return value
    if str(value).strip().lower() in {"true", "false"}:
        return str(value).strip().lower() == "true"
    if not isinstance(value, str):
        raise bad(name, "must be a file or folder of certificates, or false")
    try:
        trust(value)
    except (NotSent, ValueError) as unusable:
        raise bad(name, f"cannot be used: {unusable}") from None
    return value


def _file(value: Any, declared: Declared, name: str) -> str:
    if not isinstance(value, str) or "\x00" in value or not Path(value).is_file():
        raise bad(name, f"must be a file, and {value!r} is not there")
    if declared.takes is Takes.CERTIFICATE:
        content = Path(value).read_bytes()[:_TEXT_CHARACTERS]
        if b"-----BEGIN CERTIFICATE-----" not in content:
            raise bad(name, f"must be a certificate in PEM form, and {value!r} holds none")
        if b"PRIVATE KEY-----" in content:
            try:
                trust(client_certificate=value)
            except NotSent as unusable:
                raise bad(name, f"cannot be used: {unusable}") from None
    return value


def bad(name: str, reason: str) -> BadParameter:
    """What to raise about a key."""
    return BadParameter(f"The configuration's key {name!r} {reason}.")
