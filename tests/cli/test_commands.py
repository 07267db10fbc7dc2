"""The words, their help, and how a command ends that was said wrongly."""

from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from cyclopts import App
from hypothesis import given
from hypothesis import strategies as st

from watchword.cli import plain_serve
from watchword.cli.commands import app
from watchword.cli.exits import complain
from watchword.settings import CATALOGUE, load

COMMANDS = [
    ("serve",),
    ("init",),
    ("demo",),
    ("settings",),
    ("version",),
    ("reference",),
    ("admin", "create"),
    ("admin", "set-password"),
    ("admin", "list"),
    ("admin", "remove"),
    ("config", "export"),
    ("config", "apply"),
    ("invite",),
    ("oidc", "client", "add"),
    ("oidc", "client", "list"),
    ("oidc", "client", "remove"),
    ("oidc", "method", "list"),
    ("oidc", "method", "enable"),
    ("oidc", "method", "disable"),
    ("oidc", "method", "set"),
    ("oidc", "default"),
    ("plugin", "new"),
    ("plugin", "check"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_help_of_every_command_holds_an_example(say: Callable[..., Any], words: tuple[str, ...]) -> None:
    said = say(*words, "--help")
    assert said.code == 0
    assert f"watchword {' '.join(words)}" in " ".join(said.printed.partition("Example:")[2].split())


def test_no_command_is_missing_from_the_list_above() -> None:
    def below(group: App, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        names = [name for name in group if not name.startswith("-")]
        if not names:
            yield words
        for name in names:
            yield from below(group[name], (*words, name))

    assert sorted(below(app)) == sorted(COMMANDS)


def test_help_tells_where_settings_come_from(say: Callable[..., Any]) -> None:
    for words in ([], ["serve"]):
        told = " ".join(say(*words, "--help").printed.split())
        assert "flags, then from" in told
        assert "watchword.toml" in told


@pytest.mark.parametrize("words", [("version",), ("--version",)])
def test_the_version_is_that_of_the_package(say: Callable[..., Any], words: tuple[str, ...]) -> None:
    assert say(*words) == (0, f"Watchword {version('watchword')}\n", "")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["srve"], 'Did you mean "serve"?'),
        (["serve", "--hme", "x"], "Unknown option: --hme"),
        (["serve", "x"], "x"),
        (["admin", "create"], "requires an argument"),
        (["admin", "forget", "x"], "forget"),
        (["config", "apply"], "requires an argument"),
    ],
)
def test_what_cannot_be_understood_is_told_in_one_line(
    say: Callable[..., Any], words: list[str], sentence: str
) -> None:
    said = say(*words)
    assert said.code == 2
    assert said.printed == ""
    assert said.complaints.startswith("watchword: ")
    assert said.complaints.count("\n") == 1
    assert sentence in said.complaints


def test_a_bad_setting_ends_any_command_with_2(say: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "watchword.toml").write_text('[limits]\nmode = "none"')
    for words in (["serve"], ["init"], ["admin", "list"], ["config", "export"]):
        said = say(*words, "--home", tmp_path)
        assert (said.code, said.printed) == (2, "")
        assert said.complaints.startswith("watchword: The setting limits.mode is 'none' by ")


def test_a_house_that_was_not_made_yet_is_not_made_by_the_way(
    say: Callable[..., Any], tmp_path: Path
) -> None:
    said = say("admin", "list", "--home", tmp_path / "typo")
    assert said.code == 2
    assert "watchword init" in said.complaints
    assert list(tmp_path.iterdir()) == []


def test_settings_are_listed_with_meaning_and_variable(say: Callable[..., Any]) -> None:
    printed = say("settings").printed
    for setting in CATALOGUE.values():
        assert f"\n{setting.name}\n    {setting.meaning}" in f"\n{printed}"
        assert setting.variable in printed


def test_a_complaint_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    complain("no \x1b[2J such \x9b thing \u202e")
    assert capsys.readouterr().err == "watchword: no \\x1b[2J such \\x9b thing \\u202e\n"


@pytest.mark.parametrize(
    ("words", "flags"),
    [
        (["serve"], {}),
        (["serve", "--demo"], {}),
        (["serve", "--home", "a b", "--workers=2"], {"home": "a b", "workers": "2"}),
        (["serve", "--database", "sqlite:///x?y=z"], {"database": "sqlite:///x?y=z"}),
        (["init"], None),
        ([], None),
        (["serve", "--help"], None),
        (["serve", "--home"], None),
        (["serve", "--home", "--demo"], None),
        (["serve", "--home", "a", "--home", "b"], None),
        (["serve", "extra"], None),
    ],
)
def test_a_plain_serve_is_read_without_the_long_way(words: list[str], flags: dict[str, str] | None) -> None:
    assert plain_serve(words) == flags


@given(
    st.lists(
        st.sampled_from(
            ["--home", "--listen", "--workers=2", "--demo", "x", "--database=y", "-", "--no", "=", "--"]
        )
    )
)
def test_whatever_the_short_way_reads_the_long_way_reads_alike(words: list[str]) -> None:
    flags = plain_serve(["serve", *words])
    if flags is not None:
        _, bound, _ = app.parse_args(["serve", *words], exit_on_error=False, print_error=False)
        place = bound.arguments.get("place")
        long = {
            "home": place and place.home,
            "database": place and place.database,
            "listen": bound.arguments.get("listen"),
            "workers": bound.arguments.get("workers"),
        }
        assert {name: value for name, value in long.items() if value is not None} == flags
        assert bound.arguments.get("demo", False) == ("--demo" in words)


def test_defaults_told_in_help_are_the_defaults(say: Callable[..., Any], tmp_path: Path) -> None:
    settings = load({"home": tmp_path}, {})
    told = " ".join(say("serve", "--help").printed.split())
    assert settings.listen in told
