"""What is written from the code: the list of settings, and pages of the manual."""

from pathlib import Path

from cyclopts import App

from watchword.settings import CATALOGUE, FILE, Setting

_SETTINGS = f"""\
# Settings

A setting is said by its flag (where it has one), by its variable, or in `{FILE}` of the home folder; the first
of these that says something wins, else the default stands. `limits.mode` stands in the file as `mode` in the
table `[limits]`. Lists are arrays there, and separated by commas in variables. An empty variable says nothing.

Written from the code by `make docs`.
"""


def settings_text() -> str:
    """All settings for a terminal."""
    return "".join(
        f"{setting.name}\n    {setting.meaning}.\n    {_allowed(setting)}\n    {', '.join(_places(setting))}\n"
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
    return f"\n## {setting.name}\n\n{setting.meaning}.\n\n{_allowed(setting)} Said by {places}.\n"


def _allowed(setting: Setting) -> str:
    return f"It may be {setting.allowed}; {_default(setting)}."


def _default(setting: Setting) -> str:
    if setting.name == "home":
        return "if not said, ./var in a checkout, else the platform's folder for data"
    shown = str(setting.default).lower() if isinstance(setting.default, bool) else setting.default
    return f"default: {shown}" if shown not in {"", ()} else "nothing by default"


def _places(setting: Setting) -> list[str]:
    return [f"--{setting.name}", setting.variable] if setting.has_flag else [setting.variable]
