"""The whole configuration as one document, out and in again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_a_document_applied_where_it_came_from_changes_nothing(
    say: Callable[..., Any], home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "house.toml"
    assert say("config", "export", file, "--home", home) == (0, "", "")
    assert say("config", "export", "--home", home).printed == file.read_text()
    assert say("config", "apply", file, "--home", home) == (0, "nothing changes\n", "")


def test_a_change_is_planned_by_a_dry_run_and_made_without(
    say: Callable[..., Any], home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "house.toml"
    say("config", "export", file, "--home", home)
    file.write_text(file.read_text().replace("DefaultOtpLen = 6", "DefaultOtpLen = 8"))
    line = "~ setting DefaultOtpLen: 6 -> 8\n"
    for _ in range(2):
        assert say("config", "apply", file, "--dry-run", "--home", home) == (0, line, "")
    assert say("config", "apply", file, "--home", home) == (0, line, "")
    assert say("config", "apply", file, "--home", home) == (0, "nothing changes\n", "")
    assert "DefaultOtpLen = 8\n" in say("config", "export", "--home", home).printed


def test_a_document_comes_from_the_standard_input_and_secrets_from_variables(
    pipe: Callable[..., Any], home: Path
) -> None:
    document = '[settings]\nDefaultOtpLen = 6\nword = { secret = "env:THE_WORD" }\n'
    words = ("config", "apply", "-", "--home", home)
    said = pipe(*words, given=document, environment={"THE_WORD": "geheim"})
    assert said.code == 0
    assert "+ setting word: (secret)\n" in said.printed
    assert "geheim" not in said.printed + pipe("config", "export", "--home", home).printed


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("settings: no", "no TOML"),
        ("[policiez]\n", "policiez"),
        ('[settings]\nword = { secret = "env:NOT_THERE" }\n', "NOT_THERE is not set"),
    ],
)
def test_a_document_that_cannot_be_used_changes_nothing(
    say: Callable[..., Any], home: Path, tmp_path: Path, document: str, sentence: str
) -> None:
    before = say("config", "export", "--home", home).printed
    (tmp_path / "house.toml").write_text(document)
    said = say("config", "apply", tmp_path / "house.toml", "--home", home)
    assert (said.code, said.printed) == (2, "")
    assert sentence in said.complaints
    assert say("config", "export", "--home", home).printed == before


def test_files_that_are_not_there_or_are_no_text_are_named(
    say: Callable[..., Any], home: Path, tmp_path: Path
) -> None:
    missing = say("config", "apply", tmp_path / "missing", "--home", home)
    assert missing == (1, "", f"watchword: No such file or directory: {tmp_path}/missing.\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert say("config", "apply", tmp_path / "binary", "--home", home).code == 2
    nowhere = say("config", "export", tmp_path / "no/where.toml", "--home", home)
    assert (nowhere.code, "no/where.toml" in nowhere.complaints) == (1, True)
