"""All commands, with their help. What they do is told in the modules that they call."""

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, CycloptsError, Parameter

from watchword.cli.exits import USAGE, complain
from watchword.errors import BadParameter, Misconfigured
from watchword.settings import Settings, load

_ORDER = (
    "Settings come from flags, then from variables (WATCHWORD_HOME, ...), then from watchword.toml in the home "
    "folder, then from defaults."
)


@Parameter(name="*")
@dataclass(frozen=True)
class Place:
    """Which server is meant."""

    home: Annotated[
        str | None,
        Parameter(
            help="Folder of keys and settings; ./var in a checkout, else the platform's folder for data."
        ),
    ] = None
    database: Annotated[
        str | None,
        Parameter(
            help="sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME; if not said, a file in the home "
            "folder. A password is safer in WATCHWORD_DATABASE_URL, where no list of processes shows it."
        ),
    ] = None

    def settings(self) -> Settings:
        return load(asdict(self))


_HERE = Place()
_PLAIN = Parameter(negative=(), show_default=False)

app = App(
    name="watchword",
    version=f"Watchword {version('watchword')}",
    help=f"A self-hosted second-factor server.\n\n{_ORDER}",
    help_format="markdown",
    default_parameter=_PLAIN,
)
admin = App(name="admin", help="Administrators who are kept by the server itself.", default_parameter=_PLAIN)
config = App(name="config", help="The whole configuration as one document.", default_parameter=_PLAIN)
method = App(name="method", help="Ways to log in that applications ask for (acr).", default_parameter=_PLAIN)
plugin = App(
    name="plugin", help="Token types, providers and resolvers of your own.", default_parameter=_PLAIN
)
app.command(admin)
app.command(config)
app.command(plugin)
oidc = App(name="oidc", help="The OpenID provider.", default_parameter=_PLAIN)
oidc_client = App(name="client", help="Applications that people sign in to.", default_parameter=_PLAIN)
app.command(oidc)
oidc.command(oidc_client)
oidc.command(method)


