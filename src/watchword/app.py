"""Puts everything together: the one place that knows all rooms."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from msgspec.structs import replace

from watchword.api import answering, classes, development, linotp, voice
from watchword.api.linotp.doors import Door, Doors
from watchword.api.linotp.userservice import doors as userservice
from watchword.api.oidc import doors as oidc
from watchword.api.oidc.telling import keep_telling
from watchword.api.telephony import doors as telephony_doors
from watchword.api.telephony.face import PREFIX as TELEPHONY
from watchword.api.telephony.face import TelephonyFace
from watchword.audit.journal import Journal
from watchword.audit.noticing import noticing
from watchword.authentication import actions as authentication_actions
from watchword.authentication.gate import Gate
from watchword.authentication.methods import Methods
from watchword.challenges.desk import Desk
from watchword.clock import Clock, Dice, SystemClock, SystemDice
from watchword.configuration.beginning import begin
from watchword.configuration.changes import Changes
from watchword.configuration.methods import Methods as MethodChanges
from watchword.configuration.providers import Providers as ProviderChanges
from watchword.console import doors as console
from watchword.crypto.keyring import KeyRing
from watchword.delivery.carriers import CARRIERS
from watchword.delivery.courier import HttpCourier
from watchword.delivery.dispatch import Dispatch
from watchword.delivery.inbox import Inbox
from watchword.delivery.providing import Providers
from watchword.directory.finding import Directory
from watchword.enrolment.actions import actions_of as enrolment_actions_of
from watchword.enrolment.issuing import Enrolment
from watchword.errors import Misconfigured
from watchword.limits.pool import CostlyWork
from watchword.limits.throttling import Throttling
from watchword.model.policy import Action
from watchword.plugin.loading import Kinds, load_kinds
from watchword.plugin.providers import ProviderContext
from watchword.policy.catalogue import Catalogue
from watchword.policy.snapshot import Snapshots
from watchword.portal import doors as portal
from watchword.selfservice.actions import actions_of as selfservice_actions_of
from watchword.settings import Settings
from watchword.storage import load_driver, migrate, open_store
from watchword.storage.promises import Store
from watchword.storage.sweeping import keep_sweeping
from watchword.web import assets
from watchword.web.administrators.rights import actions_of as rights_of
from watchword.web.faces import TypeFaces
from watchword.web.house import House
from watchword.web.pages import Pages

log = logging.getLogger(__name__)

OUR_KINDS = (
    "watchword.tokens",
    "watchword.directory.resolvers",
    "watchword.delivery.providers",
    "watchword.methods",
)
KEYS = "keys.toml"
"""The key ring's file in the home folder."""

