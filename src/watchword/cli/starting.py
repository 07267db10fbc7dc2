"""From settings to a running server."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from watchword.cli.serving import Listener, serve
from watchword.cli.serving.certificates import context
from watchword.cli.serving.logs import log_to_stderr
from watchword.settings import Settings, load

if TYPE_CHECKING:
    from watchword.cli.serving.worker import App

_DEMO = "This is a demo: alice, bob and carol of the realm demo have the password demo. Not for real use."


def start(flags: Mapping[str, object], *, demo: bool) -> None:
    """Serve with the settings that flags (by setting's name), variables and file say, until told to stop."""
    settings = load(flags)
    log_to_stderr(settings.log.level)
    if demo:
        print(_DEMO, file=sys.stderr, flush=True)
    serve(
        _listeners(settings),
        settings.workers,
        prepare=lambda: asyncio.run(_prepare(settings, demo=demo)),
        make_app=lambda: _make_app(settings, demo=demo),
    )


def _listeners(settings: Settings) -> Sequence[Listener]:
    main = Listener(at=settings.listen)
    if not (settings.voice.service and settings.voice.listen):
        return (main,)
    from watchword.api.voice import LISTENER

    own = Listener(
        at=settings.voice.listen,
        said_by="the setting voice.listen",
        name=LISTENER,
        tls=lambda: context(settings.voice),
    )
    return own, main


async def _prepare(settings: Settings, *, demo: bool) -> None:
    from watchword.app import prepare

    await prepare(settings)
    if demo:
        from watchword.cli.demo import load_demo
        from watchword.cli.opening import opened

        async with opened(settings) as house:
            for line in await load_demo(house, settings.home):
                print(line, flush=True)


def _make_app(settings: Settings, *, demo: bool) -> "App":
    from watchword.app import web_app

    return web_app(settings, demo=demo)
