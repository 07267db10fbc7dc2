import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.errors import BadParameter
from watchword.policy.notation.clients import read_clients
from watchword.policy.notation.lists import ANY, EXACT, OUT

EXAMPLE = "192.168.0.0/16, -192.168.17.15, !192.168.16.0/24"


@pytest.mark.parametrize(
    ("client", "found"),
    [
        ("192.168.1.1", EXACT),
        ("192.168.17.15", OUT),
        ("192.168.17.16", EXACT),
        ("192.168.16.200", OUT),
        ("10.0.0.1", OUT),
        ("::ffff:192.168.1.1", EXACT),
        ("::ffff:c0a8:110f", OUT),
        ("", OUT),
        (None, OUT),
        ("no address", OUT),
    ],
)
def test_the_documented_example_means_what_it_says(client: str | None, found: int) -> None:
    assert read_clients(EXAMPLE).precision(client) == found


@pytest.mark.parametrize(
    ("condition", "client", "found"),
    [
        ("2001:db8::/32", "2001:db8::1", EXACT),
        ("2001:db8::/32", "2001:DB8:0::0:1", EXACT),
        ("2001:db8::/32", "2001:db9::1", OUT),
        ("::1", "::1", EXACT),
        ("127.0.0.1, ::1", "::1", EXACT),
        ("::ffff:10.0.0.0/104", "10.1.2.3", EXACT),
        ("::ffff:10.1.2.3", "10.1.2.3", EXACT),
        ("0.0.0.0/0", "::1", OUT),
        ("::/0", "10.1.2.3", OUT),
        ("10.0.0.0/255.0.0.0", "10.1.2.3", EXACT),
        ("10.1.2.3/8", "10.9.9.9", EXACT),
        ("fe80::/10", "fe80::1%eth0", EXACT),
        ("*", "10.1.2.3", ANY),
        ("*", None, ANY),
        ("*, 10.0.0.0/8", "10.1.2.3", EXACT),
        ("*, !10.0.0.0/8", "::ffff:10.1.2.3", OUT),
        ("*, !10.0.0.0/8", "11.1.2.3", ANY),
        ("!10.0.0.0/8", "11.1.2.3", OUT),
        ("", "11.1.2.3", OUT),
    ],
)
def test_networks_of_both_families_are_told_apart(condition: str, client: str | None, found: int) -> None:
    assert read_clients(condition).precision(client) == found


@pytest.mark.parametrize(
    "condition", ["10.0.0.0/33", "10.0.0", "vpn.example.com", "!*", "10.0.0.1-10.0.0.9", "-"]
)
def test_what_is_no_network_is_refused(condition: str) -> None:
    with pytest.raises(BadParameter, match="client condition"):
        read_clients(condition)


NETWORKS = st.one_of(
    st.ip_addresses(v=4).flatmap(lambda a: st.integers(0, 32).map(lambda bits: f"{a}/{bits}")),
    st.ip_addresses(v=6).flatmap(lambda a: st.integers(0, 128).map(lambda bits: f"{a}/{bits}")),
    st.just("*"),
)


@given(st.lists(NETWORKS), st.lists(NETWORKS.filter(lambda network: network != "*")))
def test_what_is_printed_reads_as_the_same_condition(wanted: list[str], refused: list[str]) -> None:
    clients = read_clients(", ".join([*wanted, *(f"!{network}" for network in refused)]))
    assert read_clients(str(clients)) == clients
