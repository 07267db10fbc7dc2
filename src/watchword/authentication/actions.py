"""What the gate asks policy."""

from watchword.model.policy import Action, Scope

OTPPIN = Action(
    name="otppin",
    scope=Scope.AUTHENTICATION,
    kind="set",
    values=(0, 1, 2, 3, "token_pin", "password", "only_otp", "ignore_pin"),
    default=0,
    help="What stands before the one-time part: the token's PIN (0), the user's password (1), nothing (2), anything (3)",
)
PASSTHRU = Action(
    name="passthru",
    scope=Scope.AUTHENTICATION,
    kind="bool",
    default=False,
    help="A user without any token logs in with the password of the directory",
)
PASS_ON_NO_TOKEN = Action(
    name="passOnNoToken",
    scope=Scope.AUTHENTICATION,
    kind="bool",
    default=False,
    help="A user without any token is let in whatever the answer",
)
CHALLENGE_RESPONSE: Action[tuple[str, ...]] = Action(
    name="challenge_response",
    scope=Scope.AUTHENTICATION,
    kind="words",
    default=(),
    help="Token types (separated by blanks, or *) that ask when the PIN alone comes",
)
DELETE_ON_EXCEED = Action(
    name="delete_on_authentication_exceed",
    scope=Scope.AUTHENTICATION,
    kind="bool",
    default=False,
    help="A token used beyond its limits or validity is removed at the next attempt",
)
DISABLE_ON_EXCEED = Action(
    name="disable_on_authentication_exceed",
    scope=Scope.AUTHENTICATION,
    kind="bool",
    default=False,
    help="A token used beyond its limits or validity is disabled at the next attempt",
)
AUTHORIZE = Action(
    name="authorize",
    scope=Scope.AUTHORIZATION,
    kind="bool",
    default=False,
    help="Who may log in from where; once such a policy is active, all others are refused (not at the portal)",
)
TOKENTYPE = Action(
    name="tokentype",
    scope=Scope.AUTHORIZATION,
    kind="str",
    default="",
    help="Only tokens of these types (separated by blanks) let somebody in",
)
SERIAL = Action(
    name="serial",
    scope=Scope.AUTHORIZATION,
    kind="expression",
    default="",
    help="Only tokens whose serial fits this regular expression let somebody in",
)
ROLLOUT_TOKEN_ALLOW_VALIDATE = Action(
    name="rollout_token_allow_validate",
    scope=Scope.AUTHENTICATION,
    kind="bool",
    default=False,
    help="Whose rollout tokens let in at /validate, too, and from where; without such a policy, all with that path do",
)
PURGE_ROLLOUT_TOKEN = Action(
    name="purge_rollout_token",
    scope=Scope.ENROLLMENT,
    kind="bool",
    default=False,
    help="A user's rollout tokens are removed by the first log-in with any other token",
)
SETREALM = Action(
    name="setrealm",
    scope=Scope.AUTHORIZATION,
    kind="str",
    default="",
    help="The user is looked for in this realm instead",
)
DETAIL_ON_SUCCESS = Action(
    name="detail_on_success",
    scope=Scope.AUTHORIZATION,
    kind="bool",
    default=False,
    help="A success tells the caller realm, user, token type and serial",
)
DETAIL_ON_FAIL = Action(
    name="detail_on_fail",
    scope=Scope.AUTHORIZATION,
    kind="bool",
    default=False,
    help="A refusal tells the caller its reason",
)

MANAGE_MFA_LOGIN = Action(
    name="manage_mfa_login",
    scope=Scope.AUTHENTICATION,
    kind="bool",
    default=False,
    help="Administrators whom it fits (realm linotp_admins) show a token after the password, at the console and at admin/login",
)
ACTIONS: tuple[Action[object], ...] = (
    OTPPIN,
    PASSTHRU,
    PASS_ON_NO_TOKEN,
    CHALLENGE_RESPONSE,
    DELETE_ON_EXCEED,
    DISABLE_ON_EXCEED,
    AUTHORIZE,
    TOKENTYPE,
    SERIAL,
    SETREALM,
    DETAIL_ON_SUCCESS,
    DETAIL_ON_FAIL,
    ROLLOUT_TOKEN_ALLOW_VALIDATE,
    PURGE_ROLLOUT_TOKEN,
    MANAGE_MFA_LOGIN,
)
