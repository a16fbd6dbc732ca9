"""The laptop's HTTP service, over a platform that is put together already."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from agents.access.credentials import ByForm
from agents.access.request_limits import RequestLimits
from agents.access.sign_in import SignIn
from agents.access.tokens import Verifier
from agents.adapters.local_issuer import AUDIENCE, ISSUER
from agents.api.access import access_routes
from agents.api.app import create_app
from agents.api.ask import ask_routes
from agents.api.audit import audit_routes
from agents.api.changes import change_routes
from agents.api.configs import config_routes
from agents.api.instances import instance_routes
from agents.api.keys import key_routes
from agents.api.metrics import show_metrics
from agents.api.request_ids import log_request_ids
from agents.bootstrap.common import new_id, now
from agents.bootstrap.laptop_ready import Disk, check_audit
from agents.contract import DEFAULT_TENANT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from starlette.types import ASGIApp

    from agents.access.api_keys import ApiKeys
    from agents.access.audit import Audit
    from agents.access.ports import KeySource
    from agents.adapters.prometheus import PrometheusMeasures
    from agents.cli.laptop import Laptop
    from agents.configuration.feed import Feed


def laptop_app(  # noqa: PLR0913 - what a laptop's service has beside the platform
    laptop: Laptop,
    hosts: Collection[str],
    *,
    issuer: KeySource,
    keys: ApiKeys,
    audit: Audit,
    feed: Feed,
    measures: PrometheusMeasures,
    policy: Callable[[], object],
) -> ASGIApp:
    """The application; `hosts` are the names that it answers to."""
    log_request_ids()
    follower, disk = laptop.assistant.follower, Disk(laptop.home, clock=time.monotonic)

    def ready() -> None:
        check_audit(laptop.audit_log, disk)  # first: a full disk is why the others fail
        follower.snapshot()
        policy()

    application = create_app(
        routers=[
            ask_routes(laptop.assistant),
            config_routes(laptop.publisher, audit),
            change_routes(feed, clock=time.time),
            instance_routes(laptop.states, now=now),
            access_routes(laptop.access),
            key_routes(laptop.keys),
            audit_routes(laptop.audit_log, laptop.anchors),
        ],
        ready=ready,
        troubles=lambda: tuple(f"the last good configuration runs: {why}" for why in [follower.trouble()] if why),
        sign_in=SignIn(
            ByForm(
                people=Verifier(issuer, issuer=ISSUER, audience=AUDIENCE, clock=time.time),
                machines=keys,
            ),
            DEFAULT_TENANT,
            decisions=audit,
            measures=measures,
            limits=RequestLimits(clock=time.monotonic),
        ),
        audit=audit,
        hosts=hosts,
        new_id=new_id,
    )
    show_metrics(application, measures.text)
    return application
