import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.configuration.remote import Remote
from tests.household import REALM, RESOLVER, Household
from watchword.configuration.changes import Changes
from watchword.configuration.document import Plan, read_reference
from watchword.errors import BadParameter, Refused
from watchword.model.configuration import ADMIN_REALM, ADMIN_RESOLVER, Configuration
from watchword.model.person import Subject
from watchword.plugin.shapes import Resolver

SECRETS = {"env:OFFICE": "hush", "env:OTHER": "psst"}
ADMINS = f'[realms.{ADMIN_REALM}]\nresolvers = ["{ADMIN_RESOLVER}"]\n'


def secret(reference: str) -> str:
    """Reads references as the command line does, in an environment of the test's own."""
    return read_reference(reference, {"OFFICE": "hush", "OTHER": "psst"})


@pytest.fixture
def changes(household: Household) -> Changes:
    """Those of a house in which the remote kind is installed, too."""
    house = household.house
    kinds: dict[str, type[Resolver]] = {**house.kinds.resolvers, Remote.kind: Remote}
    return Changes(
        ring=house.ring,
        store=house.store,
        directory=Remote.directory(house, kinds),
        resolvers=kinds,
        providers=house.configuring.providers,
        methods=house.configuring.methods,
        catalogue=house.catalogue,
    )


async def _load(household: Household) -> Configuration:
    async with household.house.store.view() as view:
        return await view.configuration.load()


async def _plan(household: Household, changes: Changes, text: str) -> Plan:
    return await changes.document.plan(text, await _load(household), secret)


async def _apply(household: Household, changes: Changes, text: str) -> tuple[str, ...]:
    plan = await _plan(household, changes, text)
    async with household.house.store.unit() as unit:
        await changes.document.apply(unit, plan)
    return plan.lines


async def test_what_is_exported_changes_nothing_where_it_came_from(
    household: Household, changes: Changes
) -> None:
    text = changes.document.export(await _load(household))
    before = await household.house.store.revision()
    assert await _apply(household, changes, text) == ()
    assert await household.house.store.revision() == before


async def test_the_document_is_readable(household: Household, changes: Changes) -> None:
    text = changes.document.export(await _load(household))
    assert "PrependPin = true\n" in text
    assert "DefaultMaxFailCount = 10\n" in text
    assert '"totp.timeStep" = 30\n' in text
    assert f'[resolvers.{RESOLVER}]\nkind = "managed"\nreadonly = true\n' in text
    assert f'[realms.{REALM}]\nresolvers = ["{RESOLVER}"]\ndefault = true\n' in text
    assert f"[resolvers.{ADMIN_RESOLVER}]" not in text
    for heading in ("# System settings", "# How each directory", "# Ordered lists", "# What the house says"):
        assert heading in text


async def test_a_plan_says_every_change_in_a_line(household: Household, changes: Changes) -> None:
    lines = await _apply(
        household,
        changes,
        f"""
        [settings]
        PrependPin = false
        mine = "two\\nlines"
        "radius.secret" = {{ secret = "env:OFFICE" }}
        [resolvers.{RESOLVER}]
        kind = "managed"
        readonly = true
        [resolvers.office]
        kind = "remote"
        settings = {{ uri = "ldap://a", bind_password = "env:OFFICE" }}
        {ADMINS}
        [realms.{REALM}]
        resolvers = ["{RESOLVER}", "office"]
        [realms.new]
        resolvers = ["office"]
        default = true
        [policies.p]
        scope = "audit"
        action = "view"
        realm = "*"
        """,
    )
    assert "~ setting PrependPin: True -> False" in lines
    assert '+ setting mine: "two\\nlines"' in lines
    assert "+ setting radius.secret: (secret)" in lines
    assert "- setting DefaultOtpLen: 6" in lines
    assert "+ resolver office (remote)" in lines
    assert f"~ realm {REALM}: resolvers {RESOLVER} -> {RESOLVER}, office" in lines
    assert "+ realm new: office" in lines
    assert f"~ default realm: {REALM} -> new" in lines
    assert "+ policy p" in lines
    configuration = await _load(household)
    assert configuration.default_realm == "new"
    assert configuration.text("PrependPin") == "False"
    assert set(configuration.entries) == {"PrependPin", "mine", "radius.secret"}
    assert configuration.policies[0].user == "*"


