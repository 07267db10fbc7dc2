"""``providers.md``: the providers that are installed, a row each, and what their configuration holds."""

from collections.abc import Iterable, Iterator

import msgspec

from watchword.cli.reference.markdown import bullets, code, listed, our_kinds, section, table, titled
from watchword.plugin.providers import Declared, Provider, Takes

_ABOUT = """\
Each provider is one file in `src/watchword/delivery/providers/`, or one of yours in a folder of the setting
`plugins.folders`. How one is connected: [Connect a provider](../how-to/connect-a-provider.md). Those of the demo's
inbox are there only in a demo."""

_COLUMNS = ("Class", "Brings", "What it is", "Needs", "Secret", "Shows a certificate", "Through a proxy")


def page() -> str:
    providers = our_kinds().providers
    overview = table(_COLUMNS, map(_row, providers))
    return titled("Providers", _ABOUT, overview) + "".join(map(_section, providers))


def _row(kind: type[Provider]) -> tuple[str, ...]:
    declared = tuple(_all(kind.settings))
    return (
        code(kind.names[0]),
        kind.channel.value,
        kind.title,
        _codes(name for name, setting in declared if setting.needed),
        _codes(name for name, setting in declared if setting.secret),
        "yes" if any(setting.takes is Takes.CERTIFICATE for _, setting in declared) else "",
        "yes" if any(setting.takes is Takes.PROXY for _, setting in declared) else "",
    )


def _section(kind: type[Provider]) -> str:
    also = kind.names[1:]
    told = f"Answers to {listed(map(code, also))}, too." if also else ""
    settings = bullets(_setting(name, setting) for name, setting in _all(kind.settings))
    parts = (kind.title + ".", told, settings or "It has no settings.")
    return section(kind.names[0], *(part for part in parts if part))


def _setting(name: str, setting: Declared) -> str:
    facts = [setting.takes.value]
    facts += ["needed"] if setting.needed else []
    facts += ["secret"] if setting.secret else []
    facts += [f"one of {listed(map(code, setting.choices), 'or')}"] if setting.choices else []
    default = setting.default
    facts += [f"default {code(_written(default))}"] if default not in (None, "") else []
    return f"{code(name)} ({', '.join(facts)}): {setting.help}"


def _written(default: object) -> str:
    if isinstance(default, tuple):
        return ",".join(f"{part:g}" for part in default)
    return default if isinstance(default, str) else msgspec.json.encode(default).decode()


def _all(settings: Iterable[Declared], above: str = "") -> Iterator[tuple[str, Declared]]:
    """All of them, the parts of a table behind it by their path."""
    for setting in settings:
        yield above + setting.name, setting
        yield from _all(setting.parts, f"{above}{setting.name}.")


def _codes(names: Iterable[str]) -> str:
    return " ".join(map(code, names))
