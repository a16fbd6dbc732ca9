"""The life of a stack in an account: pulumi asks, pulumi shows; we see to settings, zips, policies and passphrase."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agents.errors import ForbiddenError, InvalidError, Problem
from delivery.account import check_account
from delivery.engine import Engine, find_pulumi
from delivery.engine_environment import cloud_environment
from delivery.engine_files import copy_project, policy_config
from delivery.package import build
from delivery.targets import settings_of, target_of

if TYPE_CHECKING:
    from delivery.places import Places


def up(places: Places, stack: str, *, yes: bool) -> None:
    """Deploys the stack after pulumi has asked, unless `yes`. Raises InvalidError, ForbiddenError, SetupError."""
    engine = _engine(places, stack)
    _can_ask(yes=yes)
    engine = _judged(engine, places)
    check_account(settings_of(places, stack), engine.environment)
    build(places, target_of(places, stack))
    engine.create(places.root)
    engine.up(yes=yes)


def preview(places: Places, stack: str, *, expect_no_changes: bool = False) -> None:
    """Shows what `up` would change, and changes no file of the project. Raises as `up` does."""
    engine = _judged(_engine(places, stack), places)
    check_account(settings_of(places, stack), engine.environment)
    build(places, target_of(places, stack))
    config = copy_project(places, stack)
    engine.create(config.parent)
    replace(engine, config=config).preview(expect_no_changes=expect_no_changes)


def down(places: Places, stack: str, *, yes: bool) -> None:
    """Destroys the stack's resources after pulumi has asked, unless `yes`. What is protected stops it."""
    engine = _engine(places, stack)
    _can_ask(yes=yes)
    engine.destroy(yes=yes)


def _engine(places: Places, stack: str) -> Engine:
    settings_of(places, stack)
    find_pulumi(os.environ.get("PATH", ""))
    environment = cloud_environment(places, stack, os.environ)
    return Engine(stack=stack, root=places.root, environment=environment, echo=print, interactive=True)


def _judged(engine: Engine, places: Places) -> Engine:
    """The engine with the policies' parameters, once a plan has nothing that they refuse.

    The engine judges again. But then the terminal is pulumi's, and we do not see whether a policy or something else
    ended it. Raises ForbiddenError with every mandatory finding.
    """
    from delivery.plan import plan  # noqa: PLC0415 - loads the SDK: removing a stack does without

    problems = tuple(
        Problem(
            code=ForbiddenError.code,
            message=f"{one.rule}: {one.urn.rpartition('::')[2]}: {one.message}.",
            where=one.location,
            fix=one.fix,
        )
        for one in plan(engine.stack, places.root, today=datetime.now(UTC).date()).findings
        if one.blocks
    )
    if problems:
        first = problems[0]
        raise ForbiddenError(
            f"the policies refuse the stack {engine.stack}: {first.where} {first.message.removesuffix('.')}",
            fix=first.fix,
            problems=problems,
        )
    return replace(engine, policy_config=policy_config(places, engine.stack))


def _can_ask(*, yes: bool) -> None:
    if not yes and not sys.stdin.isatty():
        raise InvalidError(
            "pulumi cannot ask here, as this is no terminal", fix="Add --yes once you have seen the preview."
        )
