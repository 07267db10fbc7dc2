import csv
import io
import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.crypto.passwords import is_password_hash
from watchword.directory.names import canonical, login_key
from watchword.directory.reading import CSV_COLUMNS, NO_PASSWORD, Form, Listed, read_columns, read_people
from watchword.errors import BadParameter

PLAIN = Form(passwords_in_plaintext=True)


def test_a_csv_line_is_login_id_names_addresses_and_password() -> None:
    text = 'alice,1001,Liddell,Alice,alice@example.org,+44 1865,"+44, 7700",secret\nbob,1002\n\n'
    assert read_people(text, PLAIN) == (
        Listed(
            line=1,
            userid="1001",
            login="alice",
            attributes={
                "surname": "Liddell",
                "givenname": "Alice",
                "email": "alice@example.org",
                "phone": "+44 1865",
                "mobile": "+44, 7700",
            },
            password="secret",
        ),
        Listed(line=2, userid="1002", login="bob"),
    )


def test_header_delimiter_quotes_and_columns_are_as_told() -> None:
    text = "id;name;word\n1;'al;ice';s\n"
    form = Form(
        delimiter=";",
        quotechar="'",
        skip_header=True,
        columns={"userid": 0, "username": 1, "password": 2},
        passwords_in_plaintext=True,
    )
    assert read_people(text, form) == (Listed(line=2, userid="1", login="al;ice", password="s"),)


def test_without_a_quotechar_nothing_is_quoted() -> None:
    assert read_people('"alice",1\n', Form(quotechar=""))[0].login == '"alice"'


@pytest.mark.parametrize("word", ["passwd", "password", "PASSWD"])
def test_a_passwd_line_is_parted_as_passwd_does(word: str) -> None:
    text = "# staff\nalice:x:1001:100:Alice van Liddell,R 7,+44 7700,+44 1865,a@example.org:/home:/bin/sh\nbob:*:2\n"
    alice, bob = read_people(text, Form(format=word))
    assert (alice.line, alice.userid, alice.login, alice.password) == (2, "1001", "alice", NO_PASSWORD)
    assert alice.attributes == {
        "surname": "van Liddell",
        "givenname": "Alice",
        "email": "a@example.org",
        "phone": "+44 1865",
        "mobile": "+44 7700",
    }
    assert (bob.userid, bob.attributes) == ("2", {})


@pytest.mark.parametrize("mark", ["x", "*", "!"])
def test_the_mark_of_a_password_that_lies_elsewhere_never_becomes_a_password(mark: str) -> None:
    form = Form(format="passwd", passwords_in_plaintext=True)
    assert not read_people(f"alice:{mark}:1:1:::", form)[0].password


def test_clear_text_where_a_hash_should_be_is_not_kept() -> None:
    hashed = (
        "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
    )
    text = f"alice,1,,,,,,{hashed}\nbob,2,,,,,,my secret\ncarol,3\n"
    assert [person.password for person in read_people(text, Form())] == [hashed, NO_PASSWORD, ""]


