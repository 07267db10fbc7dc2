import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from watchword.errors import BadParameter, MissingParameter, Refused
from watchword.model.message import Channel, Message
from watchword.testing.bench import Bench
from watchword.testing.token_type_contract import AdjustableContract, ChallengingContract
from watchword.tokens.mail import Email

FORM = {"email_address": "alice@example.com"}
ALICE = {"givenname": "Alice", "surname": "Lee", "email": "alice@home.example"}


class TestContract(ChallengingContract, AdjustableContract):
    kind = Email()
    form = FORM


def message(rules: dict[str, object] | None = None, attributes: dict[str, str] | None = None) -> Message:
    sent = Bench(Email(), FORM).ask(rules=rules, attributes=attributes).message
    assert sent is not None
    return sent


def read(rules: dict[str, object], attributes: dict[str, str] | None = None) -> tuple[str, str]:
    """Subject and text with the code written as C."""
    sent = message(rules, attributes)
    return sent.subject.replace(sent.code, "C"), sent.text.replace(sent.code, "C")


def test_an_address_is_needed_and_kept() -> None:
    with pytest.raises(MissingParameter) as missing:
        Bench(Email(), {"phone": "1"})
    assert missing.value.name == "email_address"
    assert dict(Bench(Email(), FORM).token.info) == {"email_address": "alice@example.com", "hashlib": "sha1"}


@pytest.mark.parametrize(
    "address", ["a@b", "a.b+c@mail.example.com", "änne@bücher.example", "root@[127.0.0.1]", "o'neill@x.y"]
)
def test_a_bare_address_is_taken_as_given(address: str) -> None:
    sent = Bench(Email(), {"email_address": address}).ask().message
    assert sent is not None
    assert sent.to == address


@pytest.mark.parametrize(
    "address",
    [
        "alice", "@x.y", "a@", "a@b@c", "a@b,c@d", "a@b;c@d", "a@b c@d", "Alice <a@b>", "a@b\r\nBcc: c@d", "a@b\n",
        '"a b"@c', "a@b\x00", "a@b\u2028", "group:a@b", "a\\@b", "a" * 250 + "@b.cd", "a@\ud800",
    ],
)  # fmt: skip
def test_a68_what_could_begin_a_second_address_or_header_is_refused(address: str) -> None:
    with pytest.raises(BadParameter, match="email_address"):
        Bench(Email(), {"email_address": address})
    bench = Bench(Email(), FORM)
    bench.token = replace(bench.token, info={"email_address": address})
    with pytest.raises(Refused):
        bench.ask()


def test_without_policy_the_message_is_the_bare_code_and_the_subject_the_providers() -> None:
    assert read({}) == ("", "C")


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("Code: <otp> for <serial>", "Code: C for TEST0001"),
        ("Your code:", "Your code:C"),
        ("Dear ${givenname} ${surname},\n<otp>", "Dear Alice Lee,\nC"),
        ("${nickname} ${ givenname } $givenname ${} ${GivenName} <otp>", "${nickname} ${ givenname } $givenname ${} ${GivenName} C"),
        ("<transactionid> <otp>", "<transactionid> C"),
        ("<html><body>${givenname}: <otp></body></html>", "<html><body>Alice: C</body></html>"),
        ("", "C"),
    ],
)  # fmt: skip
def test_the_policy_words_the_message(template: str, wanted: str) -> None:
    assert read({"emailtext": template}, ALICE)[1] == wanted


def test_the_subject_takes_the_same_words_and_needs_no_code() -> None:
    assert read({"emailsubject": "<otp> for <serial>, ${givenname}"}, ALICE) == ("C for TEST0001, Alice", "C")
    assert read({"emailsubject": "Log-in"}, ALICE) == ("Log-in", "C")


@pytest.mark.parametrize(
    "name", ["Eve\r\nBcc: all@example.com", "Eve\nX: y", "Eve\x00", "Eve\u2028X", "\u202eEve", "Eve\x85X"]
)
def test_a68_a_name_in_the_subject_makes_no_header(name: str) -> None:
    sent = message(
        {"emailsubject": "Code for ${givenname}", "emailtext": "Hi ${givenname}: <otp>"}, {"givenname": name}
    )
    for text in (sent.subject, sent.text, *sent.fields.values()):
        assert text.isprintable()
    assert sent.subject.startswith("Code for ")


