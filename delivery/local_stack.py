"""The life of the local stack: an emulator, zips for this machine, a real `pulumi up`, and all of it gone again."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from typing import TYPE_CHECKING, Final

from agents.errors import SetupError
from delivery import emulator
from delivery.engine import Engine, EngineError, find_pulumi
from delivery.engine_environment import local_environment
from delivery.engine_files import copy_project, policy_config
from delivery.package import Target, build
from delivery.post_deploy import post_deploy
from delivery.targets import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from delivery.emulator import Emulator
    from delivery.places import Places

STACK: Final = "local"
_OUTPUTS: Final = "outputs.json"
# A destroy ends by saying what stays and how to remove that; here it goes with the rest.
_MORE_TO_REMOVE: Final = ("history and configuration", "pulumi stack rm")
_TWICE: Final = "already exists"  # what a request that reached the emulator twice ends in


def up(places: Places, echo: Callable[[str], None]) -> dict[str, str]:
    """Deploys and fills the stack; returns its outputs. Running it again brings it up to date.

    Raises SetupError, and ForbiddenError when a policy refuses it.
    """
    settings_of(places, STACK)  # mistakes in the stack file first: they need nothing started
    find_pulumi(os.environ.get("PATH", ""))
    with _alone(places):
        for package in build(places, Target.of_host()):
            echo(f"{package.path.relative_to(places.root)}: {'up to date' if package.reused else 'built'}")
        running = _emulator(places, echo)
        try:
            outputs = _deploy(places, running, echo)
        except EngineError as error:
            if _TWICE not in error.output or not running.healthy:
                raise _explained(error, running) from error
            echo("A request reached the emulator twice, which it does not forgive: starting afresh, once.")
            _forget(places)
            running = _emulator(places, echo)
            outputs = _deploy(places, running, echo)
        post_deploy(places, running, outputs, echo)
        (places.stack(STACK) / _OUTPUTS).write_text(json.dumps(outputs, indent=2))
    return outputs


def preview(places: Places, echo: Callable[[str], None], *, expect_no_changes: bool = False) -> None:
    """What `up` would change. Raises SetupError when the stack is not up."""
    running, _ = running_stack(places)
    with _alone(places):
        engine_of(places, running, echo).preview(expect_no_changes=expect_no_changes)


def down(places: Places, echo: Callable[[str], None]) -> None:
    """Destroys the stack, ends the emulator and removes what both kept. Also ends what is half made.

    The emulator holds every resource in memory, so nothing is left even when the destroy failed; that it failed is
    raised at the end. One that does not answer is ended without.
    """

    def relevant(line: str) -> None:
        if not any(words in line for words in _MORE_TO_REMOVE):
            echo(line)

    with _alone(places):
        failed = None
        try:
            running = emulator.find(_record(places), wait_s=emulator.STOP_S)
        except SetupError as error:
            echo(f"{error.message[:1].upper()}{error.message[1:]}, so it is ended without a destroy.")
            running = None
        if running and (places.stack(STACK) / "state").is_dir():
            try:
                engine_of(places, running, relevant).destroy(yes=True)
            except SetupError as error:
                failed = error
        _forget(places)
    if failed:
        raise SetupError(f"{failed.message}; the emulator was ended all the same, so nothing is left") from failed


def running_stack(places: Places) -> tuple[Emulator, dict[str, str]]:
    """The emulator and the outputs of a stack that is up; raises SetupError when it is not, or does not answer."""
    try:
        outputs: dict[str, str] = json.loads((places.stack(STACK) / _OUTPUTS).read_text())
    except (OSError, ValueError):
        outputs = {}
    running = emulator.find(_record(places)) if outputs else None
    if running is None:
        raise SetupError("the stack local is not up, or its emulator has ended", fix="Run `qm up --stack local`.")
    return running, outputs


def engine_of(places: Places, running: Emulator, echo: Callable[[str], None]) -> Engine:
    """The engine on the stack, which exists after this; its salt is kept out of the project."""
    config = copy_project(places, STACK)
    engine = Engine(
        stack=STACK,
        root=places.root,
        environment=local_environment(places, STACK, running.environment, os.environ),
        echo=echo,
        interactive=False,
        config=config,
        policy_config=policy_config(places, STACK),
    )
    engine.create(config.parent)
    return engine


def _deploy(places: Places, running: Emulator, echo: Callable[[str], None]) -> dict[str, str]:
    engine = engine_of(places, running, echo)
    if any((places.stack(STACK) / "state" / ".pulumi" / "locks").rglob("*.json")):
        engine.unlock()  # whoever held it is dead: we hold the lock of this working copy
    engine.up(yes=True)
    return engine.outputs()


def _emulator(places: Places, echo: Callable[[str], None]) -> Emulator:
    record = _record(places)
    if emulator.find(record) is None and places.stack(STACK).is_dir():
        if (places.stack(STACK) / "state").is_dir():
            echo("The emulator of the last time is gone, and with it all it held: starting afresh.")
        _forget(places)
    record.parent.mkdir(parents=True, exist_ok=True)
    return emulator.start(places, record)


def _forget(places: Places) -> None:
    """Ends the emulator and removes all that belongs to the stack."""
    emulator.stop(_record(places))
    shutil.rmtree(places.stack(STACK), ignore_errors=True)


def _explained(error: EngineError, running: Emulator) -> SetupError:
    if running.alive:
        return error
    return SetupError(
        "the emulator ended in the middle of the deployment", fix="Run `qm up --stack local` again: it starts afresh."
    )


def _record(places: Places) -> Path:
    return places.stack(STACK) / "emulator.json"


@contextlib.contextmanager
def _alone(places: Places) -> Iterator[None]:
    """Keeps two commands from working on the stack at once. Raises SetupError for the second."""
    places.var.mkdir(parents=True, exist_ok=True)
    with (places.var / f"{STACK}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(
                "another command is working on the stack local", fix="Wait until it is done, then run again."
            ) from None
        yield
