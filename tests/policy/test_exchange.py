import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.errors import BadParameter
from watchword.model.policy import Policy
from watchword.policy.catalogue import Catalogue
from watchword.policy.exchange import export_text, import_text
from watchword.policy.saving import check

CATALOGUE = Catalogue.collect([])
PIN = Policy(
    name="pin", scope="authentication", action="otppin=1, smstext='Code, <otp>'", realm="sales", active=False
)


def test_a_policy_is_exported_as_a_section() -> None:
    assert export_text([PIN]) == (
        "[pin]\n"
        "action = otppin=1, smstext='Code, <otp>'\n"
        "scope = authentication\n"
        "realm = sales\n"
        "user = *\n"
        "time = * * * * * *;\n"
        "client = *\n"
        "active = False\n"
        "name = pin\n"
    )


def test_files_of_other_servers_are_read() -> None:
    text = (
        '\ufeff# exported\r\n[one]\r\naction = "read, write"\r\nscope=system\r\nrealm = *\r\nuser = ada\r\n'
        "time = *\r\nsomething = else\r\n\r\n[ two ]\r\nscope = admin\r\naction = 'enable'\r\nactive = False\r\n"
    )
    one, two = import_text(text)
    assert one == Policy(
        name="one", scope="system", action="read, write", realm="*", user="ada", client="", time="*"
    )
    assert (two.name, two.action, two.realm, two.active) == ("two", "enable", "", False)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "holds no policy"),
        ("\n# nothing\n", "holds no policy"),
        ("scope = admin\n", "line 1"),
        ("[a]\nscope = admin\nnonsense\n", "line 3"),
        ("[a]\n= x\n", "line 2"),
        ("[a]\nscope = admin\n", "'a' of the file"),
        ("[a]\nscope = admin\naction = x\nactive = perhaps\n", "True or False"),
        ("[a]\nscope = admin\naction = x\n[a]\n", "'a' is there twice"),
        ("\x00\x01\x02", "line 1"),
        ("<xml/>", "line 1"),
    ],
)
def test_a_malformed_file_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(BadParameter, match=place):
        import_text(text)


MESSAGES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")) | st.just("\n"), max_size=20)


@given(
    st.lists(
        st.builds(
            lambda name, message, user, active: Policy(
                name=name,
                scope="ocra",
                action=f"x, smstext='{message}'" if "'" not in message else "x",
                realm="*",
                user=user,
                active=active,
            ),
            st.text("ab_9", min_size=1, max_size=5),
            MESSAGES,
            st.sampled_from(["*", "Hugo, !Emma", "#a == 'b; c'", ""]),
            st.booleans(),
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda policy: policy.name,
    )
)
def test_what_is_exported_is_imported_the_same(policies: list[Policy]) -> None:
    kept = [check(policy, CATALOGUE) for policy in policies]
    assert import_text(export_text(kept)) == kept
