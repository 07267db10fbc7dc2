"""What administrators may be allowed to do, as policies of the scopes ``admin``, ``system``, ``audit`` and ``tools`` say it."""

from watchword.model.policy import Action, Scope
from watchword.plugin.loading import Kinds
from watchword.plugin.shapes import TokenType


def right(name: str, meaning: str, scope: Scope = Scope.ADMIN) -> Action[bool]:
    """A right; in the scope ``admin``, the realms of such a policy are those of the tokens and users."""
    return Action(name=name, scope=scope, kind="bool", default=False, help=meaning)


ENABLE = right("enable", "Enable tokens")
DISABLE = right("disable", "Disable tokens")
REMOVE = right("remove", "Remove tokens")
RESET = right("reset", "Forgive failures: of tokens, and those counted against their owners")
RESYNC = right("resync", "Bring tokens back into step by two codes")
SET = right("set", "Change limits, windows, validity, description and the like of tokens")
SET_OTP_PIN = right("setOTPPIN", "Set PINs of tokens")
SET_MOTP_PIN = right("setMOTPPIN", "Set the PIN that tokens such as Mobile-OTP hold within their codes")
ASSIGN = right("assign", "Give tokens to users")
UNASSIGN = right("unassign", "Take tokens from users")
TOKEN_OWNER = right("tokenowner", "See whose a token is")
MANAGE_TOKEN = right("manageToken", "Put tokens into realms")
COPY_PIN = right("copytokenpin", "Give a token the PIN of another one")
COPY_USER = right("copytokenuser", "Give a token the owner of another one")
LOST_TOKEN = right("losttoken", "Replace lost tokens for some days")
INVITE = right("invite", "Invite people to the portal by a rollout token, a letter or a mail")
GET_SERIAL = right("getserial", "Find tokens by a code")
TOTP_LOOKUP = right("totp_lookup", "Find out when a code was current")
USER_LIST = right("userlist", "List users")
SHOW = right("show", "See tokens; every other right implies it, unless a policy says it explicitly")
CHECKSTATUS = right("checkstatus", "See what became of questions (admin/checkstatus)")
READ = right("read", "See the configuration and its policies", Scope.SYSTEM)
WRITE = right("write", "Change the configuration and its policies", Scope.SYSTEM)
VIEW = right("view", "Read the audit", Scope.AUDIT)
IMPORT_USERS = right(
    "import_users", "Import people from files; the right system/write is needed, too", Scope.TOOLS
)
MIGRATE_RESOLVER = right(
    "migrate_resolver",
    "Give the tokens of one resolver's people to people of the same logins in another one",
    Scope.TOOLS,
)


def init_of(kind: TokenType) -> Action[bool]:
    """The right to issue tokens of this type."""
    return right(f"init{kind.name.upper()}", f"Issue tokens of type {kind.label}")


def actions_of(kinds: Kinds) -> tuple[Action[bool], ...]:
    """All rights, among them one for each token type."""
    return (*_RIGHTS, *(init_of(kind) for kind in kinds))


_RIGHTS = (
    ENABLE,
    DISABLE,
    REMOVE,
    RESET,
    RESYNC,
    SET,
    SET_OTP_PIN,
    SET_MOTP_PIN,
    ASSIGN,
    UNASSIGN,
    TOKEN_OWNER,
    MANAGE_TOKEN,
    COPY_PIN,
    COPY_USER,
    LOST_TOKEN,
    INVITE,
    GET_SERIAL,
    TOTP_LOOKUP,
    USER_LIST,
    SHOW,
    CHECKSTATUS,
    READ,
    WRITE,
    VIEW,
    IMPORT_USERS,
    MIGRATE_RESOLVER,
)
