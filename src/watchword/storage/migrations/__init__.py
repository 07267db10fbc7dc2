"""The schema and how it grows: Alembic says what to run, the plain drivers run it.

Alembic and SQLAlchemy take a second and 40 MB to import, so they are asked in a process of their own, and only if
the database is at an older revision. What they print is run by the driver, under a lock, in one transaction:
several nodes may start at once. What they print for an empty database lies ready in ``fresh``.

A new revision is a new file in ``versions``, whose name starts with its number, and which may use what Alembic can
do without looking at the database (offline mode); ``python -m watchword.storage.migrations`` then writes ``fresh``
anew.
"""

import subprocess
import sys
from pathlib import Path

from watchword.errors import Misconfigured

FOLDER = Path(__file__).parent


def is_pending(found: str | None, shown: str) -> bool:
    """Whether there is something to run, if the database ``shown`` is at the revision ``found``.

    Misconfigured if a newer Watchword than this has been at it.
    """
    known = sorted(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))
    if found is not None and found not in known:
        raise Misconfigured(
            f"The database {shown} has the schema {found!r} of a newer Watchword (this one knows {known[-1]!r}): "
            "install that version, or restore the backup from before it."
        )
    return found != known[-1]


def fresh(dialect: str) -> Path:
    """The file with the SQL for an empty database."""
    return FOLDER / "fresh" / f"{dialect}.sql"


def script(dialect: str, found: str | None) -> str:
    """The SQL from the revision ``found`` to the newest."""
    if found is None:
        return fresh(dialect).read_text()
    done = subprocess.run(  # noqa: S603  our own module
        [sys.executable, "-m", __name__, dialect, found],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Misconfigured(f"The schema cannot be written: {done.stderr.strip()}")
    return done.stdout
