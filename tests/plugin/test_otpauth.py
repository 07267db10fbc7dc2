from base64 import b32decode
from urllib.parse import parse_qs, unquote, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from watchword.plugin.otpauth import LONGEST_URL, otpauth_url
from watchword.plugin.shapes import Label

texts = st.text(st.characters(codec="utf-8"), max_size=500)


def label_of(url: str) -> tuple[str, str]:
    issuer, _, account = urlsplit(url).path.removeprefix("/").partition(":")
    return unquote(issuer, errors="strict"), unquote(account, errors="strict")


@given(st.binary(min_size=1, max_size=64), texts, texts, st.sampled_from([6, 8]), st.sampled_from([30, 60]))
def test_a_url_is_short_enough_and_reads_back(
    key: bytes, issuer: str, account: str, digits: int, period: int
) -> None:
    url = otpauth_url("totp", key, Label(issuer=issuer, account=account), digits=digits, period=period)
    assert len(url) <= LONGEST_URL
    assert url.isascii()
    query = parse_qs(urlsplit(url).query)
    secret = query["secret"][0]
    assert b32decode(secret + "=" * (-len(secret) % 8)) == key
    assert query.get("digits", ["6"]) == [str(digits)]
    assert query.get("period", ["30"]) == [str(period)]
    if issuer:
        read_issuer, read_account = label_of(url)
        assert issuer.startswith(read_issuer)
        assert account.startswith(read_account)
        assert query["issuer"] == [read_issuer]


@given(st.text("abc@:ä€", max_size=30), st.text("xyz :%&?#ö", min_size=1, max_size=10))
def test_what_is_short_is_kept_whole(account: str, issuer: str) -> None:
    url = otpauth_url("hotp", b"x" * 20, Label(issuer=issuer, account=account), counter=0)
    if len(url) < LONGEST_URL - 12:
        assert label_of(url) == (issuer, account)


def test_a_long_account_gives_way_before_the_issuer() -> None:
    url = otpauth_url("hotp", b"x" * 64, Label(issuer="House of Words", account="ä" * 200), counter=0)
    issuer, account = label_of(url)
    assert issuer == "House of Words"
    assert len(account) > 10
    assert len(url) > LONGEST_URL - 6


def test_without_an_issuer_the_account_stands_alone() -> None:
    assert (
        otpauth_url("hotp", b"12345", Label(issuer="", account="a b"))
        == "otpauth://hotp/a%20b?secret=GEZDGNBV"
    )


def test_text_that_is_no_unicode_does_no_harm() -> None:
    assert otpauth_url("hotp", b"12345", Label(issuer="", account="\ud800")).startswith("otpauth://hotp/%3F?")
