"""Which method of authentication a request gets, and when what was shown is enough."""

import logging

import pytest

from watchword.app import OUR_KINDS
from watchword.authentication.methods import Active, DisabledDefault, Methods, UnmetAcr, Wish, amr_of
from watchword.crypto.sealing import Sealed
from watchword.model.configuration import Configuration, Entry
from watchword.model.method import DEFAULT_ACR, MethodConfig, carrier_name
from watchword.model.session import PASSWORD, Proof
from watchword.plugin.loading import load_kinds

KINDS = load_kinds(*OUR_KINDS)
PWD = Proof(how=PASSWORD, at=1_000)
SMS = Proof(how="sms", at=2_000, serial="LSSM1")
BY_TWILIO = Proof(how="sms", at=2_000, serial="LSSM1", carrier=carrier_name("twilio_sms"))
TOTP = Proof(how="totp", at=3_000, serial="TOTP1")


def configuration(*names: str, default: str = "", **levels: int) -> Configuration:
    """Password and these methods in force."""
    methods = {
        name: MethodConfig(name=name, enabled=name in {"pwd", *names}, level=levels.get(name, method.level))
        for name, method in KINDS.methods.items()
    }
    if "twilio_sms" in names:
        methods["twilio_sms"] = MethodConfig(
            name="twilio_sms",
            enabled=True,
            level=levels.get("twilio_sms", 25),
            aliases=("urn:example:sms",),
            properties={"twilio_sid": "AC1", "from_number": "+15005550006"},
            secrets={"twilio_token": Sealed(b"x")},
            carrier=Sealed(b"x"),
            carrier_class="TwilioSMSProvider",
        )
    entries = {DEFAULT_ACR: Entry(value=default)} if default else {}
    return Configuration(methods=methods, entries=entries)


def names(found: tuple[Active, ...]) -> list[str]:
    return [one.name for one in found]


def wished(config: Configuration, *words: str, **fields: object) -> list[str]:
    return names(Methods(KINDS).wished(Wish(acr_values=words, **fields), config))  # type: ignore[arg-type]


def test_the_request_goes_before_the_client_and_the_client_before_the_server() -> None:
    config = configuration("sms", "totp", "twilio_sms", default="twilio_sms")
    assert wished(config, "totp", defaults=("sms",)) == ["totp"]
    assert wished(config, defaults=("sms",)) == ["sms"]
    assert wished(config) == ["twilio_sms"]


def test_without_a_default_the_highest_level_is_asked_for_and_the_password_if_it_is_all_there_is() -> None:
    assert wished(configuration("sms", "totp")) == ["totp"]
    assert wished(configuration("sms", "totp", sms=99)) == ["sms"]
    assert wished(configuration()) == ["pwd"]


def test_words_that_mean_nothing_are_passed_over_and_the_order_is_kept() -> None:
    config = configuration("sms", "totp", default="pwd")
    assert wished(config, "urn:nothing", "totp", "sms") == ["totp", "sms"]
    assert wished(config, "urn:nothing", "twilio_sms") == ["pwd"]


def test_an_alias_is_the_method_and_is_what_the_application_is_told() -> None:
    config = configuration("twilio_sms")
    methods = Methods(KINDS)
    assert "urn:example:sms" in methods.supported(config)
    wish = Wish(acr_values=("urn:example:sms",))
    reached = methods.met(wish, methods.wished(wish, config), (PWD, BY_TWILIO), config)
    assert reached is not None
    assert reached.acr == "urn:example:sms"


def test_what_must_be_met_and_is_not_in_force_is_refused_and_never_made_up_for() -> None:
    config = configuration("sms")
    with pytest.raises(UnmetAcr):
        wished(config, essential=("twilio_sms", "gold"))
    assert wished(config, essential=("gold", "sms")) == ["sms"]


def test_a_default_that_is_not_in_force_is_reported_and_lets_nobody_in_weaker(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(DisabledDefault):
        wished(configuration("sms", default="twilio_sms"))
    assert "names twilio_sms, which is not in force" in caplog.text


def test_a_method_in_force_is_supported_and_no_other() -> None:
    assert Methods(KINDS).supported(configuration("sms")) == ("pwd", "sms")
    assert Methods(KINDS).levels(configuration("sms")) == {20: ["sms"], 10: ["pwd"]}


def test_proofs_that_are_not_enough_are_not_told_as_more_than_they_are() -> None:
    config = configuration("sms", "totp", "twilio_sms")
    methods = Methods(KINDS)

    def told(words: tuple[str, ...], *proofs: Proof) -> str | None:
        wish = Wish(acr_values=words)
        reached = methods.met(wish, methods.wished(wish, config), proofs, config)
        return reached.acr if reached is not None else None

    assert told(("sms",), PWD) is None
    assert told(("sms",), SMS) is None  # the password is missing
    assert told(("sms",), PWD, SMS) == "sms"
    assert told(("twilio_sms",), PWD, SMS) is None  # brought by somebody else
    assert told(("twilio_sms",), PWD, BY_TWILIO) == "twilio_sms"
    assert told(("twilio_sms",), PWD, Proof(how="sms", at=1, rollout=True, carrier=BY_TWILIO.carrier)) is None


def test_a_stronger_session_is_kept_and_told_unless_the_weaker_word_must_be_met() -> None:
    config = configuration("sms", "totp")
    methods = Methods(KINDS)
    wish = Wish(acr_values=("sms",))
    reached = methods.met(wish, methods.wished(wish, config), (PWD, TOTP), config)
    assert reached is not None
    assert (reached.acr, reached.level) == ("totp", 30)
    must = Wish(essential=("sms",))
    assert methods.met(must, methods.wished(must, config), (PWD, TOTP), config) is None


@pytest.mark.parametrize(
    ("proofs", "words"),
    [
        ((PWD,), ("pwd",)),
        ((PWD, SMS), ("pwd", "sms", "otp", "mca", "mfa")),
        ((PWD, Proof(how="voice", at=1)), ("pwd", "tel", "otp", "mca", "mfa")),
        ((PWD, TOTP), ("pwd", "otp", "mfa")),
        ((PWD, Proof(how="email", at=1)), ("pwd", "otp", "mca", "mfa")),
    ],
)
def test_amr_says_what_was_shown_in_the_words_of_rfc_8176(
    proofs: tuple[Proof, ...], words: tuple[str, ...]
) -> None:
    assert amr_of(proofs, KINDS) == words


def test_the_log_says_what_the_seed_says_once_for_each_change(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    methods = Methods(KINDS)
    config = configuration("twilio_sms")
    methods.active(config)
    methods.active(config)
    said = [record.getMessage() for record in caplog.records if "Twilio" in record.getMessage()]
    assert said == ["Twilio SMS. Initialization", "Twilio SMS. Initialized successfully"]
