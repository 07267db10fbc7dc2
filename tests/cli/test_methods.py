"""``watchword oidc method`` and ``watchword oidc default``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_a_method_is_set_enabled_made_the_default_and_listed_without_its_secret(
    say: Callable[..., Any], home: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "token"
    secret.write_text("hush-hush\n")
    where = ("--home", home)
    words = ("twilio_sid=AC1", f"twilio_token=file:{secret}", "from_number=+15005550006")
    assert say("oidc", "method", "set", "twilio_sms", *words, *where).code == 0
    assert say("oidc", "method", "enable", "twilio_sms", *where).printed == "twilio_sms is enabled\n"
    assert say("oidc", "default", "twilio_sms", *where).printed == "default: twilio_sms\n"
    listed = say("oidc", "method", "list", *where).printed
    assert "twilio_sms: Twilio SMS, level 25, enabled [Default acr]" in listed
    assert "hush-hush" not in listed
    refused = say("oidc", "method", "disable", "twilio_sms", *where)
    assert refused.code != 0
    assert "Default acr" in refused.complaints


def test_a_secret_is_no_word_of_the_command_line(say: Callable[..., Any], home: Path) -> None:
    said = say("oidc", "method", "set", "twilio_sms", "twilio_token=hush-hush", "--home", home)
    assert said.code != 0
    assert "hush-hush" not in said.complaints
