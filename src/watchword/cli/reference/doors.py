"""``http-linotp.md``: the doors of LinOTP's dialect."""

from itertools import groupby

from watchword.api import linotp
from watchword.api.linotp.doors import Door
from watchword.cli.reference.markdown import code, listed, section, sentence, table, titled

_SESSION = """\
Doors marked *administrator* ask for the session that `POST /admin/login` opens: the cookie `access_token_cookie`, and
on POST the value of the cookie `csrf_access_token` as header `X-CSRF-TOKEN` or field `csrf_token`. The older style
(`/admin/getsession`, then cookie `admin_session` and parameter `session`) opens them too, unless the setting
`sessions.legacy` is off.

Doors marked *person* ask for the session that `/userservice/login` opens: the cookie `user_selfservice` (or
`userauthcookie`, of `/userservice/auth`) and the same value as parameter `session`, from the same address."""
_ORDER = """\
An unknown path is 404 and a wrong method 405, also for strangers; then the session is asked for (401), then the right,
then the parameters. Parameters come as query, form, multipart form or JSON object. Where GET is taken, so is HEAD.

A body that cannot be read is 400. One that is too large is 413: without session it may have 2 MiB, with one 8 MiB, and
64 MiB as a multipart form. The first line of a request may have 64 KiB, so long parameters go into a body."""
_METHODS = {"G": ("GET",), "P": ("POST",), "GP": ("GET", "POST")}
_GUARDS = {
    "none": "anybody",
    "administrator": "administrator",
    "person": "person",
    "beginner": "person, also half-way in",
}


def page() -> str:
    doors = sorted(linotp.doors(), key=lambda door: (_room(door), door.path.lower()))
    sections = (
        section(
            code(room),
            table(("Path", "Methods", "Who", "What"), map(_row, doors_of_room)),
        )
        for room, doors_of_room in groupby(doors, _room)
    )
    return titled("LinOTP's dialect over HTTP", _SESSION, _ORDER) + "".join(sections)


def _room(door: Door) -> str:
    parts = door.path.split("/")
    return "/api/v2" if door.path.startswith("/api/v2/") else f"/{parts[1]}"


def _row(door: Door) -> tuple[str, str, str, str]:
    methods = listed(_METHODS[door.methods], "or")
    return code(door.path), methods, _GUARDS[door.guard], sentence(door.endpoint.__doc__)
