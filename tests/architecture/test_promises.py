"""Promises of the house that no linter keeps."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import watchword
from watchword.model.message import Channel
from watchword.plugin.loading import load_kinds

SOURCE = Path(watchword.__file__).parent
TYPES = SOURCE / "tokens"
CRYPTO = SOURCE / "crypto"
"""Lies below all token types and knows none: its words are those of algorithms."""
METHODS = SOURCE / "methods"
"""Words that applications ask for; some are those of token types."""
KIT = SOURCE / "testing"
"""Tries every type that is installed by what it knows of each."""
CHANNELS = frozenset(Channel)
"""Ways to reach somebody, and what directories call them: no less so because a type is named after its way."""


def literals(path: Path) -> Iterator[tuple[str, str]]:
    """Each text in quotes, and the line it stands on."""
    source = path.read_text()
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, lines[node.lineno - 1].strip()


def test_no_file_but_its_own_quotes_the_name_of_a_token_type() -> None:
    kinds = load_kinds("watchword.tokens")
    names = ({kind.name for kind in kinds} | {kind.label for kind in kinds}) - CHANNELS
    quoting = [
        f"{path.relative_to(SOURCE)}: {line}"
        for path in sorted(SOURCE.rglob("*.py"))
        if not {TYPES, CRYPTO, METHODS, KIT} & set(path.parents)
        for text, line in literals(path)
        if text in names
    ]
    assert quoting == []


def test_no_token_type_quotes_the_name_of_another() -> None:
    kinds = {
        Path(str(sys.modules[type(kind).__module__].__file__)): kind
        for kind in load_kinds("watchword.tokens")
    }
    quoting = [
        f"{path.name}: {line}"
        for path, own in kinds.items()
        for text, line in literals(path)
        if text in {kind.name for kind in kinds.values() if kind is not own} - CHANNELS
    ]
    assert quoting == []
