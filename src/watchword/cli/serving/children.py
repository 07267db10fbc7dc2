"""Child processes that tell their parent, in one sentence, why they failed."""

import logging
import os
import sys
from collections.abc import Callable
from typing import NamedTuple

from watchword.cli.exits import USAGE, exit_code
from watchword.errors import Misconfigured, WatchwordError

Tell = Callable[[bytes], object]
"""Says something to the parent."""

log = logging.getLogger(__name__)


class Child(NamedTuple):
    """A forked process, and the read end of the pipe in which it tells."""

    pid: int
    told: int


def fork(act: Callable[[Tell], None]) -> Child:
    """Run ``act`` in a child process, which ends with it. The parent must have no event loop and no thread."""
    told, telling = os.pipe()
    pid = os.fork()
    if pid:
        os.close(telling)
        return Child(pid, told)
    code = 1
    try:
        os.close(told)
        act(lambda what: os.write(telling, what))
        code = 0
    except WatchwordError as refusal:
        code = exit_code(refusal)
        os.write(telling, f"{code} {refusal.message}".encode())
    except BaseException:  # whatever it is, it must not unwind into the parent's own frames
        log.critical("A process failed", exc_info=True)
    finally:
        sys.stderr.flush()
        os._exit(code)


def refusal_of(said: bytes) -> WatchwordError:
    """The child's reason, as an error for the parent to raise."""
    code, _, sentence = said.decode().partition(" ")
    return Misconfigured(sentence) if int(code) == USAGE else WatchwordError(sentence)


def wait_for(child: Child) -> None:
    """Return when the child has ended well; raise its reason if it has not."""
    with os.fdopen(child.told, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child.pid, 0)
    if said:
        raise refusal_of(said)
    if status:
        raise WatchwordError("The server could not be prepared; what was logged above says why.")
