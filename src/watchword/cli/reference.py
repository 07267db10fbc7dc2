"""The pages of the manual that are written from the code."""

from pathlib import Path

from cyclopts import App

from watchword.settings import CATALOGUE, FILE, Setting

_SETTINGS = f"""\
# Settings

A setting is said by its flag (where it has one), by its variable, or in `{FILE}` of the home folder; the first of
these that says something wins, else the default stands. `limits.mode` stands in the file as `mode` in the table
`[limits]`. Lists are arrays there, and separated by commas in variables. An empty variable says nothing.
"""


def settings_text() -> str:
    """All settings for a terminal."""
    return "".join(
        f"{setting.name}\n    {setting.meaning}.\n    {_allowed(setting)}; {_default(setting)}; "
        f"{', '.join(_places(setting))}\n"
        for setting in CATALOGUE.values()
    )


def write_pages(app: App, folder: Path) -> None:
    """Write ``settings.md`` and ``command-line.md`` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    sections = "".join(_section(setting) for setting in CATALOGUE.values())
    (folder / "settings.md").write_text(_SETTINGS + sections, "utf-8")
    (folder / "command-line.md").write_text(app.generate_docs(), "utf-8")


def _section(setting: Setting) -> str:
    places = ", ".join(f"`{place}`" for place in _places(setting))
    return f"\n## {setting.name}\n\n{setting.meaning}.\n\n{_allowed(setting)}; {_default(setting)}. Also {places}.\n"


def _allowed(setting: Setting) -> str:
    return setting.allowed[:1].upper() + setting.allowed[1:]


def _default(setting: Setting) -> str:
    if setting.name == "home":
        return "if not said, `./var` in a checkout, else the platform's folder for data"
    shown = str(setting.default).lower() if isinstance(setting.default, bool) else setting.default
    return f"default {shown}" if shown not in ("", ()) else "default empty"


def _places(setting: Setting) -> list[str]:
    return [f"--{setting.name}", setting.variable] if setting.has_flag else [setting.variable]
