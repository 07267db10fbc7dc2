"""Who may see the configuration, and who may change it."""

from watchword.model.policy import Action, Scope

READ = Action(
    name="read", scope=Scope.SYSTEM, kind="bool", default=False, help="See the configuration and its policies"
)
WRITE = Action(
    name="write",
    scope=Scope.SYSTEM,
    kind="bool",
    default=False,
    help="Change the configuration and its policies",
)
ACTIONS = (READ, WRITE)
