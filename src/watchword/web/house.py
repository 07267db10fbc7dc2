"""All parts of a running server, by name. `app` puts them together; faces and acts are handed what they need."""

from dataclasses import dataclass

from watchword.audit.journal import Journal
from watchword.authentication.gate import Gate
from watchword.authentication.methods import Methods
from watchword.challenges.desk import Desk
from watchword.clock import Clock, Dice
from watchword.configuration.changes import Changes
from watchword.crypto.keyring import KeyRing
from watchword.delivery.courier import HttpCourier
from watchword.delivery.dispatch import Dispatch
from watchword.delivery.inbox import Inbox
from watchword.delivery.providing import Providers
from watchword.directory.finding import Directory
from watchword.enrolment.issuing import Enrolment
from watchword.limits.pool import CostlyWork
from watchword.plugin.loading import Kinds
from watchword.policy.catalogue import Catalogue
from watchword.policy.snapshot import Snapshots
from watchword.storage.promises import Store
from watchword.web.faces import TypeFaces
from watchword.web.pages import Pages
from watchword.web.settings import WebSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What one worker process holds."""

    web: WebSettings
    clock: Clock
    dice: Dice
    ring: KeyRing
    store: Store
    pool: CostlyWork
    kinds: Kinds
    catalogue: Catalogue
    snapshots: Snapshots
    directory: Directory
    courier: HttpCourier
    providers: Providers
    dispatch: Dispatch
    journal: Journal
    desk: Desk
    gate: Gate
    methods: Methods
    enrolment: Enrolment
    configuring: Changes
    pages: Pages
    faces: TypeFaces
    inbox: Inbox | None = None
    """Where the messages of a demo lie; None if this is none."""
