"""Signatures, held against what their inventors publish."""

import hashlib
import hmac

import pytest

from watchword.crypto.signatures import (
    same,
    signatures_in,
    standard_is_right,
    standard_secret,
    twilio,
    vonage,
)

STANDARD = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
BODY = (
    b'{"metadata":{"name":"send-sms"},"user":{"id":"7b1d6f2e-3a40-4a57-9c37-0d6a4f0a9c11",'
    b'"phone":"+4915112345678"},"sms":{"otp":"482915"}}'
)
RIGHT = "v1,e48oDSkyjMK0kSKox+8sRE50quvs8j84YNea1AD/WTk="


def test_twilios_signature_is_that_of_the_vendors_published_example() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio("12345", url, fields.items()) == b"RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert twilio("12345", url, {**fields, "More": "1"}.items()) != b"RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize(
    "said",
    [RIGHT, f"v1,AAAA {RIGHT}", f"v1,AAAA, {RIGHT}", f"{RIGHT}, v1,AAAA", f"v1a,AAAA {RIGHT}", f" {RIGHT} "],
)
def test_a_standard_signature_counts_however_the_list_is_parted(said: str) -> None:
    assert standard_is_right([standard_secret(STANDARD)], "msg_wtch0001", "1790000000", BODY, said)


@pytest.mark.parametrize(
    ("identifier", "timestamp", "body", "said"),
    [
        ("other", "1790000000", BODY, RIGHT),
        ("msg_wtch0001", "1790000001", BODY, RIGHT),
        ("msg_wtch0001", "1790000000", BODY + b" ", RIGHT),
        ("msg_wtch0001", "1790000000", BODY, RIGHT.replace("v1,", "v2,")),
        ("msg_wtch0001", "1790000000", BODY, RIGHT.replace("v1,", "v1a,")),
        ("msg_wtch0001", "1790000000", BODY, ""),
        ("msg_wtch0001", "1790000000", BODY, "v1,"),
        ("msg_wtch0001", "1790000000", BODY, "," * 10_000),
    ],
)
def test_a_standard_signature_is_over_all_of_it(
    identifier: str, timestamp: str, body: bytes, said: str
) -> None:
    assert not standard_is_right([standard_secret(STANDARD)], identifier, timestamp, body, said)


def test_a_long_list_of_signatures_is_read_in_part_only() -> None:
    assert len(signatures_in("v1,A " * 1000)) <= 16


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_AAAA", "whsec_?", "x" * 500])
def test_a_secret_that_is_short_or_no_base64_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="no "):
        standard_secret(text)


def test_a_secret_may_be_written_as_supabase_does() -> None:
    assert standard_secret(f"v1,{STANDARD}") == standard_secret(STANDARD)


@pytest.mark.parametrize("method", ["md5", "sha1", "sha256", "sha512"])
def test_vonages_signature_sorts_and_keeps_its_signs_apart(method: str) -> None:
    fields = {"to": "49", "a": "1&2=3", "sig": "whatever"}
    right = hmac.digest(b"secret", b"&a=1_2_3&to=49", method).hex().encode()
    assert vonage("secret", method, fields) == right


def test_vonages_older_hash_has_the_secret_behind_the_text() -> None:
    right = hashlib.md5(b"&a=1secret").hexdigest().encode()
    assert vonage("secret", "md5hash", {"a": "1"}) == right


def test_same_means_equal() -> None:
    assert same(b"a", b"a")
    assert not same(b"a", b"b")
    assert not same(b"", b"b")
