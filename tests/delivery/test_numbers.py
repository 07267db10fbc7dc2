"""Telephone numbers."""

import pytest

from watchword.delivery.numbers import adapted, e164
from watchword.errors import Refused


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("+49 170 123-45.67", "+491701234567"),
        ("+1 (415) 555-0101", "+14155550101"),
        ("+49/170/1234567", "+491701234567"),
    ],
)
def test_separators_are_taken_out(given: str, number: str) -> None:
    assert e164(given) == number


@pytest.mark.parametrize(
    "given",
    [
        "", "12345", "0170 1234567", "0049170123456", "+0170123456", "+49", "+4917012345678901", "+1800FLOWERS",
        "+49170123456 ext 5", "+49170123456;ext=5", "+49170123456,5", "+49 170 123456#5", "++49170123456",
        "+４９１７０１２３４５６７", "+49170123456\n", "+49170123456\r\nTo: +1", "tel:+49170123456", "+49170123456x7",
    ],
)  # fmt: skip
def test_what_could_reach_somebody_else_is_refused_a72(given: str) -> None:
    with pytest.raises(Refused, match="begin with"):
        e164(given)


def test_a_number_is_left_alone_unless_the_gateway_wants_it_otherwise() -> None:
    assert adapted(" +49 x", msisdn=False, suppress="") == " +49 x"
    assert adapted(" +49 (0)x1", msisdn=True, suppress="+4") == "901"
