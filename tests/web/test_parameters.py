"""What a form says."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watchword.web.parameters import BadRequest, from_form

_PIECES = st.sampled_from(
    [b"&", b"=", b"+", b"%", b"%20", b"%C3%BC", b"%ff", b"%2", b"[]", b"a", b"\xc3\xbc", b"\xff", b";"]
)


@given(st.lists(_PIECES, max_size=25).map(b"".join))
@example(b"user=alice&pass=7439%2B1")
@example(b"&&=&a&a=&=b&a=b=c")
def test_a_form_is_read_as_the_library_reads_it(body: bytes) -> None:
    expected: dict[str, str] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace"):
        expected.setdefault(name, value)
    params = from_form(b"", body)
    assert {name: value for name, value in expected.items() if not name.endswith("[]")} == dict(
        params.items()
    )


def test_ten_thousand_fields_are_read_and_one_more_is_not() -> None:
    assert from_form(b"", b"&".join([b"a=1"] * 10_000)).text("a") == "1"
    with pytest.raises(BadRequest):
        from_form(b"", b"&".join([b"a=1"] * 10_001))