async def test_a_section_that_is_not_there_is_left_alone(household: Household, changes: Changes) -> None:
    before = await _load(household)
    lines = await _apply(household, changes, '[policies.p]\nscope = "audit"\naction = "view"\nrealm = "*"\n')
    assert lines == ("+ policy p",)
    after = await _load(household)
    assert (after.entries, after.realms, after.resolvers) == (before.entries, before.realms, before.resolvers)
    assert await _apply(household, changes, "[policies]\n") == ("- policy p",)
    assert await _apply(household, changes, "") == ()


async def test_a_secret_stays_while_its_reference_says_the_same(
    household: Household, changes: Changes
) -> None:
    def office(reference: str, uri: str = "ldap://a") -> str:
        return f"""
        [settings]
        "radius.secret" = {{ secret = "{reference}" }}
        [resolvers.{RESOLVER}]
        kind = "managed"
        readonly = true
        [resolvers.office]
        kind = "remote"
        settings = {{ uri = "{uri}", bind_password = "{reference}" }}
        """

    await _apply(household, changes, office("env:OFFICE"))
    first = await _load(household)
    assert await _apply(household, changes, office("env:OFFICE")) == ()
    assert await _apply(household, changes, office("stored")) == ()
    assert await _apply(household, changes, changes.document.export(first)) == ()
    assert await _apply(household, changes, office("env:OTHER")) == (
        "~ setting radius.secret: secret set anew",
        "~ resolver office: bind_password set anew",
    )
    with pytest.raises(BadParameter, match=r"resolvers\.office: uri"):
        await _apply(household, changes, office("stored", "ldap://elsewhere"))
    await _apply(household, changes, office("env:OTHER", "ldap://elsewhere"))
    exported = changes.document.export(await _load(household))
    assert 'bind_password = "stored"' in exported
    assert '"radius.secret" = { secret = "stored" }' in exported
    assert "hush" not in exported
    assert "psst" not in exported


async def test_a_secret_that_a_document_does_not_name_goes(household: Household, changes: Changes) -> None:
    text = f'[resolvers.{RESOLVER}]\nkind="managed"\nreadonly=true\n[resolvers.office]\nkind="remote"\n'
    await _apply(household, changes, text + 'settings = { uri = "a", bind_password = "env:OFFICE" }')
    lines = await _apply(household, changes, text + 'settings = { uri = "a" }')
    assert lines == ("~ resolver office: bind_password removed",)
    assert (await _load(household)).resolvers["office"].secrets == {}


