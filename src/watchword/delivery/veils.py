"""The secrets of a provider's configuration: never shown, and kept where they are sent back as they were shown."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from watchword.delivery.configs import bad, object_of
from watchword.plugin.providers import Declared, Takes

HIDDEN = "********"
"""Stands for a secret when a configuration is shown; sent back, it keeps the secret."""


def shown(text: str, settings: Sequence[Declared]) -> str:
    """The configuration as it was sent, with `HIDDEN` for its secrets."""
    given = object_of(text)
    veiled = _veiled(given, settings)
    return text if veiled == given else json.dumps(veiled, ensure_ascii=False)


def merged(sent: str, kept: str, settings: Sequence[Declared]) -> str:
    """What was sent, with the kept secrets where it shows them hidden; `BadParameter` names one that is not kept.

    Whoever changes where the secrets go must know them: else they could be sent to a listener.
    """
    new, old = object_of(sent), object_of(kept) if kept else {}
    if HIDDEN not in json.dumps(new, ensure_ascii=False):
        return sent
    for declared in settings:
        before, after = _of(old, declared), _of(new, declared)
        if declared.reaches and before != after and after != _veiled_value(before, declared):
            raise bad(declared.name, "was changed, and says to whom the secrets go: give the secrets again")
    return json.dumps(_unveiled(new, old, settings), ensure_ascii=False)


def _of(table: Mapping[str, Any], declared: Declared) -> Any:
    return next((value for key, value in table.items() if key.lower() == declared.name.lower()), None)


def _veiled(given: Mapping[str, Any], settings: Sequence[Declared]) -> dict[str, Any]:
    spelled = {declared.name.lower(): declared for declared in settings}
    return {
        key: _veiled_value(value, spelled[key.lower()]) if key.lower() in spelled else HIDDEN
        for key, value in given.items()
    }


def _veiled_value(value: Any, declared: Declared) -> Any:
    if declared.parts and isinstance(value, dict):
        return _veiled(value, declared.parts)
    if declared.secret:
        return _all_veiled(value)
    if declared.takes in {Takes.URL, Takes.PROXY}:
        return (
            {scheme: _veiled_url(url) for scheme, url in value.items()}
            if isinstance(value, dict)
            else _veiled_url(value)
        )
    return value


def _all_veiled(value: Any) -> Any:
    """All texts hidden but those that are only places for number and text."""
    if isinstance(value, dict):
        return {key: _all_veiled(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_all_veiled(inner) for inner in value]
    if value in ("", None) or value in ("<phone>", "<message>"):
        return value
    return HIDDEN


def _veiled_url(value: Any) -> Any:
    """The URL without its password and without the values of its query."""
    if not isinstance(value, str) or value.count("://") > 1:
        return HIDDEN if value else value
    try:
        parts = urlsplit(value)
        place = parts.netloc
        if parts.password:
            login, _, host = place.rpartition("@")
            place = f"{login.partition(':')[0]}:{HIDDEN}@{host}"
    except ValueError:
        return HIDDEN
    query = "&".join(
        f"{field.partition('=')[0]}={HIDDEN}" if "=" in field else field for field in parts.query.split("&")
    )
    return urlunsplit(parts._replace(netloc=place, query=query))


def _unveiled(new: Mapping[str, Any], old: Mapping[str, Any], settings: Sequence[Declared]) -> dict[str, Any]:
    spelled = {declared.name.lower(): declared for declared in settings}
    whole: dict[str, Any] = {}
    for key, value in new.items():
        declared = spelled.get(key.lower())
        before = _of(old, declared) if declared else None
        if declared and declared.parts and isinstance(value, dict):
            whole[key] = _unveiled(value, before if isinstance(before, dict) else {}, declared.parts)
        else:
            whole[key] = _restored(value, before, _veiled_value(before, declared) if declared else None, key)
    return whole


def _restored(value: Any, before: Any, veiled: Any, name: str) -> Any:
    """The kept value where the sent one shows it hidden."""
    if isinstance(value, dict):
        olds, veils = (part if isinstance(part, dict) else {} for part in (before, veiled))
        return {
            key: _restored(inner, olds.get(key), veils.get(key), f"{name}.{key}")
            for key, inner in value.items()
        }
    if isinstance(value, list):
        olds_, veils_ = (part if isinstance(part, list) else [] for part in (before, veiled))
        padded = [None] * len(value)
        return [
            _restored(inner, old, veil, name)
            for inner, old, veil in zip(value, [*olds_, *padded], [*veils_, *padded], strict=False)
        ]
    if not isinstance(value, str) or HIDDEN not in value:
        return value
    if value != veiled:
        raise bad(name, f"holds {HIDDEN}, and nothing is kept that it could stand for: give it anew")
    return before
