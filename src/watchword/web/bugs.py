"""What is logged of an error that nobody expected."""

import traceback
from typing import Any


def without_values(bug: BaseException) -> tuple[type[BaseException], BaseException, Any]:
    """For ``exc_info``: the exception and its place, without its message, which may quote what was sent."""
    places = traceback.extract_tb(bug.__traceback__)
    last = places[-1] if places else None
    where = f"{last.filename}:{last.lineno} in {last.name}" if last is not None else "unknown place"
    return (RuntimeError, RuntimeError(f"{type(bug).__name__} at {where}"), None)