async def test_a_removed_managed_resolver_takes_its_people_along(
    household: Household, changes: Changes
) -> None:
    lines = await _apply(household, changes, f"[resolvers]\n{ADMINS}")
    assert f"- resolver {RESOLVER} (with the people kept in it)" in lines
    async with household.house.store.view() as view:
        assert [person async for person in view.people.each(RESOLVER)] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[settings", "no TOML"),
        ("[sections]\n", "unknown field `sections`"),
        ("settings = 1", "settings"),
        ("[settings]\nmine = 1.5", r"settings\.mine: Expected"),
        ("[settings]\nmine = [1]", r"settings\.mine: Expected"),
        ("[settings]\nmine = { value = 1, secret = 'env:OFFICE' }", r"settings\.mine: write either"),
        ("[settings]\nmine = {}", r"settings\.mine: write either"),
        ("[settings]\nmine = { amount = 1 }", r"settings\.mine: .*unknown field `amount`"),
        ("[settings]\nmine = { value = 'x', kind = 'int' }", r"settings\.mine: mine must be a number"),
        ("[settings]\nmine = { value = 'x', kind = 'password' }", r"settings\.mine: a password"),
        ("[settings]\nmine = { secret = 'stored' }", r"settings\.mine: no secret is stored"),
        ("[settings]\nmine = { secret = 'env:NOTHING' }", r"settings\.mine: the variable NOTHING"),
        ("[settings]\nmine = { secret = 'file:/nowhere' }", r"settings\.mine: the file /nowhere"),
        ("[settings]\nmine = { secret = 'hunter2' }", r"settings\.mine: a secret is written as"),
        ('[settings]\n"linotp.mine" = "x"', r'settings\."linotp\.mine": write it as mine'),
        ('[settings]\n"Policy.p.action" = "x"', r'settings\."Policy\.p\.action"'),
        ("[settings]\nDefaultRealm = 'x'", r"settings\.DefaultRealm"),
        ("[resolvers.abc]\nkind = 'passwd'", r"resolvers\.abc: "),
        ("[resolvers.office]\n", r"resolvers\.office: .*required field `kind`"),
        ("[resolvers.office]\nkind = 'what'", r"resolvers\.office: No kind"),
        (
            "[resolvers.office]\nkind = 'remote'\nsettings = { uri = 'a', url = 'b' }",
            r"office: settings\.url",
        ),
        ("[resolvers.office]\nkind = 'remote'\nsettings = { limit = 1 }", r"resolvers\.office: .*'uri'"),
        ("[resolvers.office]\nkind = 'remote'\nreadonly = true\nsettings = { uri = 'a' }", "readonly"),
        (
            "[resolvers.office]\nkind = 'remote'\nsettings.uri = 'a'\nsettings.bind_password = 'stored'",
            "no secret",
        ),
        ("[resolvers.office]\nkind = 'passwd'\nsettings.fileName = '/nowhere'", r"resolvers\.office: "),
        (f"[resolvers.{RESOLVER}]\nkind = 'passwd'", "cannot change its kind"),
        (f"[resolvers.{ADMIN_RESOLVER}]\nkind = 'managed'", "local administrators"),
        ("[resolvers]\n", rf"realms\.{REALM}: .*{RESOLVER}"),
        ("[realms]\n", rf"realms\.{ADMIN_REALM}: .*removed"),
        (f"{ADMINS}[realms.New]\nresolvers = ['{RESOLVER}']", r"realms\.New: write it as new"),
        (f"{ADMINS}[realms.new]\nresolvers = []", r"realms\.new: "),
        (f"{ADMINS}[realms.new]\nresolvers = ['nobody']", r"realms\.new: "),
        (f"{ADMINS}[realms.new]\nresolvers = ['{RESOLVER}', 5]", r"realms\.new: resolvers\[1\]"),
        (
            f"{ADMINS}default=true\n[realms.new]\nresolvers = ['{RESOLVER}']\ndefault = true",
            r"realms\.new: linotp_admins is the default",
        ),
        (f"[realms.{ADMIN_REALM}]\nresolvers = ['{RESOLVER}']", ADMIN_RESOLVER),
        ("[policies.p]\nscope = 'audit'\naction = 'view'", r"policies\.p: .*`realm`"),
        ("[policies.p]\nscope = 'audit'\naction = 'fly'\nrealm = '*'", r"policies\.p: .*fly"),
        ("[policies.p]\nscope = 'x'\naction = 'view'\nrealm = '*'", r"policies\.p: scope"),
        (
            "[policies.p]\nscope = 'audit'\naction = 'view'\nrealm = '*'\nactive = 'yes'",
            r"policies\.p: active",
        ),
        ("[policies.'p-1']\nscope = 'audit'\naction = 'view'\nrealm = '*'", r"policies\.p-1: "),
    ],
)
async def test_a_mistake_is_refused_with_its_path(
    household: Household, changes: Changes, text: str, told: str
) -> None:
    with pytest.raises(BadParameter, match=told) as refused:
        await _plan(household, changes, text)
    assert "hunter2" not in refused.value.message


async def test_all_mistakes_are_told_at_once(household: Household, changes: Changes) -> None:
    with pytest.raises(BadParameter) as refused:
        await _plan(
            household, changes, "[settings]\na = 1.5\nb = 2.5\n[policies.p]\nscope = 'audit'\n[realms]\n"
        )
    assert [line.split(":")[0] for line in refused.value.message.splitlines()] == [
        "settings.a",
        "settings.b",
        f"realms.{ADMIN_REALM}",
        "policies.p",
    ]


async def test_a_plan_for_another_state_is_refused(household: Household, changes: Changes) -> None:
    plan = await _plan(household, changes, "[settings]\nmine = 1\n")
    await household.set(other="1")
    with pytest.raises(Refused, match="changed"):
        async with household.house.store.unit() as unit:
            await changes.document.apply(unit, plan)
    assert "mine" not in (await _load(household)).entries


async def test_a_plan_that_locks_administrators_out_says_so(household: Household, changes: Changes) -> None:
    text = '[policies.p]\nscope = "system"\naction = "read"\nrealm = "*"\nuser = "*"\n'
    plan = await _plan(household, changes, text)
    assert len(plan.warnings) == 1
    assert "lockout" in plan.warnings[0]
    assert (await _plan(household, changes, text.replace("read", "read, write"))).warnings == ()


@pytest.mark.parametrize(
    ("content", "read"), [("hush\n", "hush"), ("hush\r\n", "hush"), (" two\nlines", " two\nlines")]
)
def test_a_secret_is_read_from_a_file(tmp_path: Path, content: str, read: str) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content.encode())
    assert read_reference(f"file:{path}", {}) == read


# whatever is stored, travels