@pytest.mark.parametrize(
    "text", ["alice,1\r\nbob,2\r\n", "alice,1\rbob,2", "\ufeffalice,1\nbob,2", "\n\nalice,1\n\nbob,2"]
)
def test_line_ends_empty_lines_and_byte_order_marks_do_not_matter(text: str) -> None:
    assert [person.login for person in read_people(text, Form())] == ["alice", "bob"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("alice,1\n,2\n", "Line 2: no login"),
        ("alice,1\nbob\n", "Line 2: no user id"),
        ("alice,1\nbob,1\n", "Line 2: the user id '1' stands in line 1 too"),
        ("alice,1\nbob,2\n Alice,3\n", "Line 3: the login 'alice' stands in line 1 too"),
        ("alice,1\n\uff21lice,2\n", "Line 2: the login 'alice' stands in line 1 too"),
        ("straße,1\nSTRASSE,2\n", "Line 2: the login"),
        ("al\0ice,1\n", "Line 1: username holds control characters"),
        ("al\u200bice,1\n", "Line 1: no login, one of invisible characters"),
        ('alice,1\nbob,2,"a\nb"\n', "Line 2: surname holds control characters"),
        ('alice,1\n"bob,2\n', "Line 2: "),
        ('alice,1\n"bo"b,2\n', "Line 2: "),
        (f"alice,1\n{'x' * 400},2\n", "Line 2: no login"),
        (f"alice,1,{'x' * 200_000}\n", "Line 1: field larger"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(text: str, told: str) -> None:
    with pytest.raises(BadParameter) as refused:
        read_people(text, Form())
    assert refused.value.message.startswith(told)


def test_a_password_that_is_too_long_is_named_by_its_line() -> None:
    with pytest.raises(BadParameter, match="Line 1: a password has at most"):
        read_people(f"alice,1,,,,,,{'x' * 5000}", PLAIN)


@pytest.mark.parametrize(
    "form",
    [
        Form(format="xml"),
        Form(delimiter=""),
        Form(delimiter=",,"),
        Form(delimiter="\n"),
        Form(quotechar="\r"),
        Form(quotechar=","),
        Form(columns={"username": 0}),
        Form(columns={"username": 0, "userid": -1}),
        Form(columns={"username": 0, "userid": 1, "shoe": 2}),
    ],
)
def test_a_form_that_makes_no_sense_is_refused(form: Form) -> None:
    with pytest.raises(BadParameter):
        read_people("alice,1\n", form)


def test_columns_come_as_json() -> None:
    assert read_columns(' {"username": 1, "userid": "0"} ') == {"username": 1, "userid": 0}
    assert read_columns("") is None
    for broken in ("[1]", "{", '{"username": "a"}', '{"username": null}'):
        with pytest.raises(BadParameter, match="column_mapping"):
            read_columns(broken)


def test_no_password_is_shown() -> None:
    assert "secret" not in repr(read_people("alice,1,,,,,,secret", PLAIN))


plain = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=20)
listed = st.fixed_dictionaries(
    {
        "username": plain.filter(canonical),
        "userid": plain.filter(canonical),
        **dict.fromkeys(("surname", "givenname", "email", "phone", "mobile", "password"), plain),
    }
)


@given(
    st.lists(
        listed,
        max_size=5,
        unique_by=(lambda one: login_key(one["username"]), lambda one: canonical(one["userid"])),
    ),
    st.sampled_from([(",", '"'), (";", "'"), ("\t", "|")]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_was_written_is_read(people: list[dict[str, str]], marks: tuple[str, str], end: str) -> None:
    delimiter, quotechar = marks
    file = io.StringIO()
    writer = csv.writer(
        file, delimiter=delimiter, quotechar=quotechar, quoting=csv.QUOTE_ALL, lineterminator=end
    )
    writer.writerows([one[name] for name in CSV_COLUMNS] for one in people)
    form = Form(delimiter=delimiter, quotechar=quotechar, passwords_in_plaintext=True)
    read = read_people(file.getvalue(), form)
    assert [person.line for person in read] == list(range(1, len(people) + 1))
    for one, person in zip(people, read, strict=True):
        known = {"username": person.login, "userid": person.userid, "password": person.password}
        written = {name: value for name, value in one.items() if value}
        assert written | {name: canonical(one[name]) for name in ("username", "userid")} == {
            name: value for name, value in (known | dict(person.attributes)).items() if value
        }
        assert unicodedata.is_normalized("NFKC", person.login)


@given(st.text(), st.sampled_from(["csv", "passwd"]), st.booleans())
def test_any_text_is_read_or_refused(text: str, written: str, clear: bool) -> None:
    form = Form(format=written, passwords_in_plaintext=clear)
    with suppress(BadParameter):
        people = read_people(text, form)
        logins = {login_key(person.login) for person in people}
        assert len({person.userid for person in people}) == len(logins) == len(people)


@given(st.text())
def test_any_text_is_a_hash_or_none(text: str) -> None:
    assert is_password_hash(text) in {True, False}