def run(words: Sequence[str]) -> int:
    """Do what the words say; the exit code."""
    try:
        app(words, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as wrong:
        complain(f"{wrong} `watchword --help` shows what there is.")
        return USAGE
    return 0


@app.command
def serve(
    *,
    place: Place = _HERE,
    listen: Annotated[
        str | None, Parameter(help="HOST:PORT or [IPv6]:PORT; port 0 takes any free one; 127.0.0.1:8080.")
    ] = None,
    workers: Annotated[str | None, Parameter(help="Processes that answer requests; 1.")] = None,
    demo: Annotated[bool, Parameter(help="Load the demo's data first (see `watchword demo`).")] = False,
) -> None:
    """Answer requests until told to stop.

    What is missing is made first: the home folder, the key ring, the tables. Prints one line "listening on
    http://HOST:PORT" when it accepts requests; SIGTERM or Ctrl-C lets it finish what it began. It writes nowhere but
    in the home folder, and logs one JSON object a line to the error stream.

    Example: `watchword serve --home /var/lib/watchword --listen 0.0.0.0:8080 --workers 2`

    Settings come from these flags, then from the variables WATCHWORD_HOME, WATCHWORD_LISTEN, WATCHWORD_DATABASE_URL,
    WATCHWORD_WORKERS, then from watchword.toml in the home folder; `watchword settings` shows all of them.
    """
    from watchword.cli.starting import start

    start(asdict(place) | {"listen": listen, "workers": workers}, demo=demo)


@app.command
def init(*, place: Place = _HERE) -> None:
    """Make home folder, key ring and tables where they are missing, and bring tables up to date.

    May be said as often as one likes, and on several nodes at once. `serve` does the same at its start.

    Example: `watchword init --home /var/lib/watchword --database postgresql://watchword@db.example/watchword`
    """
    from watchword.app import prepare

    settings = place.settings()
    asyncio.run(prepare(settings))
    print(f"ready: {settings.home}")


@app.command
def demo(*, place: Place = _HERE) -> None:
    """Load the demo's data: the realm demo with alice, bob and carol, and the administrator admin.

    The people's password is demo. The administrator's is invented and printed, or taken from the variable
    WATCHWORD_DEMO_ADMIN_PASSWORD. What is there already is left alone.

    Example: `watchword demo --home ./var`
    """
    from watchword.app import prepare
    from watchword.cli.demo import load_demo
    from watchword.cli.opening import opened

    async def act(settings: Settings) -> None:
        await prepare(settings)
        async with opened(settings) as house:
            for line in await load_demo(house, settings.home):
                print(line)

    asyncio.run(act(place.settings()))


Name = Annotated[str, Parameter(help="What the administrator logs in with.")]
FromStdin = Annotated[
    bool, Parameter(name="--password-stdin", help="Read the password from the standard input, to its end.")
]


@admin.command(name="create")
def admin_create(name: Name, *, place: Place = _HERE, password_stdin: FromStdin = False) -> None:
    """Create an administrator. Asks for the password twice, and does not show it.

    Example: `watchword admin create alice`

    Example: `pass show watchword/alice | watchword admin create alice --password-stdin`
    """
    from watchword.cli import administrators
    from watchword.cli.opening import opened

    async def act(settings: Settings, password: str) -> str:
        async with opened(settings) as house:
            return await administrators.create(house, name, password)

    settings = place.settings()
    print(f"created: {asyncio.run(act(settings, _password(from_stdin=password_stdin)))}")


@admin.command(name="set-password")
def admin_set_password(name: Name, *, place: Place = _HERE, password_stdin: FromStdin = False) -> None:
    """Give an administrator another password, and end all of their sessions.

    Example: `watchword admin set-password alice`
    """
    from watchword.cli import administrators
    from watchword.cli.opening import opened

    async def act(settings: Settings, password: str) -> str:
        async with opened(settings) as house:
            return await administrators.set_password(house, name, password)

    settings = place.settings()
    print(f"password set: {asyncio.run(act(settings, _password(from_stdin=password_stdin)))}")


@admin.command(name="list")
def admin_list(*, place: Place = _HERE) -> None:
    """List the administrators, one a line.

    Example: `watchword admin list --home /var/lib/watchword`
    """
    from watchword.cli import administrators
    from watchword.cli.opening import opened

    async def act(settings: Settings) -> tuple[list[str], list[str]]:
        async with opened(settings) as house:
            return await administrators.everybody(house)

    logins, resolvers = asyncio.run(act(place.settings()))
    for login in logins:
        print(login)
    for resolver in resolvers:
        print(f"and everybody in the resolver {resolver}", file=sys.stderr)


@admin.command(name="remove")
def admin_remove(
    name: Name,
    *,
    place: Place = _HERE,
    yes: Annotated[bool, Parameter(help="Also if it is the last administrator.")] = False,
) -> None:
    """Remove an administrator, and end all of their sessions.

    Example: `watchword admin remove alice`
    """
    from watchword.cli import administrators
    from watchword.cli.opening import opened

    async def act(settings: Settings) -> str:
        async with opened(settings) as house:
            return await administrators.remove(house, name, even_the_last=yes)

    print(f"removed: {asyncio.run(act(place.settings()))}")


@oidc_client.command(name="add")
def oidc_client_add(
    identifier: Annotated[str, Parameter(help="Its client_id.")],
    *,
    place: Place = _HERE,
    redirect: Annotated[
        tuple[str, ...], Parameter(help="Where answers may go, the whole address; may be said several times.")
    ],
    after_logout: Annotated[tuple[str, ...], Parameter(help="Where people may go after a log-out.")] = (),
    authentication: Annotated[
        str,
        Parameter(help="client_secret_basic, client_secret_post, or none for apps that can keep no secret."),
    ] = "client_secret_basic",
    algorithm: Annotated[str, Parameter(help="What ID tokens are signed with: ES256 or RS256.")] = "ES256",
    title: Annotated[str, Parameter(help="What people read when they are asked for consent.")] = "",
    consent: Annotated[bool, Parameter(help="Ask people before the application learns of them.")] = False,
    acr: Annotated[
        tuple[str, ...], Parameter(help="The way to log in where the application asks for none.")
    ] = (),
) -> None:
    """Register an application, and print its secret this once. The secret is made here and kept as a fingerprint.

    Example: `watchword oidc client add wiki --redirect https://wiki.example.org/callback`

    Example: `watchword oidc client add app --redirect http://127.0.0.1/callback --authentication none`
    """
    from watchword.cli import clients
    from watchword.cli.opening import opened
    from watchword.configuration.clients import WantedClient

    wanted = WantedClient(
        id=identifier,
        name=title,
        redirect_uris=redirect,
        post_logout_redirect_uris=after_logout,
        authentication=authentication,
        algorithm=algorithm,
        consent=consent,
        default_acr_values=acr,
    )

    async def act(settings: Settings) -> str:
        async with opened(settings) as house:
            return await clients.add(house, wanted)

    secret = asyncio.run(act(place.settings()))
    print(f"client_id: {identifier}")
    if secret:
        print(f"client_secret: {secret}")


@oidc_client.command(name="list")
def oidc_client_list(*, place: Place = _HERE) -> None:
    """List the applications, one a line.

    Example: `watchword oidc client list --home /var/lib/watchword`
    """
    from watchword.cli import clients
    from watchword.cli.opening import opened

    async def act(settings: Settings) -> list[str]:
        async with opened(settings) as house:
            return await clients.listed(house)

    for line in asyncio.run(act(place.settings())):
        print(line)


@oidc_client.command(name="remove")
def oidc_client_remove(
    identifier: Annotated[str, Parameter(help="Its client_id.")], *, place: Place = _HERE
) -> None:
    """Take an application away. Nobody signs in to it any more, and no token of it is renewed.

    Example: `watchword oidc client remove wiki`
    """
    from watchword.cli import clients
    from watchword.cli.opening import opened

    async def act(settings: Settings) -> None:
        async with opened(settings) as house:
            await clients.remove(house, identifier)

    asyncio.run(act(place.settings()))
    print(f"removed: {identifier}")


@app.command
def invite(
    user: Annotated[str, Parameter(help="Who is invited: a name, or name@realm.")],
    *,
    place: Place = _HERE,
    realm: Annotated[str, Parameter(help="The user's realm; the default realm if not said.")] = "",
    valid: Annotated[str, Parameter(help="For how long: 7d, 36h, 1w 2d; at most 90d.")] = "7d",
    email: Annotated[bool, Parameter(help="Mail it to the address in the directory.")] = False,
    sheet: Annotated[
        Path | None, Parameter(name="--print", help="Write a letter to this new file, an HTML page to print.")
    ] = None,
    language: Annotated[str, Parameter(help="Of the letter or mail: en or de.")] = "en",
) -> None:
    """Invite somebody to the portal by a rollout token: its password opens nothing but the portal, and only beside
    the user's own password.

    Without --email and --print the password is printed here. An earlier invitation of the user is void. Needs the
    setting portal.url.

    Example: `watchword invite alice --realm sales --valid 3d --print alice.html`
    """
    from watchword.cli.inviting import invite_user
    from watchword.cli.opening import opened
    from watchword.policy.notation.durations import read_duration

    if email and sheet is not None:
        raise BadParameter("Say --email or --print, not both: an invitation goes one way.")

    async def act(settings: Settings) -> list[str]:
        async with opened(settings) as house:
            return await invite_user(
                house,
                user,
                realm=realm,
                valid=read_duration(valid),
                email=email,
                sheet=sheet,
                language=language,
            )

    for line in asyncio.run(act(place.settings())):
        print(line)


@config.command(name="export")
def config_export(
    file: Annotated[
        Path | None, Parameter(help="Where to write it; the standard output if not said.")
    ] = None,
    *,
    place: Place = _HERE,
) -> None:
    """Write settings, resolvers, realms, providers and policies as one TOML document. No secret is in it.

    Example: `watchword config export house.toml`
    """
    from watchword.cli.opening import opened

    async def act(settings: Settings) -> str:
        async with opened(settings) as house, house.store.view() as view:
            return house.configuring.document.export(await view.configuration.load())

    text = asyncio.run(act(place.settings()))
    if file is None:
        sys.stdout.write(text)
    else:
        file.write_text(text, "utf-8")


@config.command(name="apply")
def config_apply(
    file: Annotated[
        Path, Parameter(help="The document; - is the standard input.", allow_leading_hyphen=True)
    ],
    *,
    place: Place = _HERE,
    dry_run: Annotated[bool, Parameter(help="Print what would change, and change nothing.")] = False,
) -> None:
    """Make a document true: all of it, or nothing. Prints what changes, a line each.

    A section that stands in the document is the whole of its kind: what it does not name is removed. Secrets are
    written as "env:NAME" or "file:PATH", or as "stored" for those that stay. A running server obeys at once.

    Example: `watchword config apply house.toml --dry-run`
    """
    from watchword.cli.opening import opened, write_down
    from watchword.configuration.document import read_reference

    async def act(settings: Settings, text: str) -> None:
        async with opened(settings) as house:
            async with house.store.view() as view:
                current = await view.configuration.load()
            document = house.configuring.document
            plan = await document.plan(text, current, lambda reference: read_reference(reference, os.environ))
            if not dry_run and plan.lines:
                async with house.store.unit() as unit:
                    await document.apply(unit, plan)
                    await write_down(house, unit, "config apply", f"{len(plan.lines)} changes")
            for line in plan.lines or ["nothing changes"]:
                print(line)
            for warning in plan.warnings:
                complain(warning)

    asyncio.run(act(place.settings(), _text_of(file)))


MethodName = Annotated[str, Parameter(help="The method's name, which is its acr.")]


@method.command(name="list")
def method_list(*, place: Place = _HERE) -> None:
    """List the methods of authentication with their properties, and which are the defaults. No secret is shown.

    Example: `watchword oidc method list`
    """
    from watchword.cli.methods import listed
    from watchword.cli.opening import opened

    async def act(settings: Settings) -> list[str]:
        async with opened(settings) as house:
            return await listed(house)

    for line in asyncio.run(act(place.settings())):
        print(line)


@method.command(name="enable")
def method_enable(name: MethodName, *, place: Place = _HERE) -> None:
    """Put a method in force: applications may ask for it from now on. Running servers obey at once.

    Example: `watchword oidc method enable twilio_sms`
    """
    _change_method(place, name, enabled=True)


@method.command(name="disable")
def method_disable(name: MethodName, *, place: Place = _HERE) -> None:
    """Take a method out of force. Refused for one that is a default.

    Example: `watchword oidc method disable twilio_sms`
    """
    _change_method(place, name, enabled=False)


@method.command(name="set")
def method_set(
    name: MethodName,
    properties: Annotated[
        list[str] | None,
        Parameter(help="PROPERTY=VALUE; a secret as PROPERTY=env:NAME or PROPERTY=file:PATH; empty: unset."),
    ] = None,
    *,
    place: Place = _HERE,
    level: Annotated[int | None, Parameter(help="From 0 to 1000: the higher, the more it proves.")] = None,
    alias: Annotated[
        list[str] | None,
        Parameter(help="Another name for it; say it once for each. They replace all before."),
    ] = None,
) -> None:
    """Set properties, level or aliases of a method.

    Example: `watchword oidc method set twilio_sms twilio_sid=AC0123 twilio_token=file:/run/secrets/twilio
    from_number=+15005550006`
    """
    _change_method(place, name, properties or (), level=level, aliases=alias)


def _change_method(place: Place, name: str, words: Sequence[str] = (), **change: Any) -> None:
    from watchword.cli import methods
    from watchword.cli.opening import opened

    async def act(settings: Settings) -> str:
        async with opened(settings) as house:
            return await methods.change(house, name, words, **change)

    print(asyncio.run(act(place.settings())))


@oidc.command(name="default")
def oidc_default(
    acr: Annotated[
        str, Parameter(help="The method, or an alias of it; - for none.", allow_leading_hyphen=True)
    ],
    *,
    place: Place = _HERE,
    console: Annotated[bool, Parameter(help="Of the administrators' console, not of applications.")] = False,
) -> None:
    """Say which method applications get that ask for none. It must be enabled.

    Example: `watchword oidc default twilio_sms`
    """
    from watchword.cli.methods import set_default
    from watchword.cli.opening import opened

    wanted = "" if acr == "-" else acr

    async def act(settings: Settings) -> None:
        async with opened(settings) as house:
            await set_default(house, wanted, console=console)

    asyncio.run(act(place.settings()))
    print(f"default: {wanted or 'none'}")


@plugin.command(name="new")
def plugin_new(
    name: Annotated[str, Parameter(help="What requests call the token type: small letters and digits.")],
    *,
    folder: Annotated[Path, Parameter(help="Where to write the files; here if not said.")] = Path(),
) -> None:
    """Write the two files to start a token type from: NAME.py and NAME.html. They work as they are.

    Example: `watchword plugin new voucher`
    """
    from watchword.testing.beginning import begin

    for path in begin(name, folder):
        print(f"written: {path}")


@plugin.command(name="check")
def plugin_check(
    file: Annotated[Path, Parameter(help="The Python file of a token type, a provider or a resolver.")],
) -> None:
    """Try a plug-in against all that its kind promises, and say in words what it does not keep.

    Runs the file, and needs pytest beside it. Ends with 1 if a promise is broken, with 2 if the file cannot be loaded.

    Example: `watchword plugin check voucher.py`
    """
    from watchword.errors import Refused
    from watchword.testing.checking import check

    if not file.is_file():
        raise BadParameter(f"There is no file {file}.")
    checked = check(file)
    for promise, seen in checked.broken:
        print(f"not kept: {promise}\n    {seen}")
    if checked.broken:
        raise Refused(f"{len(checked.broken)} of {checked.tried} promises are not kept.")
    print(f"all {checked.tried} promises are kept")


@app.command(name="settings")
def show_settings() -> None:
    """List all settings: what each means, what it may be, and its variable.

    Example: `watchword settings`
    """
    from watchword.cli.reference import settings_text

    print(settings_text(), end="")


@app.command(show=False)
def reference(folder: Path) -> None:
    """Write the generated pages of the manual.

    Example: `watchword reference docs/reference`
    """
    from watchword.cli.reference import write_pages

    write_pages(app, folder)


@app.command(name="version")
def show_version() -> None:
    """Print the version.

    Example: `watchword version`
    """
    print(app.version)


def _password(*, from_stdin: bool) -> str:
    """A password from the standard input, or from who sits at the terminal."""
    if from_stdin:
        given = sys.stdin.read().removesuffix("\n").removesuffix("\r")
        if "\n" in given:
            raise BadParameter("The standard input holds several lines: it must be the password and no more.")
        return given
    if not sys.stdin.isatty():
        raise Misconfigured("There is no terminal to ask at: give the password with --password-stdin.")
    from getpass import getpass

    first = getpass("Password: ")
    if getpass("Once more: ") != first:
        raise BadParameter("The two passwords differ: nothing was changed.")
    return first


def _text_of(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except UnicodeDecodeError:
        raise BadParameter(f"{file} is no text in UTF-8.") from None
