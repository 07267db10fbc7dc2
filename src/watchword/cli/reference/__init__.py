"""What is written from the code: the list of settings, and the generated pages of the manual."""

from collections.abc import Mapping
from pathlib import Path

from cyclopts import App

from watchword.cli.reference import (
    commands,
    components,
    doors,
    errors,
    policies,
    providers,
    resolvers,
    settings,
    shapes,
    token_types,
)
from watchword.cli.reference.settings import settings_text

__all__ = ["pages", "settings_text", "write_pages"]


def pages(app: App) -> Mapping[str, str]:
    """Each generated page by the name of its file. They tell of what we ship, not of this machine's plug-ins."""
    return {
        "cli.md": commands.page(app),
        "components.md": components.page(),
        "errors.md": errors.page(),
        "http-linotp.md": doors.page(),
        "plugin-shapes.md": shapes.page(),
        "policies.md": policies.page(),
        "providers.md": providers.page(),
        "resolvers.md": resolvers.page(),
        "settings.md": settings.page(),
        "token-types.md": token_types.page(),
    }


def write_pages(app: App, folder: Path) -> None:
    """Write all of them into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(app).items():
        (folder / name).write_text(text, "utf-8")
