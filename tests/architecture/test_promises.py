"""Promises of the house that no linter keeps."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import watchword
from watchword import plugin
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


FACE = ("watchword.plugin", "watchword.crypto")
"""What a token type of ours may import, which is what one of anybody may, and the arithmetic of codes."""


def test_our_own_token_types_import_what_anybody_may() -> None:
    beyond = [
        f"{path.name}: {node.module}"
        for path in sorted(TYPES.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("watchword")
        and not (node.module == FACE[0] or (node.module or "").startswith(f"{FACE[1]}."))
    ]
    assert beyond == []


def test_the_public_face_lists_all_that_it_has() -> None:
    listed = set(plugin.__all__)
    there = {name for name, value in vars(plugin).items() if not isinstance(value, ModuleType)}
    assert listed == {name for name in there if not name.startswith("__")}


NAMES_PROVIDERS = {
    SOURCE / "delivery" / "providers",
    SOURCE / "methods",  # plug-ins too, some of which are ways over one service
    SOURCE / "cli" / "demo.py",  # what a demo's house is furnished with
    SOURCE / "configuration" / "entries.py",  # what LinOTP writes into a fresh database
}


def test_no_file_but_its_own_quotes_the_name_of_a_provider() -> None:
    names = {name for kind in load_kinds("watchword.delivery.providers").providers for name in kind.names}
    quoting = [
        f"{path.relative_to(SOURCE)}: {line}"
        for path in sorted(SOURCE.rglob("*.py"))
        if not NAMES_PROVIDERS & {path, *path.parents}
        for text, line in literals(path)
        if text in names
    ]
    assert quoting == []
