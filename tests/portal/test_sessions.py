import pytest

from watchword.portal.sessions import browser_of

APPLE = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        (
            f"{APPLE.format('Windows NT 10.0; Win64; x64')} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Edge, Windows",
        ),
        (
            f"{APPLE.format('iPhone; CPU iPhone OS 18_0 like Mac OS X')} Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_a_browser_is_told_by_its_name_and_system(agent: str, name: str) -> None:
    assert browser_of(agent) == name
