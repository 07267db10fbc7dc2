"""Says what became of a message, in words for administrators and without what the message said."""

import ssl
from collections.abc import Awaitable

from watchword.model.message import Fate, Receipt
from watchword.plugin.providers import Answered, NotSent, Unsure

_REASON_CHARACTERS = 80


def accepted(reference: str = "", reason: str = "") -> Receipt:
    return Receipt(fate=Fate.ACCEPTED, reference=reference, reason=reason)


def refused(reason: str, *, final: bool = False, perhaps: bool = False) -> Receipt:
    """``final``: nobody else shall be asked; ``perhaps``: the more so as it may have been sent all the same."""
    return Receipt(fate=Fate.REFUSED, reason=reason, final=final or perhaps, perhaps=perhaps)


def unavailable(reason: str) -> Receipt:
    return Receipt(fate=Fate.UNAVAILABLE, reason=reason)


def uncertain(reason: str) -> Receipt:
    return Receipt(fate=Fate.UNCERTAIN, reason=reason)


async def asked(asking: Awaitable[Answered]) -> Answered | Receipt:
    """The answer of a service, or what it means that there is none."""
    try:
        return await asking
    except NotSent as broken:
        return unavailable(broken.message)
    except Unsure as broken:
        return uncertain(broken.message)


def by_status(answer: Answered) -> Receipt | None:
    """What an HTTP status that is no success means for a gateway without codes of its own; None if it is one.

    Gateways count any such status as a failure. But only what says that nothing was done lets another provider
    try: 500 is also said by a gateway that broke after it had sent.
    """
    status = answer.status
    said = f"The service answers {status} {harmless(answer.reason)}".strip()
    if 200 <= status < 300:
        return None
    if status in {401, 403, 407}:
        return unavailable(f"{said}: it does not take our credentials.")
    if status in {429, 503}:
        return unavailable(f"{said}: it is too busy now.")
    if 300 <= status < 400:
        return refused(f"{said}: redirections are not followed; configure where it leads.")
    if status < 500:
        return refused(f"{said}: it does not take the request.")
    return refused(f"{said}: it failed, and may have sent the message all the same.", perhaps=True)


def by_test(answer: Answered | Receipt) -> Receipt:
    """What the answer to a request without content means for a test of a gateway: whether it knows us."""
    if isinstance(answer, Receipt):
        return answer if answer.fate is not Fate.UNCERTAIN else unavailable(answer.reason)
    if answer.status in {401, 403, 407}:
        return unavailable(f"The service answers {answer.status}: it does not take our credentials.")
    return accepted(reason=f"The service can be reached; it answers {answer.status}.")


def harmless(text: str) -> str:
    """Words of a service, short and without figures: it may repeat to us what was to be kept secret."""
    kept = "".join(
        "#" if character.isdigit() else character if character.isprintable() else " " for character in text
    )
    return kept[:_REASON_CHARACTERS].strip()


def why(failure: Exception) -> str:
    """Why a service cannot be reached, without what a library knows of the request."""
    broken = _beneath(failure)
    if isinstance(broken, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({broken.verify_message})"
    if isinstance(broken, ssl.SSLError):
        return "it does not speak TLS as we do"
    if isinstance(broken, TimeoutError):
        return "it did not answer in time"
    if isinstance(broken, ConnectionResetError):
        return "it broke off while TLS began; perhaps it does not take our client certificate, or wants one"
    if isinstance(broken, ConnectionRefusedError):
        return "it refuses connections"
    if isinstance(broken, OSError) and broken.strerror:
        return broken.strerror.lower()
    return "the request cannot be made as it is configured"


def _beneath(broken: BaseException) -> BaseException:
    """What a library wrapped: an error of TLS wherever it is, else the error of the system."""
    wrapped: list[BaseException] = [broken]
    for one in wrapped:
        for inner in (getattr(one, "os_error", None), getattr(one, "certificate_error", None), one.__cause__):
            if isinstance(inner, BaseException) and inner not in wrapped:
                wrapped.append(inner)
    tls = [one for one in wrapped if isinstance(one, ssl.SSLError)]
    system = [one for one in wrapped if isinstance(one, OSError)]
    return (tls or system or wrapped)[-1]
