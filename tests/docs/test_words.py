"""What pages name is there: links, settings, commands, calls, actions, reasons."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from watchword.api import development, linotp
from watchword.api.linotp.doors import Door
from watchword.api.oidc import doors as oidc_doors
from watchword.api.telephony import doors as telephony_doors
from watchword.api.telephony import face
from watchword.app import OUR_KINDS, catalogue_of
from watchword.model.policy import Scope
from watchword.plugin.loading import load_kinds
from watchword.policy.catalogue import Catalogue
from watchword.policy.notation.actions import read_actions
from watchword.policy.notation.clients import read_clients
from watchword.policy.notation.realms import read_realms
from watchword.policy.notation.times import read_times
from watchword.policy.notation.users import read_users
from watchword.settings import CATALOGUE

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "requirements" / "README.md"])
PROSE = [page for page in PAGES if page.parent.name != "reference"]
OTHER_VARIABLES = {"WATCHWORD_DEMO_ADMIN_PASSWORD", "WATCHWORD_TEST_POSTGRES"}
SUFFIXES = {"cfg", "csv", "json", "md", "py", "service", "toml"}

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
each_prose = pytest.mark.parametrize("page", PROSE, ids=lambda page: str(page.relative_to(ROOT)))


def read(page: Path) -> str:
    return page.read_text("utf-8")


def without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def codes(text: str) -> list[str]:
    """What stands in backticks within sentences."""
    return re.findall(r"`([^`\n]+)`", without_blocks(text))


def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", without_blocks(read(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def catalogue() -> Catalogue:
    return catalogue_of(load_kinds(*OUR_KINDS))


@cache
def actions() -> Mapping[str, set[str]]:
    """The scopes of each action."""
    found: dict[str, set[str]] = {}
    for scope in Scope:
        for name in catalogue().of(scope):
            found.setdefault(name, set()).add(scope)
    return found


def all_doors() -> tuple[Door, ...]:
    telephony = (face.OKTA, f"{face.NAMED}{{name}}", f"{face.RECEIPTS}{{provider}}")
    return (
        *(Door(path, "P", telephony_doors.hooks) for path in telephony),
        *telephony_doors.DOORS,
        *oidc_doors.doors(),
        *linotp.doors(),
        *development.DOORS,
    )


@cache
def doors() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(re.sub(r"\{\w+\}", "[^/]+", door.path)) for door in all_doors())


def is_door(path: str) -> bool:
    return any(door.fullmatch(path) or door.fullmatch(f"{path}/") for door in doors())


def is_right(word: str) -> bool:
    scope, _, action = word.partition("/")
    return scope in actions().get(action, ())


def commands() -> Mapping[str, set[str]]:
    """The flags of each command, as the page of commands tells them."""
    page = (ROOT / "docs" / "reference" / "cli.md").read_text("utf-8")
    sections = re.split(r"^#+ watchword ", page, flags=re.MULTILINE)[1:]
    return {
        section.partition("\n")[0]: set(re.findall(r"^\* `(?:[A-Z]+, )?(--[\w-]+)", section, re.MULTILINE))
        for section in sections
    }


@each_page
def test_each_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", without_blocks(read(page))):
        path, _, anchor = link.partition("#")
        if "://" in path:
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), link


@each_page
def test_each_variable_that_is_named_is_one_of_a_setting(page: Path) -> None:
    known = {setting.variable for setting in CATALOGUE.values()} | OTHER_VARIABLES
    assert set(re.findall(r"WATCHWORD_[A-Z_]+[A-Z]", read(page))) <= known


@each_prose
def test_each_setting_that_is_named_is_there(page: Path) -> None:
    groups = {name.partition(".")[0] for name in CATALOGUE if "." in name}
    for code in codes(read(page)):
        group, dot, key = code.partition(".")
        if dot and group in groups and key.isidentifier() and key not in SUFFIXES:
            assert code in CATALOGUE


@each_prose
def test_each_command_that_is_named_is_there_with_its_flags(page: Path) -> None:
    known = commands()
    for line in re.findall(r"(?:^|[`|] ?|watchword )watchword ([a-z][^`|>#\n]*)", read(page), re.MULTILINE):
        words = line.split()
        longer = (" ".join(words[:length]) for length in (3, 2, 1))
        name = next((one for one in longer if one in known), words[0])
        assert name in known, line
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known[name] | {
            "--help"
        }, line


@each_prose
def test_each_call_that_is_named_is_a_door(page: Path) -> None:
    text = re.sub(r"\n## Not there\n.*?(?=\n## |\Z)", "", read(page), flags=re.DOTALL)
    urls = re.findall(r"(?:\$URL|http://127\.0\.0\.1:\d+)(/[\w/-]+)", text)
    rooms = {door.path.split("/")[1] for door in all_doors()}
    paths = [code.partition("?")[0] for code in codes(text)]
    called = [
        path.rstrip("/")
        for path in paths
        if path.strip("/").split("/")[0] in rooms and "/" in path.strip("/")
    ]
    for path in (*urls, *called):
        whole = f"/{path.strip('/')}"
        assert is_door(whole) or is_right(path) or is_beginning(whole), path


def is_beginning(path: str) -> bool:
    """``/api/v2`` and the like, or a place in the source."""
    in_source = (ROOT / "src" / "watchword" / path.strip("/")).exists()
    return in_source or any(door.path.startswith(f"{path}/") for door in all_doors())


@each_prose
def test_each_action_that_is_named_is_there(page: Path) -> None:
    text = without_blocks(read(page)).replace("\n", " ")
    for names in re.findall(r"polic(?:y|ies) (?:actions? )?((?:`\w+`(?:, | and | or )?)+)", text):
        for name in re.findall(r"`(\w+)`", names):
            assert name in actions(), name


def policies(page: Path) -> Iterator[tuple[str, str]]:
    """Scope and actions of each policy that a page tells people to save."""
    whole = read(page).replace("\\\n", " ")
    for line in re.findall(r"system/setPolicy (.*)", whole):
        fields = dict(re.findall(r"-d (\w+)=('[^']*'|\S+)", line))
        yield fields["scope"], fields["action"].strip("'")


@each_prose
def test_each_policy_that_people_are_told_to_save_can_be_saved(page: Path) -> None:
    for scope, action in policies(page):
        catalogue().check(scope, read_actions(action))


def test_each_reason_that_is_explained_is_one_that_the_code_gives() -> None:
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    table = (
        read(ROOT / "docs/how-to/why-was-it-refused.md").partition("| `actionDetail`")[2].partition("\n\n")[0]
    )
    reasons = [
        reason for row in table.splitlines() for reason in re.findall(r"`([^`]+)`", row.split(" | ")[0])
    ]
    assert len(reasons) > 20
    for reason in reasons:
        assert f'"{reason.removesuffix("...")}' in source, reason


def test_each_example_of_notation_can_be_read() -> None:
    text = read(ROOT / "docs/explanation/what-policies-can-say.md")
    examples = re.findall(r"^#+ (\w+)\n\n(?:[^#`]|`(?!``))*```text\n(.*?)```", text, re.MULTILINE | re.DOTALL)
    readers = {"Realm": read_realms, "Client": read_clients, "Time": read_times}
    assert {heading for heading, _ in examples} == {"Actions", *readers}
    for heading, block in examples:
        for line in block.splitlines():
            if heading == "Actions":
                for name, said in read_actions(line).items():
                    (scope,) = actions()[name]
                    catalogue().check(scope, {name: said})
            else:
                readers[heading](line)
    rows = re.findall(r"^\| (`.*?`(?:, `.*?`)*) \|", text, re.MULTILINE)
    assert rows
    for row in rows:
        for entry in re.findall(r"`([^`]+)`", row):
            read_users(entry.replace("\\|", "|"))


@each_prose
def test_each_target_of_make_that_is_named_is_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.MULTILINE))
    named = re.findall(r"(?:^    |`)make ([a-z]+)", read(page), re.MULTILINE)
    assert set(named) <= targets
