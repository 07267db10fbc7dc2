"""``/dev/components``: every component of the pages in every state, to look at; only a demo has it."""

import base64
from collections.abc import Mapping
from typing import Any

from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer
from watchword.enrolment.qr import qr_png
from watchword.web.call import Call
from watchword.web.charts import Chart, Series
from watchword.web.fields import Choice, Field, read, refuse
from watchword.web.showing import page, trouble
from watchword.web.tables import Cell, Column, Table, asked

PATH = "/dev/components"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 (everybody's example)
ADDRESS = f"otpauth://totp/Example:anna?secret={SECRET}&issuer=Example"
SHEETS = (
    ("", "Text and buttons", "paper"),
    ("forms", "Forms", "edit"),
    ("messages", "Messages", "message"),
    ("lists", "Lists", "list"),
    ("empty-lists", "Empty lists", "inbox"),
    ("figures", "Figures", "pulse"),
    ("dialogs", "Dialogs", "external"),
    ("secrets", "Secrets", "key"),
    ("person", "For people", "user"),
    ("troubles", "Troubles", "warning"),
)
TROUBLES = ("missing", "ended", "refused", "impossible", "unreachable", "failed")

FIELDS = (
    Field(
        name="login",
        label="User name",
        value="anna",
        required=True,
        autocomplete="username",
        help="As in the directory.",
    ),
    Field(name="mail", label="E-mail address", kind="email", required=True, value="anna@example"),
    Field(name="phone", label="Telephone", kind="tel", placeholder="+49 171 3920001"),
    Field(
        name="password", label="Password", kind="password", required=True, help="At least twelve characters."
    ),
    Field(name="code", label="Code", kind="code", required=True),
    Field(
        name="minutes",
        label="Good for",
        kind="number",
        unit="minutes",
        value="30",
        least=1,
        most=60,
        required=True,
    ),
    Field(name="count", label="Most tokens", kind="number", value="3"),
    Field(
        name="realm",
        label="Realm",
        kind="select",
        required=True,
        choices=(
            Choice(value="demo", label="demo"),
            Choice(value="staff", label="Staff of the Rhine-Main area"),
        ),
    ),
    Field(
        name="way",
        label="How do you want to log in?",
        kind="radio",
        required=True,
        value="app",
        choices=(
            Choice(
                value="app", label="With an app on my phone", help="Recommended: it works without a network."
            ),
            Choice(value="key", label="With a security key"),
            Choice(value="paper", label="With codes on paper"),
        ),
    ),
    Field(
        name="days",
        label="Days",
        kind="several",
        values=("mo",),
        choices=(Choice(value="mo", label="Monday"), Choice(value="tu", label="Tuesday")),
    ),
    Field(name="note", label="Note", kind="textarea", rows=3, value="Lost her phone on the train."),
    Field(name="until", label="Good until", kind="date", value="2027-01-31"),
    Field(name="serial", label="Serial", value="WW00001A2B", readonly=True),
    Field(name="tell", label="Tell her by e-mail", kind="checkbox", value="1"),
)

COLUMNS = (
    Column(key="serial", label="Serial", sortable=True, code=True),
    Column(key="owner", label="Owner", sortable=True),
    Column(key="type", label="Type"),
    Column(key="state", label="State"),
    Column(key="failures", label="Failures", sortable=True, numeric=True),
    Column(key="used", label="Last used", sortable=True),
)
_PEOPLE = ("alice", "bob", "carol", "dora", "emil", "frieda", "gustav")
_STATES = (
    ("active", "yes"),
    ("locked, 10 failures", "no"),
    ("not used yet", "info"),
    ("disabled", ""),
    ("expires in 3 days", "warn"),
)


def tokens() -> list[dict[str, str | Cell]]:
    """Sixty tokens that are none."""
    found: list[dict[str, str | Cell]] = []
    for at in range(60):
        text, state = _STATES[at % 5]
        login = _PEOPLE[at % 7]
        day = f"2026-{at % 11 + 1:02}-{at % 27 + 1:02}"
        found.append(
            {
                "serial": Cell(text=f"WW{at * 7919 % 65536:08X}", href=f"{PATH}/lists"),
                "owner": Cell(text=login, note=f"{login}@example.com"),
                "type": ("Authenticator app", "Short message", "Call")[at % 3],
                "state": Cell(text=text, state=state),
                "failures": str(10 if state == "no" else at % 3),
                "used": Cell(text=f"{day} 09:41 UTC", iso=f"{day}T09:41:00+00:00")
                if state != "info"
                else "not yet",
            }
        )
    return found


async def overview(call: Call) -> Answer:
    """The components that stand in a text."""
    return _sheet(call, "")


async def sheet(call: Call) -> Answer:
    """The components of one kind."""
    name = call.parts["name"]
    if name not in {path for path, *_ in SHEETS}:
        return trouble(call.house, "missing", call.path, call.headers, call.cookies, href=PATH)
    return _sheet(call, name)


async def troubled(call: Call) -> Answer:
    """A page that cannot be shown."""
    kind = call.parts["kind"]
    if kind not in TROUBLES:
        raise LookupError(kind)
    number = "5f0c21ab" if kind == "failed" else ""
    return trouble(
        call.house, kind, call.path, call.headers, call.cookies, number=number, href=f"{PATH}/troubles"
    )


def _sheet(call: Call, name: str) -> Answer:
    groups = (
        ("Components", tuple((f"{PATH}/{path}".rstrip("/"), title, icon) for path, title, icon in SHEETS)),
    )
    more: Mapping[str, Any] = {}
    if name == "forms":
        fields: tuple[Field, ...] = FIELDS
        if call.method == "POST":
            fields = refuse(
                read(FIELDS, call.params), "code", "This code was used already. Wait for the next one."
            )
        more = {"fields": fields}
    elif name in {"lists", "empty-lists"}:
        more = {"table": _table(call, empty=name != "lists")}
    elif name == "figures":
        more = {"logins": LOGINS, "latency": LATENCY}
    elif name == "secrets":
        picture = base64.b64encode(qr_png(ADDRESS) or b"").decode()
        more = {"picture": f"data:image/png;base64,{picture}", "secret": SECRET, "address": ADDRESS}
    elif name == "troubles":
        more = {"kinds": TROUBLES}
    return page(
        call,
        f"development/components/{name or 'text'}.html",
        groups=groups,
        here=call.path,
        keep=_kept(call),
        **more,
    )


def _kept(call: Call) -> dict[str, str]:
    return {name: call.params.text(name) for name in ("q", "sort", "page") if call.params.text(name)}


def _table(call: Call, *, empty: bool) -> Table:
    wanted = asked(call.params, COLUMNS)
    rows = [] if empty else [row for row in tokens() if wanted.search.lower() in _text(row["owner"])]
    if wanted.sort:
        key = wanted.sort.removeprefix("-")
        rows.sort(key=lambda row: _text(row[key]), reverse=wanted.sort.startswith("-"))
    start = (wanted.page - 1) * 12
    return Table(
        caption="Tokens",
        columns=COLUMNS,
        rows=rows[start : start + 12],
        path=call.path,
        total=len(rows),
        asked=wanted,
        size=12,
        searchable="Search by owner",
    )


def _text(what: str | Cell) -> str:
    return what if isinstance(what, str) else what.text


HOURS = tuple(f"{hour:02}:00" for hour in range(24))
LOGINS = Chart(
    title="Log-ins of today",
    labels=HOURS,
    series=(
        Series(
            label="let in",
            values=[(hour * 37 % 23) * 9 + (180 if 7 < hour < 18 else 12) for hour in range(24)],
        ),
        Series(label="refused", values=[(hour * 17 % 7) * 4 + 3 for hour in range(24)], kind="no"),
    ),
)
LATENCY = Chart(
    title="Answers of the directory",
    labels=HOURS,
    series=(Series(label="median", values=[18 + (hour * 29 % 11) * 2.5 for hour in range(24)]),),
    unit="ms",
)

DOORS = (
    Door(PATH, "G", overview, guard="none", audited=False, page=True),
    Door(f"{PATH}/troubles/{{kind}}", "G", troubled, guard="none", audited=False, page=True),
    Door(f"{PATH}/{{name}}", "GP", sheet, guard="none", audited=False, page=True),
)
