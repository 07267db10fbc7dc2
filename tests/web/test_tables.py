"""Lists: their addresses say what is seen, and say nothing that could not be seen."""

from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from watchword.web.parameters import Params
from watchword.web.tables import Asked, Column, Table, asked

COLUMNS = (Column(key="serial", label="Serial", sortable=True), Column(key="type", label="Type"))


def table(total: int = 60, rows: int = 25, **what: object) -> Table:
    return Table(
        caption="Tokens",
        columns=COLUMNS,
        rows=[{"serial": "1", "type": "2"}] * rows,
        path="/manage/tokens",
        total=total,
        asked=Asked(**what),  # type: ignore[arg-type]
        kept={"realm": "demo"},
    )


def query(address: str) -> dict[str, str]:
    parts = urlsplit(address)
    assert parts.path == "/manage/tokens"
    return dict(parse_qsl(parts.query))


def test_the_next_page_keeps_search_order_and_filters() -> None:
    assert query(table(search="a&b", sort="-serial").at(2)) == {
        "realm": "demo",
        "q": "a&b",
        "sort": "-serial",
        "page": "2",
    }


def test_a_column_turns_its_order_round_and_begins_anew() -> None:
    first, again, back = (table(sort=sort, page=2) for sort in ("", "serial", "-serial"))
    assert [query(one.by(COLUMNS[0]))["sort"] for one in (first, again, back)] == [
        "serial",
        "-serial",
        "serial",
    ]
    assert "page" not in query(again.by(COLUMNS[0]))
    assert [one.order(COLUMNS[0]) for one in (first, again, back)] == ["none", "ascending", "descending"]


def test_a_page_knows_where_it_is() -> None:
    last = table(page=3, rows=10)
    assert (last.first, last.last, last.pages) == (51, 60, 3)
    nothing = table(total=0, rows=0)
    assert (nothing.first, nothing.last, nothing.pages) == (0, 0, 1)


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=400))
def test_whatever_the_address_says_something_can_be_shown(page: str, sort: str, search: str) -> None:
    wanted = asked(Params({"page": page, "sort": sort, "q": search}), COLUMNS)
    assert 1 <= wanted.page <= 1_000_000
    assert wanted.sort in {"", "serial", "-serial"}
    assert len(wanted.search) <= 200
