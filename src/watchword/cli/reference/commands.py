"""``cli.md``: the help of all commands."""

from cyclopts import App

from watchword.cli.reference.markdown import titled


def page(app: App) -> str:
    told = app.generate_docs(heading_level=2).strip()
    return titled("Commands", "`watchword COMMAND --help` prints the same.") + f"\n{told}\n"
