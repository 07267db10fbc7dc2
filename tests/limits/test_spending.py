"""What a message counts against."""

from msgspec.structs import replace

from watchword.limits.settings import TelephonySettings
from watchword.limits.spending import charges
from watchword.model.spending import Charge

NOON = 1_767_268_800_000


def counted(settings: TelephonySettings, **known: object) -> dict[str, Charge]:
    usual = {
        "number": "+4915112345678",
        "person": "ada",
        "address": "203.0.113.9",
        "country": "DE",
        "cost": 7,
    }
    found = charges(
        settings,
        lambda kind, text: f"<{kind}:{text}>",
        now=NOON,
        **{**usual, **known},  # type: ignore[arg-type]
    )
    return {one.reason: one for one in found}


def test_usual_bounds_are_by_number_person_address_and_range() -> None:
    assert set(counted(TelephonySettings())) == {
        "number-hour",
        "number-day",
        "person-day",
        "address-day",
        "range-hour",
    }


def test_what_is_not_known_or_has_no_bound_is_not_counted() -> None:
    assert "person-day" not in counted(TelephonySettings(), person="")
    assert "number-day" not in counted(TelephonySettings(number_day=0))


def test_money_and_totals_are_counted_where_they_are_bounded() -> None:
    settings = TelephonySettings(country_day=5, total_day=6, budget_day=100)
    found = counted(settings)
    assert (found["budget-day"].cost, found["budget-day"].most_cost) == (7, 100)
    assert (found["country-day"].most, found["total-day"].most) == (5, 6)


def test_numbers_of_a_range_share_a_key_and_have_their_own() -> None:
    one, two = (counted(TelephonySettings(), number=f"+491511234{n}") for n in ("5678", "9999"))
    assert one["range-hour"] == two["range-hour"]
    assert one["number-hour"].key != two["number-hour"].key


def test_counts_end_with_the_hour_and_the_day() -> None:
    found = counted(TelephonySettings())
    assert found["number-hour"].until == NOON + 3_600_000
    assert found["number-day"].until % 86_400_000 == 0
    assert replace(found["number-hour"], reason="x").until > NOON
