import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from watchword.errors import Misconfigured, NoSuchResolver, NoSuchTokenType
from watchword.plugin.loading import Kinds, load_kinds

OURS = "watchword.tokens"
RESOLVERS = "watchword.directory.resolvers"

VOUCHER = """
from watchword.model.attempt import Verdict
from watchword.plugin.shapes import Enrolled, Judging, TokenType


class Voucher(TokenType, Judging):
    name, label, prefix, title = "voucher", "Voucher", "VOUC", "Voucher"

    def enrol(self, form, tools):
        return Enrolled(secret=form.need("otpkey").encode())

    def judge(self, token, otp, tools):
        return Verdict(accepted=tools.secret(token) == otp.encode())
"""

PHONE_BOOK = """
from watchword.plugin.shapes import Resolver


class PhoneBook(Resolver):
    kind, dialect_type, dialect_class = "phonebook", "passwdresolver", "PhoneBookResolver"

    async def find(self, login): ...
    async def get(self, userid): ...
    async def check_password(self, record, password): ...
    def search(self, patterns): ...
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "plugins"
    made.mkdir(mode=0o755)
    return made


def put(folder: Path, name: str, source: str) -> Path:
    path = folder / name
    path.write_text(source)
    path.chmod(0o644)
    return path


def refusal(folder: Path) -> str:
    with pytest.raises(Misconfigured) as refused:
        load_kinds(OURS, folders=[folder], allow_writable=True)
    return refused.value.message


# ------------------------------------------------------------------ what is found


def test_our_own_kinds_are_found_by_name_in_any_case() -> None:
    kinds = load_kinds(OURS, RESOLVERS)
    assert [kind.name for kind in kinds] == [
        "email",
        "hmac",
        "motp",
        "pw",
        "recovery",
        "sms",
        "spass",
        "totp",
        "voice",
    ]
    assert kinds.token_types == tuple(kinds)
    for kind in kinds:
        assert kinds.token_type(kind.label) is kind
        assert kinds.token_type(kind.label.upper()) is kind
    assert kinds.resolvers
    assert all(kinds.resolver(kind) is resolver for kind, resolver in kinds.resolvers.items())
    assert kinds.digests == {}


def test_one_type_is_enrolled_by_default() -> None:
    assert load_kinds(OURS).default.label == "HMAC"


def test_what_is_not_installed_is_named_with_what_is() -> None:
    with pytest.raises(NoSuchTokenType, match=r"'abacus'.*motp"):
        load_kinds(OURS).token_type("abacus")
    with pytest.raises(NoSuchResolver, match="'abacus'"):
        load_kinds(OURS).resolver("abacus")
    with pytest.raises(NoSuchTokenType):
        _ = Kinds().default


def test_kinds_cannot_be_changed() -> None:
    kinds = load_kinds(OURS, RESOLVERS)
    with pytest.raises(TypeError):
        kinds.resolvers["x"] = object  # type: ignore[index]
    with pytest.raises(TypeError):
        kinds.digests["x"] = "y"  # type: ignore[index]


def test_a_type_and_a_resolver_dropped_into_a_folder_are_found(folder: Path) -> None:
    voucher = put(folder, "voucher.py", VOUCHER)
    put(folder, "phone_book.py", PHONE_BOOK)
    kinds = load_kinds(OURS, RESOLVERS, folders=[str(folder)], allow_writable=True)
    assert kinds.token_type("Voucher").title == "Voucher"
    assert kinds.resolver("phonebook").dialect_class == "PhoneBookResolver"
    assert kinds.resolver("phonebook") in kinds.resolvers_of("PasswdResolver")
    assert kinds.digests[str(voucher)] == hashlib.sha256(VOUCHER.encode()).hexdigest()
    assert len(kinds.digests) == 2


def test_no_bytecode_is_trusted_or_written(folder: Path) -> None:
    put(folder, "voucher.py", VOUCHER)
    load_kinds(folders=[folder], allow_writable=True)
    assert [path.name for path in folder.iterdir()] == ["voucher.py"]


def test_files_that_begin_with_an_underscore_and_other_files_are_no_plug_ins(folder: Path) -> None:
    put(folder, "_help.py", "raise RuntimeError")
    put(folder, "voucher.html", "<p>")
    assert not load_kinds(folders=[folder], allow_writable=True).token_types


def test_imported_shapes_private_classes_and_second_names_do_not_count(folder: Path) -> None:
    put(
        folder,
        "voucher.py",
        VOUCHER + "\n\nfrom watchword.tokens.hotp import Hotp\n\nclass _Base(Hotp): ...\n\nAlias = Voucher\n",
    )
    assert [kind.name for kind in load_kinds(folders=[folder], allow_writable=True)] == ["voucher"]


def test_annotations_of_a_plug_in_that_are_read_later_are_found(folder: Path) -> None:
    later = """from __future__ import annotations
import msgspec

class Note(msgspec.Struct):
    text: Word