def test_a68_a_line_break_in_the_policys_subject_makes_no_header() -> None:
    assert read({"emailsubject": "Log-in\r\nBcc: x@y"})[0] == "Log-in Bcc: x@y"


def test_a68_a_name_that_looks_like_a_placeholder_is_a_name() -> None:
    attributes = {"givenname": "<otp>", "surname": "${givenname}\\1"}
    sent = message({"emailtext": "${givenname} ${surname} <otp>", "emailsubject": "${givenname}"}, attributes)
    assert sent.text == f"<otp> ${{givenname}}\\1 {sent.code}"
    assert sent.subject == "<otp>"


def test_an_attribute_cannot_take_the_codes_or_the_serials_place() -> None:
    sent = message({"emailtext": "<otp> ${serial}"}, {"serial": "FORGED", "otp": "000000", "": "x"})
    assert sent.text == f"{sent.code} TEST0001"
    assert sent.code not in sent.fields.values()


def test_a_providers_own_template_may_name_the_owner() -> None:
    assert message(attributes=ALICE).fields == {**ALICE, "serial": "TEST0001"}


def test_a_long_name_is_cut() -> None:
    assert len(message({"emailtext": "${givenname}<otp>"}, {"givenname": "x" * 10_000}).text) == 206


def test_the_address_of_the_directory_counts_where_policy_says_so() -> None:
    dynamic: dict[str, object] = {"dynamic_email_address": True}
    assert message(dynamic, ALICE).to == "alice@home.example"
    assert message({}, ALICE).to == "alice@example.com"
    assert message(dynamic, {"email": "none"}).to == "alice@example.com"
    assert message(dynamic, {}).to == "alice@example.com"


def test_an_administrator_may_change_the_address() -> None:
    bench = Bench(Email(), FORM)
    bench.token = Email().adjust(bench.token, "email_address", "a@b.example")
    assert bench.token.info == {"email_address": "a@b.example", "hashlib": "sha1"}


def test_it_says_what_clients_match_on() -> None:
    kind = Email()
    assert (kind.label, kind.prefix, kind.channel) == ("email", "LSEM", Channel.EMAIL)
    assert (kind.prompt, kind.blocked) == ("e-mail sent successfully", "e-mail with otp already submitted")
    assert kind.only_asked
    assert not kind.pin_with_answer
    assert kind.replaces_lost == "email"
    assert [action.name for action in kind.actions] == ["emailtext", "emailsubject", "dynamic_email_address"]


def test_its_times_are_its_own() -> None:
    settings = {
        "EmailChallengeValidityTime": "600",
        "DefaultChallengeValidityTime": "60",
        "SMSProviderTimeout": "5",
    }
    bench = Bench(Email(), FORM, settings=settings)
    sent = bench.ask().message
    assert sent is not None
    assert sent.seconds == 600
    assert Email().quiet_for(bench.configuration) == 120_000


TEMPLATES = st.lists(
    st.one_of(
        st.sampled_from(["<otp>", "<serial>", "${givenname}", "${", "}", "<", "\n"]), st.text(max_size=5)
    )
).map("".join)


@given(text=TEMPLATES, subject=TEMPLATES, name=TEMPLATES)
def test_the_code_stands_exactly_where_the_rules_say(text: str, subject: str, name: str) -> None:
    asked = Bench(Email(), FORM).ask(
        rules={"emailtext": text, "emailsubject": subject}, attributes={"givenname": name}
    )
    sent = asked.message
    assert sent is not None
    template = text if "<otp>" in text else f"{text}<otp>"
    word = sent.fields["givenname"]
    pieces = [
        piece.replace("<serial>", "TEST0001").replace("${givenname}", word)
        for piece in template.split("<otp>")
    ]
    assert sent.text == asked.code.join(pieces)
    assert sent.subject.count(asked.code) == subject.count("<otp>")
    assert not set("\r\n\x00") & set(sent.subject)
    assert asked.code not in f"{asked.prompt}{asked!r}{sent!r}{sent.fields}"