ASGI = Callable[
    [dict[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]


def kinds_of(settings: Settings) -> Kinds:
    """All token types and resolvers: ours, and those that the operator added."""
    plugins = settings.plugins
    return load_kinds(
        *OUR_KINDS,
        folders=plugins.folders,
        allow_writable=plugins.allow_writable,
        seconds=plugins.seconds,
    )


def catalogue_of(kinds: Kinds) -> Catalogue:
    """All policy actions, each declared beside the code that asks it."""
    actions: list[Iterable[Action[Any]]] = [
        authentication_actions.ACTIONS,
        CARRIERS.values(),
        *(kind.actions for kind in kinds),
        enrolment_actions_of(kinds),
        selfservice_actions_of(kinds),
        rights_of(kinds),
        userservice.ACTIONS,
    ]
    return Catalogue.collect(action for group in actions for action in group)


async def prepare(settings: Settings, *, clock: Clock | None = None, dice: Dice | None = None) -> None:
    """Make home, key ring, tables and what a fresh store is given, where they are missing.

    Any number of nodes may do so at once. Misconfigured if there is something that cannot be used.
    """
    clock, dice = clock or SystemClock(), dice or SystemDice()
    keys = settings.home / KEYS
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = keys.exists()
    except OSError as broken:
        raise Misconfigured(
            f"The home folder {settings.home} cannot be used ({broken.strerror}): name another with --home."
        ) from None
    ring = KeyRing.load(keys, dice) if there else KeyRing.create(keys, dice, clock.now())
    await migrate(settings.database)
    store = open_store(settings.database)
    try:
        await _check_ring(ring, store, settings)
        await begin(store)
    finally:
        await store.close()


async def _check_ring(ring: KeyRing, store: Store, settings: Settings) -> None:
    """Misconfigured unless the store's secrets are sealed with keys of this ring."""
    if not ring.verify_check_value(await store.check_value(ring.check_value())):
        raise Misconfigured(
            f"The key ring {settings.home / KEYS} does not belong to this database: "
            "put the ring there with which the database was made."
        )


async def open_house(
    settings: Settings,
    *,
    kinds: Kinds | None = None,
    pages: Pages | None = None,
    clock: Clock | None = None,
    dice: Dice | None = None,
    demo: bool = False,
) -> House:
    """All parts of a server on a prepared home and store; Misconfigured if the keys are not the database's."""
    clock, dice = clock or SystemClock(), dice or SystemDice()
    ring = KeyRing.load(settings.home / KEYS, dice)
    store = open_store(settings.database)
    try:
        await _check_ring(ring, store, settings)
    except BaseException:
        await store.close()
        raise
    kinds = kinds or kinds_of(settings)
    pages = pages or Pages(settings.pages)
    catalogue = catalogue_of(kinds)
    pool = CostlyWork(
        workers=settings.passwords.workers, queue=settings.passwords.queue, seconds=settings.passwords.seconds
    )
    journal = Journal(ring, clock, dice, server=settings.audit.server_name or socket.gethostname())
    courier = HttpCourier(settings.outbound.allow)
    directory = Directory(
        kinds.resolvers,
        store,
        ring,
        clock=clock,
        costly=pool,
        settings=settings.directory,
        report=noticing(store, journal, "directory/brake"),
        allow=courier.allow_directory,
    )
    providers = Providers(
        kinds, ring, ProviderContext(clock=clock, courier=courier, templates=settings.outbound.mail_templates)
    )
    snapshots = Snapshots(store, catalogue, zone=settings.policy.zone)
    dispatch = Dispatch(providers, store, ring, clock, snapshots)
    desk = Desk(store=store, ring=ring, clock=clock, dice=dice, dispatch=dispatch)
    return House(
        web=settings.web,
        clock=clock,
        dice=dice,
        ring=ring,
        store=store,
        pool=pool,
        kinds=kinds,
        catalogue=catalogue,
        snapshots=snapshots,
        directory=directory,
        courier=courier,
        providers=providers,
        dispatch=dispatch,
        journal=journal,
        desk=desk,
        gate=Gate(
            store=store,
            snapshots=snapshots,
            directory=directory,
            kinds=kinds,
            ring=ring,
            clock=clock,
            dice=dice,
            journal=journal,
            pool=pool,
            throttling=Throttling(settings.limits),
            desk=desk,
        ),
        methods=Methods(kinds),
        enrolment=Enrolment(kinds, ring, dice, pool, pin_hash=settings.pin.hash),
        configuring=Changes(
            ring=ring,
            store=store,
            directory=directory,
            resolvers=kinds.resolvers,
            providers=ProviderChanges(ring, kinds, providers),
            methods=MethodChanges(ring, kinds, providers),
            catalogue=catalogue,
            declared={f"{kind.name}.{one.name}": one for kind in kinds for one in kind.settings},
        ),
        pages=pages,
        faces=TypeFaces(pages, kinds),
        inbox=Inbox(settings.home) if demo else None,
    )


async def close_house(house: House) -> None:
    """Give back what was opened."""
    house.pool.close()
    await house.dispatch.close()
    await house.directory.close()
    await house.providers.close()
    await house.courier.close()
    await house.store.close()


def page_doors() -> tuple[Door, ...]:
    """The doors of the faces for people, for the application that serves those of LinOTP's dialect."""
    return tuple(
        Door(one.path, one.methods, one.endpoint, guard="none", audited=False, page=True)
        for one in (*portal.DOORS, *console.DOORS)
    )


def web_app(
    settings: Settings, *, clock: Clock | None = None, dice: Dice | None = None, demo: bool = False
) -> ASGI:
    """The whole server as one ASGI application; its lifespan opens and closes the house.

    Whatever can be imported is imported here, so that workers that are forked later share it.
    """
    kinds = kinds_of(settings)
    for file, digest in kinds.digests.items():
        log.info("plug-in loaded", extra={"file": file, "sha256": digest})
    load_driver(settings.database)
    pages = Pages(settings.pages)
    if demo and not settings.oidc.issuer:
        settings = replace(settings, oidc=replace(settings.oidc, issuer=f"http://{settings.listen}"))
    all_doors = (
        *linotp.doors(),
        *page_doors(),
        *(oidc.doors() if settings.oidc.issuer else ()),
        *answering.DOORS,
        *classes.DOORS,
        *telephony_doors.DOORS,
        *(development.DOORS if demo else ()),
    )
    doors: Doors | None = None
    calls: voice.VoiceService | None = None
    telephony: TelephonyFace | None = None

    def is_call(scope: dict[str, Any]) -> bool:
        """Whether the request is for the voice service: all at its own address, else one path."""
        if settings.voice.listen:
            return bool(scope.get("state", {}).get("listener") == voice.LISTENER)
        return bool(scope["path"] == voice.PATH)

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        nonlocal doors, calls, telephony
        if scope["type"] == "http" and calls is not None and is_call(scope):
            await calls(scope, receive, send)
        elif scope["type"] == "http" and telephony is not None and scope["path"].startswith(TELEPHONY):
            await telephony(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(assets.PREFIX):
            await pages.assets(scope, receive, send)
        elif scope["type"] == "http":
            assert doors is not None, "the server begins with the lifespan"
            await doors(scope, receive, send)
        elif scope["type"] == "lifespan":
            await receive()
            house = await open_house(settings, kinds=kinds, pages=pages, clock=clock, dice=dice, demo=demo)
            house.methods.active((await house.snapshots.current()).configuration)
            doors = Doors(house, all_doors)
            telephony = TelephonyFace(house, settings.telephony, enforce=settings.limits.mode == "enforce")
            if settings.voice.service:
                calls = voice.VoiceService(house.courier, settings.voice.twilio_url)
            chores = (
                asyncio.create_task(house.dispatch.watch()),
                asyncio.create_task(keep_sweeping(house.store, house.clock)),
                asyncio.create_task(keep_telling(house)),
            )
            await send({"type": "lifespan.startup.complete"})
            await receive()
            for chore in chores:
                chore.cancel()
            await telephony.close()
            await close_house(house)
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await send({"type": "websocket.close"})

    return application
