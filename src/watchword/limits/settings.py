"""Settings of the limits on guesses and on costly work."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class LimitSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often somebody may be wrong before the next try has to wait. Counted by person."""

    mode: Annotated[
        Literal["enforce", "record"],
        Meta(
            description="`enforce` makes further tries wait; `record` counts and reports, and refuses nothing"
        ),
    ] = "enforce"
    threshold: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            description="Failures of one person after which further tries wait; an address where they got in counts apart",
        ),
    ] = 100
    base: Annotated[
        int, Meta(ge=1, le=86_400, description="Seconds of the first wait; each further failure doubles it")
    ] = 30
    longest: Annotated[int, Meta(ge=1, le=2_592_000, description="Seconds of the longest wait")] = 900
    forget: Annotated[
        int, Meta(ge=1, le=31_536_000, description="Seconds without a failure after which all are forgotten")
    ] = 86_400


def _check_kinds(kinds: tuple[str, ...]) -> None:
    if unknown := set(kinds) - set(KINDS):
        raise ValueError(unknown)


def _bound(what: str) -> Meta:
    return Meta(ge=0, le=1_000_000_000, description=f"Codes of others {what}; 0 is no bound")


KINDS = (
    *("mobile", "fixed_line", "fixed_line_or_mobile", "voip", "personal", "toll_free", "premium"),
    *("shared_cost", "pager", "company", "voicemail", "unknown"),
)
"""What a number may lead to."""


class TelephonySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which numbers get codes that others have us bring."""

    refused_numbers: Annotated[
        tuple[str, ...],
        Meta(
            description="Kinds of numbers that get no codes of others; `unknown` is what no range is known for",
            extra={"check": _check_kinds, "allowed": f"a list of these: {', '.join(KINDS)}"},
        ),
    ] = ("premium", "shared_cost", "pager", "company", "voicemail")
    refused_countries: Annotated[
        tuple[str, ...],
        Meta(
            description="Countries that get none, as two letters; `001` is satellites and other numbers of no country"
        ),
    ] = ("001",)
    number_hour: Annotated[int, _bound("to one number in an hour")] = 10
    number_day: Annotated[int, _bound("to one number in a day")] = 30
    person_day: Annotated[int, _bound("to one person in a day, by the name that the caller gives")] = 50
    address_day: Annotated[int, _bound("asked for from one address in a day, by the caller's word")] = 200
    range_hour: Annotated[
        int, _bound("to one range of numbers (all but the last four digits) in an hour")
    ] = 100
    country_day: Annotated[int, _bound("to one country in a day")] = 0
    total_day: Annotated[int, _bound("in a day in all")] = 0
    budget_day: Annotated[
        int,
        Meta(
            ge=0,
            le=10**15,
            description="Money for codes of others in a day, in millionths, by the `cost` of routes; 0 is no bound",
        ),
    ] = 0


class PasswordSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many slow hashes may be under way in one worker."""

    workers: Annotated[int, Meta(ge=1, le=64, description="Threads of one worker that check passwords")] = 2
    queue: Annotated[
        int, Meta(ge=1, le=10_000, description="Checks that may wait for a thread; further ones are refused")
    ] = 200
    seconds: Annotated[
        int, Meta(ge=1, le=300, description="Longest wait of a check before it is refused")
    ] = 10