Word = str
NOTE = msgspec.json.decode(b'{"text": "x"}', type=Note)
"""
    put(folder, "voucher.py", later + VOUCHER)
    assert len(load_kinds(folders=[folder], allow_writable=True).token_types) == 1


# ------------------------------------------------------------------ what is refused


def test_a_file_without_a_class_of_a_shape_is_refused(folder: Path) -> None:
    path = put(folder, "empty.py", "x = 1\n")
    assert str(path) in refusal(folder)
    assert "exactly one" in refusal(folder)


def test_a_file_with_two_classes_is_refused_by_their_names(folder: Path) -> None:
    path = put(folder, "two.py", VOUCHER + PHONE_BOOK)
    assert str(path) in refusal(folder)
    assert "PhoneBook, Voucher" in refusal(folder)


@pytest.mark.parametrize("taken", ["hmac", "pw"])
def test_a_name_that_is_taken_is_refused_with_both_files(folder: Path, taken: str) -> None:
    path = put(folder, "voucher.py", VOUCHER.replace('"voucher"', f'"{taken}"'))
    message = refusal(folder)
    assert str(path) in message
    assert repr(taken) in message
    assert "tokens" in message


def test_the_same_file_in_two_folders_is_refused(folder: Path, tmp_path: Path) -> None:
    put(folder, "voucher.py", VOUCHER)
    other = tmp_path / "other"
    other.mkdir(mode=0o755)
    put(other, "voucher.py", VOUCHER)
    with pytest.raises(Misconfigured, match="'voucher'"):
        load_kinds(folders=[folder, other], allow_writable=True)


def test_a_second_default_type_is_refused(folder: Path) -> None:
    put(
        folder,
        "voucher.py",
        VOUCHER.replace("    def enrol", "    prepared_by_default = True\n\n    def enrol"),
    )
    assert "default" in refusal(folder)


@pytest.mark.parametrize(
    "source", ["raise RuntimeError('no printer')", "import nothing_of_this_name", "def ("]
)
def test_a_file_that_raises_is_refused_by_name(folder: Path, source: str) -> None:
    path = put(folder, "broken.py", source)
    assert f"{path} cannot be loaded" in refusal(folder)


def test_a_file_that_raises_leaves_nothing_behind(folder: Path) -> None:
    put(folder, "broken.py", "raise RuntimeError")
    refusal(folder)
    assert not [name for name in sys.modules if name.startswith("watchword_plugins.broken")]


def test_a_type_that_lacks_its_prefix_or_misspells_a_method_is_refused(folder: Path) -> None:
    put(
        folder,
        "voucher.py",
        VOUCHER.replace("def judge", "def jugde")
        .replace(', prefix, title = "voucher",', ', title = "voucher",')
        .replace('"VOUC", ', ""),
    )
    message = refusal(folder)
    assert "Voucher" in message
    assert "prefix" in message
    assert "judge" in message


def test_a_name_in_capitals_is_refused(folder: Path) -> None:
    put(folder, "voucher.py", VOUCHER.replace('"voucher"', '"VOUCHER"'))
    assert "lower case" in refusal(folder)


@pytest.mark.parametrize("mode", [0o775, 0o757])
def test_a_folder_that_others_can_write_to_is_refused(folder: Path, mode: int) -> None:
    put(folder, "voucher.py", VOUCHER)
    folder.chmod(mode)
    assert str(folder) in refusal(folder)


@pytest.mark.parametrize("mode", [0o664, 0o646])
def test_a_file_that_others_can_write_to_is_refused(folder: Path, mode: int) -> None:
    path = put(folder, "voucher.py", VOUCHER)
    path.chmod(mode)
    assert str(path) in refusal(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert str(tmp_path / "none") in refusal(tmp_path / "none")


# ------------------------------------------------------------------ installed packages


def install(site: Path, name: str, source: str, value: str) -> None:
    """A package as pip leaves it: a module, and metadata that names it."""
    (site / f"{name}.py").write_text(source)
    metadata = site / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[watchword.plugins]\n{name} = {value}\n")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "site"
    made.mkdir()
    before = set(sys.modules)
    sys.path.insert(0, str(made))
    yield made
    sys.path.remove(str(made))
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(made)):
            del sys.modules[name]


def test_a_package_that_names_its_module_is_found(site: Path) -> None:
    install(site, "voucher_of_others", VOUCHER, "voucher_of_others")
    kinds = load_kinds(OURS)
    assert kinds.token_type("voucher").title == "Voucher"
    assert kinds.digests == {str(site / "voucher_of_others.py"): hashlib.sha256(VOUCHER.encode()).hexdigest()}


def test_a_package_that_raises_is_refused_by_name(site: Path) -> None:
    install(site, "broken_of_others", "raise RuntimeError('no printer')", "broken_of_others")
    with pytest.raises(Misconfigured, match=r"'broken_of_others' of watchword.plugins.*no printer"):
        load_kinds(OURS)


def test_an_entry_point_that_names_no_module_is_refused(site: Path) -> None:
    install(site, "class_of_others", VOUCHER, "class_of_others:Voucher")
    with pytest.raises(Misconfigured, match="must name a module"):
        load_kinds(OURS)


def test_groups_of_other_names_are_left_alone(site: Path) -> None:
    install(site, "more_of_others", VOUCHER, "more_of_others")
    assert not load_kinds(group="nobody.plugins").token_types
