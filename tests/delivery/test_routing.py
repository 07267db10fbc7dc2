"""Which way a message goes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from watchword.delivery.numbers import Kind, known, masked
from watchword.delivery.routing import Sought, Way, way
from watchword.errors import Refused
from watchword.model.message import Channel
from watchword.model.route import Route

NOON = 12 * 3_600_000
SOUGHT = Sought(
    channel=Channel.SMS,
    number=known("+4915112345678"),
    now=NOON,
    language="de-AT",
    purpose="login",
    realm="staff",
)


def found(*routes: Route, sought: Sought = SOUGHT, named: tuple[str, ...] = ()) -> Way:
    return way(sought, routes, named=named, default="usual")


def route(name: str = "r", **fields: object) -> Route:
    return replace(Route(name=name, providers=(name,)), **fields)


def test_without_routes_the_default_provider_brings_it() -> None:
    assert found().providers == ("usual",)


def test_without_anybody_nothing_is_sent() -> None:
    assert way(SOUGHT, (), named=(), default="").providers == ()


def test_policy_has_the_first_say() -> None:
    assert found(route(), named=("theirs", "other")).providers == ("theirs", "other")


def test_the_first_route_that_fits_decides_and_the_others_are_told_why_not() -> None:
    way = found(route("fr", countries=("FR",)), route("de", countries=("DE",), cost=70), route("all"))
    assert (way.route, way.providers, way.cost) == ("de", ("de",), 70)
    assert way.passed == ("fr: the country is DE",)


def test_a_route_without_providers_sends_nothing() -> None:
    way = found(route("stop", providers=()), route("all"))
    assert (way.route, way.providers) == ("stop", ())


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({}, True),
        ({"active": False}, False),
        ({"channel": Channel.SMS}, True),
        ({"channel": Channel.VOICE}, False),
        ({"countries": ("FR", "de")}, True),
        ({"types": ("mobile",)}, True),
        ({"types": ("fixed_line",)}, False),
        ({"languages": ("de",)}, True),
        ({"languages": ("DE-at",)}, True),
        ({"languages": ("de-CH", "en")}, False),
        ({"languages": ("d",)}, False),
        ({"purposes": ("login",)}, True),
        ({"purposes": ("reset",)}, False),
        ({"realms": ("Staff",)}, True),
        ({"realms": ("guests",)}, False),
        ({"prefixes": ("+33", "+49151")}, True),
        ({"prefixes": ("+491511234567890",)}, False),
        ({"hours": "8-18"}, True),
        ({"hours": "18-8"}, False),
        ({"hours": "12-13"}, True),
        ({"hours": "11-12"}, False),
        ({"hours": "22-13"}, True),
        ({"share": 0}, False),
        ({"share": 100}, True),
        ({"countries": ("DE",), "purposes": ("reset",)}, False),
    ],
)
def test_all_that_a_route_names_has_to_fit(fields: dict[str, Any], fits: bool) -> None:
    assert (found(route(**fields)).route == "r") is fits


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+12425551234", "BS"),
        ("+18765551234", "JM"),
        ("+447911123456", "GG"),
        ("+447624123456", "IM"),
        ("+881612345678", "001"),
    ],
)
def test_a_dial_code_is_no_country(number: str, country: str) -> None:
    assert known(number).country == country


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+4915112345678", Kind.MOBILE),
        ("+4930123456", Kind.FIXED_LINE),
        ("+449098790000", Kind.PREMIUM),
        ("+19002345678", Kind.PREMIUM),
        ("+448712345678", Kind.PREMIUM),
        ("+18002345678", Kind.TOLL_FREE),
        ("+4911111111111", Kind.UNKNOWN),
    ],
)
def test_a_number_is_known_by_its_range(number: str, kind: Kind) -> None:
    assert known(number).kind is kind


@pytest.mark.parametrize(
    "number", ["9876543210", "110", "+49 151 123 ext 5", "+49151CALLME", "", "+0123456789"]
)
def test_what_is_no_number_of_the_world_has_no_kind(number: str) -> None:
    with pytest.raises(Refused):
        known(number)


@given(share=st.integers(1, 99), digits=st.integers(10**7, 10**8 - 1))
def test_a_share_always_takes_the_same_numbers(share: int, digits: int) -> None:
    sought = replace(SOUGHT, number=known(f"+49151{digits}"))
    first = found(route(share=share), sought=sought).route
    assert {found(route(share=share), sought=sought).route for _ in range(3)} == {first}
    if first:
        assert found(route(share=share + 1), sought=sought).route == first


def test_a_share_is_about_as_large_as_it_says() -> None:
    numbers = [replace(SOUGHT, number=replace(SOUGHT.number, e164=f"+49151{n:08}")) for n in range(2000)]
    taken = sum(found(route(share=10), sought=sought).route == "r" for sought in numbers)
    assert 120 < taken < 280


@given(number=st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_masked_number_hides_more_than_it_shows(number: str) -> None:
    shown = sum(character.isdigit() for character in masked(number))
    assert shown * 2 <= len(number) - 1
