"""A provider's configuration as a document has it: references stand for its secrets."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from watchword.configuration.writing import STORED
from watchword.delivery.configs import object_of
from watchword.delivery.veils import HIDDEN
from watchword.errors import BadParameter
from watchword.plugin.providers import Declared, Takes

_NO_SECRETS = ("", None, "<phone>", "<message>")
"""Places for number and text within what is else secret."""
_REFERENCES = ("env:", "file:")


def referenced(shown: str) -> str:
    """The configuration as it is shown, in lines, with `STORED` for what is hidden. Empty if there is none."""
    if not shown:
        return ""
    return json.dumps(_mapped(object_of(shown), _stored), ensure_ascii=False, indent=2)


def dereferenced(text: str, settings: Sequence[Declared], secret: Callable[[str], str]) -> str:
    """The configuration as an administrator would send it: secrets in clear, or `HIDDEN` for those that stay.

    ``secret`` reads a reference. `BadParameter` names a key in which a secret stands itself.
    """
    if not text.strip():
        return ""
    return json.dumps(_read(object_of(text), settings, secret, ""), ensure_ascii=False)


def _read(
    table: Mapping[str, Any], settings: Sequence[Declared], secret: Callable[[str], str], where: str
) -> dict[str, Any]:
    spelled = {declared.name.lower(): declared for declared in settings}
    read: dict[str, Any] = {}
    for key, value in table.items():
        declared = spelled.get(key.lower())
        if declared is None:
            read[key] = value
        elif declared.parts and isinstance(value, dict):
            read[key] = _read(value, declared.parts, secret, f"{where}{key}.")
        elif declared.secret or declared.takes in {Takes.URL, Takes.PROXY}:
            read[key] = _mapped(value, _reader(declared, secret, where + key))
        else:
            read[key] = value
    return read


def _reader(declared: Declared, secret: Callable[[str], str], where: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value == STORED:
            return HIDDEN
        if declared.secret:
            needs_reading = value not in _NO_SECRETS
        else:
            needs_reading = isinstance(value, str) and value.startswith(_REFERENCES)
        if not needs_reading:
            return value
        try:
            return secret(str(value))
        except BadParameter as wrong:
            raise BadParameter(f"config: {where}: {wrong.message}") from None

    return read


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same with all that is neither object nor list changed."""
    if isinstance(value, dict):
        return {key: _mapped(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_mapped(inner, change) for inner in value]
    return change(value)


def _stored(value: Any) -> Any:
    return STORED if value == HIDDEN else value
