"""The second file of a token type."""

from pathlib import Path

import pytest

from watchword.errors import Misconfigured
from watchword.plugin.loading import Kinds, load_kinds

TICKET = """
from watchword.plugin import Adjusted, Enrolled, Judging, TokenType, Verdict


class Ticket(TokenType, Judging):
    name, label, prefix, title = "ticket", "ticket", "TICK", "Ticket"
    settings = (Adjusted(name="length", label="Length", default=6),)

    def enrol(self, form, tools):
        return Enrolled(secret=b"x")

    def judge(self, token, otp, tools):
        return Verdict(accepted=False, why="no")
"""
FACE = "".join(
    f"{{% block {name}_title %}}T{{% endblock %}}{{% block {name} %}}<p>{name}</p>{{% endblock %}}"
    for name in ("enrol", "settings", "selfservice")
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "plugins"
    made.mkdir(mode=0o755)
    return made


def loaded(folder: Path, face: str | bytes, source: str = TICKET) -> Kinds:
    (folder / "ticket.py").write_text(source)
    (folder / "ticket.html").write_bytes(face.encode() if isinstance(face, str) else face)
    for path in folder.iterdir():
        path.chmod(0o644)
    return load_kinds(folders=[folder], allow_writable=True)


def refusal(folder: Path, face: str | bytes, source: str = TICKET) -> str:
    with pytest.raises(Misconfigured) as refused:
        loaded(folder, face, source)
    assert str(folder / "ticket.html") in refused.value.message
    return refused.value.message


def test_a_template_is_loaded_with_its_file_and_known_by_its_digest(folder: Path) -> None:
    kinds = loaded(folder, FACE)
    assert kinds.faces == {"ticket": FACE}
    assert set(kinds.digests) == {str(folder / "ticket.py"), str(folder / "ticket.html")}


@pytest.mark.parametrize("name", ["enrol", "enrol_title", "settings", "settings_title", "selfservice"])
def test_a_missing_block_is_named(folder: Path, name: str) -> None:
    assert f"'{name}'" in refusal(folder, FACE.replace(f"block {name} ", f"block other_{name} "))


def test_what_a_type_has_not_needs_no_block(folder: Path) -> None:
    plain = TICKET.replace("    settings =", "    self_enrolment = False\n    others =")
    face = "{% block enrol_title %}T{% endblock %}{% block enrol %}{% endblock %}"
    assert "ticket" in loaded(folder, face, plain).faces


def test_a_misspelt_block_is_named(folder: Path) -> None:
    assert "'setings'" in refusal(folder, FACE + "{% block setings %}{% endblock %}")


@pytest.mark.parametrize(
    "bad", ["<script>1</script>", "<p onclick='x()'>", "<p style='x'>", "<a href='JavaScript:x'>", "<STYLE>"]
)
def test_scripts_and_styles_are_refused_at_the_start(folder: Path, bad: str) -> None:
    assert "scripts or styles" in refusal(folder, FACE + bad)


def test_a_template_that_cannot_be_read_is_refused(folder: Path) -> None:
    assert "line 1" in refusal(folder, "{% block enrol %}")
    assert "UTF-8" in refusal(folder, b"\xff" + FACE.encode())


def test_a_template_that_others_can_write_to_is_refused(folder: Path) -> None:
    loaded(folder, FACE)
    (folder / "ticket.html").chmod(0o666)
    with pytest.raises(Misconfigured, match=r"ticket\.html"):
        load_kinds(folders=[folder], allow_writable=True)


def test_a_plug_in_for_another_version_stops_the_start_in_one_sentence(folder: Path) -> None:
    source = "from watchword.plugin import OfTheFuture\n" + TICKET.replace(
        "    name,", "    requires = (2, 0)\n    name,"
    )
    (folder / "ticket.py").write_text(source)
    with pytest.raises(Misconfigured, match=r"ticket\.py was written for the plug-in interface 2\.0"):
        load_kinds(folders=[folder], allow_writable=True)