_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_NAMES = st.from_regex(r"[a-zA-Z0-9_-]{4,8}", fullmatch=True)
_ENTRY = st.one_of(
    _TEXTS,
    st.integers(-5, 10**20),
    st.booleans(),
    st.fixed_dictionaries({"value": _TEXTS | st.booleans()}, optional={"description": _TEXTS}),
    st.fixed_dictionaries({"secret": st.sampled_from(sorted(SECRETS))}, optional={"description": _TEXTS}),
)
_SETTING_NAMES = _TEXTS.map(str.strip).filter(
    lambda name: (
        name.isprintable()
        and bool(name)
        and not name.startswith(("linotp.", "Policy.", "useridresolver.", "enclinotp."))
    )
)
_MANAGED = st.sampled_from([{"kind": "managed"}, {"kind": "managed", "readonly": True}])
_REMOTE = st.fixed_dictionaries(
    {
        "kind": st.just("remote"),
        "settings": st.fixed_dictionaries(
            {"uri": _TEXTS},
            optional={"limit": st.integers(0, 9), "bind_password": st.sampled_from(sorted(SECRETS))},
        ),
    }
)
_POLICY = st.fixed_dictionaries(
    {
        "scope": st.just("audit"),
        "action": st.sampled_from(["view", "!view", "*"]),
        "realm": st.sampled_from(["*", "demo", "a, b", ""]),
    },
    optional={"user": st.sampled_from(["*", "x, !y"]), "active": st.booleans()},
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Documents that can be applied."""
    # One name is of one kind in all documents: a resolver never changes its kind.
    resolvers = {
        name: draw(_MANAGED) if len(name) % 2 else draw(_REMOTE)
        for name in draw(st.lists(_NAMES, max_size=4, unique=True))
    }
    members = (
        st.lists(st.sampled_from(sorted(resolvers)), min_size=1, unique=True) if resolvers else st.nothing()
    )
    realms: dict[str, dict[str, Any]] = {
        name: {"resolvers": chosen}
        for name, chosen in draw(
            st.dictionaries(st.from_regex(r"[a-z0-9_.-]{1,6}", fullmatch=True), members, max_size=3)
            if resolvers
            else st.just({})
        ).items()
    }
    realms[ADMIN_REALM] = {"resolvers": [ADMIN_RESOLVER]}
    realms[draw(st.sampled_from(sorted(realms)))]["default"] = draw(st.booleans())
    return {
        "settings": draw(st.dictionaries(_SETTING_NAMES, _ENTRY, max_size=5)),
        "resolvers": resolvers,
        "realms": realms,
        "policies": draw(
            st.dictionaries(st.from_regex("[A-Za-z0-9_]{1,6}", fullmatch=True), _POLICY, max_size=4)
        ),
    }


def _written(document: dict[str, Any]) -> str:
    from watchword.configuration import toml

    def tables() -> Iterator[str]:
        for section, items in document.items():
            yield f"[{section}]\n"
            for name, item in items.items():
                yield f"{toml.key(name)} = {toml.value(item)}\n"

    return "".join(tables())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=documents())
async def test_applied_and_exported_a_document_changes_nothing_any_more(
    household: Household, changes: Changes, document: dict[str, Any]
) -> None:
    text = _written(document)
    await _apply(household, changes, text)
    assert await _apply(household, changes, text) == ()
    exported = changes.document.export(await _load(household))
    revision = await household.house.store.revision()
    assert await _apply(household, changes, exported) == ()
    assert await household.house.store.revision() == revision
    assert changes.document.export(await _load(household)) == exported
    assert not any(clear in exported for clear in SECRETS.values())


async def test_tokens_follow_people_whose_ids_come_from_another_column(
    household: Household, changes: Changes, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "people.db")) as database, database:
        database.execute("CREATE TABLE people (id INTEGER, badge TEXT, login TEXT)")
        database.execute("INSERT INTO people VALUES (1, 'B1', 'carol')")
    text = f"""
        [resolvers.{RESOLVER}]
        kind = "managed"
        readonly = true
        [resolvers.office]
        kind = "sql"
        settings.Driver = "sqlite"
        settings.Database = "{tmp_path / "people.db"}"
        settings.Table = "people"
        settings.Map = '{{"userid": "id", "username": "login"}}'
    """
    await _apply(household, changes, text)
    await household.give("T1", owner=None)
    token = await household.held("T1")
    async with household.house.store.unit() as unit:
        assert await unit.tokens.change(token, replace(token, owner=Subject("office", "1")))
    await _apply(household, changes, text.replace('"id"', '"badge"'))
    assert (await household.held("T1")).owner == Subject("office", "B1")
