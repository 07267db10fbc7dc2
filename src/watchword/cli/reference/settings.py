"""The settings: a list for a terminal, and ``settings.md``."""

from collections.abc import Sequence
from typing import get_origin

from watchword.cli.reference.markdown import bullets, code, section, titled
from watchword.settings import CATALOGUE, FILE, Setting

_PLACES = f"""\
A setting is said by its flag (where it has one), by its variable, or in `{FILE}` of the home folder. The first
of these that says something wins, else the default stands. An empty variable says nothing. A name that is no setting
is refused at the start, wherever it stands."""
_FORMS = f"""\
`limits.mode` stands in `{FILE}` as `mode` in the table `[limits]`. Lists are arrays there; in variables their entries
are separated by commas. `watchword settings` prints this list."""
_HOME = "./var in a checkout, else the platform's folder for data"


def page() -> str:
    return titled("Settings", _PLACES, _FORMS) + "".join(map(_section, CATALOGUE.values()))


def settings_text() -> str:
    """All settings for a terminal."""
    return "".join(
        f"{setting.name}\n    {setting.meaning}.\n    It may be {setting.allowed}; {_default(setting)}.\n"
        f"    {', '.join(_places(setting))}\n"
        for setting in CATALOGUE.values()
    )


def _section(setting: Setting) -> str:
    shown = _shown(setting)
    told = [
        f"may be: {setting.allowed}",
        f"default: {shown if shown == _HOME else code(shown)}" if shown else "default: nothing",
        f"said by: {', '.join(map(code, _places(setting)))}{_in_file(setting)}",
    ]
    return section(setting.name, f"{setting.meaning}.", bullets(told))


def _default(setting: Setting) -> str:
    if setting.name == "home":
        return f"if not said, {_HOME}"
    return f"default: {shown}" if (shown := _shown(setting)) else "nothing by default"


def _shown(setting: Setting) -> str:
    """The default; empty where it is nothing."""
    if setting.name == "home":
        return _HOME
    if isinstance(setting.default, bool):
        return str(setting.default).lower()
    if isinstance(setting.default, tuple):
        return ", ".join(setting.default)
    return "" if setting.default == "" else str(setting.default)


def _places(setting: Setting) -> Sequence[str]:
    return [f"--{setting.name}", setting.variable] if setting.has_flag else [setting.variable]


def _in_file(setting: Setting) -> str:
    if setting.name == "home":
        return ""
    table, _, key = setting.name.rpartition(".")
    value = ' = ["..."]' if get_origin(setting.kind) is tuple else ""
    return f", in the file by `{key}{value}`" + (f" below `[{table}]`" if table else "")
