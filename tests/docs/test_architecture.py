"""ARCHITECTURE.md tells of the house as it is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "watchword"
TEXT = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
FLOORS = {
    "cli": "ROOF",
    "api": "FACES",
    "web": "SHARED BY FACES",
    "selfservice": "ACTS",
    "delivery": "TRADES",
    "policy": "RULES",
    "storage": "KEEPING",
    "model": "NOUNS",
    "crypto": "GROUND",
}
"""The name of a floor, by its first room from above."""
_WIDTH = 19


def rooms() -> Iterator[str]:
    """The rooms from the roof down, as the linter's contract orders them."""
    contract = (ROOT / ".importlinter").read_text("utf-8").partition("layers =\n")[2]
    for line in contract.splitlines():
        if not line.startswith("    "):
            return
        yield from (room.strip() for room in line.split("|"))


def first_line(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert docstring, f"{path} has no sentence at its door"
    return docstring.splitlines()[0]


def inner_rooms(folder: Path) -> Iterator[Path]:
    """The rooms within a room, outermost first."""
    for path in sorted(folder.iterdir()):
        if (path / "__init__.py").exists():
            yield path
            yield from inner_rooms(path)


def tree() -> str:
    lines = []
    for room in rooms():
        if room in FLOORS:
            lines.append(FLOORS[room])
        folder = SOURCE / room
        if not folder.is_dir():
            lines.append(f"  {f'{room}.py':{_WIDTH}} {first_line(folder.with_suffix('.py'))}")
            continue
        lines.append(f"  {f'{room}/':{_WIDTH}} {first_line(folder / '__init__.py')}")
        for inner in inner_rooms(folder):
            name = "  " * len(inner.relative_to(folder).parts) + inner.name
            lines.append(f"  {f'{name}/':{_WIDTH}} {first_line(inner / '__init__.py')}")
    return "\n".join(lines)


def files() -> list[str]:
    return sorted(set(re.findall(r"`([\w/.]+(?:\.py|/))`", TEXT)))


def test_the_tree_is_what_the_rooms_say_of_themselves() -> None:
    written = TEXT.partition("<!-- tree -->\n```text\n")[2].partition("\n```\n<!-- /tree -->")[0]
    assert written == tree(), f"put this between the marks of ARCHITECTURE.md:\n{tree()}"


@pytest.mark.parametrize("name", files())
def test_each_file_that_is_named_is_there(name: str) -> None:
    somewhere = [ROOT / name, SOURCE / name, SOURCE / "api" / "linotp" / name]
    assert any(path.exists() for path in somewhere)


def test_each_class_and_method_that_is_named_is_there() -> None:
    source = "\n".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py"))
    named = set(re.findall(r"`([A-Z][a-z]\w*)(?:\.(\w+))?`", TEXT))
    assert named
    for kind, method in named:
        assert re.search(rf"^class {kind}\b", source, re.MULTILINE), kind
        assert not method or re.search(rf"^    (async )?def {method}\(", source, re.MULTILINE), method
