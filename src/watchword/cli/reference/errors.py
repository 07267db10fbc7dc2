"""``errors.md``: what may be refused, and by which number LinOTP's dialect says so."""

from watchword import errors
from watchword.api.linotp.envelope import CODES, UNTYPED
from watchword.cli.reference.markdown import code, sentence, table, titled

_ENVELOPE = f"""\
In LinOTP's dialect a refusal is HTTP 200 with `result.status` false, and `result.error` holds `code` and `message`.
The message begins with `ERR<code>: `, unless the code is {UNTYPED}. The message is a sentence for the administrator
and no contract; match on the code."""
_ELSEWHERE = """\
`/validate` answers a plain "no" instead of any error. Without a session the HTTP status is 401. Below `/api/v2` a
missing right is also 403, an unknown user or resolver 404, and a store or directory that does not answer 503."""


def page() -> str:
    family = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.WatchwordError)
    ]
    rows = [
        (code(kind.slug), sentence(kind.__doc__), str(_code(kind)))
        for kind in sorted(family, key=lambda kind: kind.slug)
    ]
    return (
        titled("Errors", _ENVELOPE, _ELSEWHERE)
        + "\n"
        + table(("Slug", "Meaning", "LinOTP's code"), rows)
        + "\n"
    )


def _code(kind: type[errors.WatchwordError]) -> int:
    return next((CODES[family] for family in kind.__mro__ if family in CODES), UNTYPED)
