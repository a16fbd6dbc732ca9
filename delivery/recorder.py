"""Runs the Pulumi program without an engine and keeps everything that it registers.

What a provider would only know after creating a resource is unknown to the program, as in a preview; inputs are
known, and carry the default tags and the made-up names that the provider's check would add. Each recording runs in a
thread and a context of its own, so one process can record many stacks one after the other.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import io
import logging
import runpy
import sys
import threading
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import pulumi
from google.protobuf import empty_pb2, json_format, struct_pb2  # type: ignore[import-untyped]  # published without stubs
from pulumi.runtime import mocks
from pulumi.runtime.config import set_all_config
from pulumi.runtime.proto import alias_pb2, engine_pb2, resource_pb2
from pulumi.runtime.settings import configure
from pulumi.runtime.stack import run_in_stack

from agents.errors import InvalidError

from .aliases import STACK_TYPE, Alias, urn_of
from .made_up import outputs_of
from .preview_answers import Provider, answer, stated
from .provider_check import DEFAULTS, fill_in
from .sdk_classes import quiet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .stack_files import Stack

PROGRAM: Final = "__main__.py"
PROVIDER: Final = "pulumi:providers:"
_OUTPUT: Final = "/pulumi/output.py"  # of the SDK: a callback of `apply` is called from there
_NOWHERE: Final = Provider(default_tags=struct_pb2.Struct())  # a default provider, which our stacks disable


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A resource as the program registered it. Secrets among the inputs are still wrapped."""

    urn: str
    type: str
    name: str
    custom: bool
    parent: str  # URN, empty for the stack itself
    provider: str  # URN, empty without an explicit provider
    inputs: struct_pb2.Struct
    dependencies: tuple[str, ...]
    property_dependencies: Mapping[str, tuple[str, ...]]
    protect: bool
    retain: bool
    ignore_changes: tuple[str, ...]
    aliases: tuple[Alias, ...]
    location: str  # file:line of the constructor's call, the file relative to the program's folder
    in_callback: bool = False  # made by a callback of `apply`

    @cached_property
    def values(self) -> Mapping[str, object]:
        """The inputs as plain data."""
        return dict(json_format.MessageToDict(self.inputs))


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Every registration of one run, parents first, and which of them registered their outputs."""

    stack: Stack
    registrations: tuple[Registration, ...]
    completed: frozenset[str]
    assumed: tuple[str, ...]  # what was answered with a placeholder, in words
    warned: tuple[str, ...] = ()  # what the program warned of
    hidden: tuple[Registration, ...] = ()  # registered only where every output is known: no preview shows them

    def of_type(self, token: str) -> tuple[Registration, ...]:
        return tuple(one for one in self.registrations if one.type == token)


class Recorder(mocks.MockMonitor):
    """Answers the program as an engine in a preview would, and keeps what it was asked.

    With `known`, what a preview cannot know is made up.
    """

    def __init__(self, folder: Path, *, known: bool = False) -> None:
        super().__init__(_Unused())
        self.folder = folder
        self.known = known
        self.registrations: list[Registration] = []
        self.completed: set[str] = set()
        self.assumed: set[str] = set()
        self.warned: list[str] = []
        self._providers: dict[str, Provider] = {}

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        return urn_of(pulumi.get_stack(), pulumi.get_project(), parent, type_, name)

    def features(self) -> Sequence[int]:
        """What the program may use of the engine."""
        info: resource_pb2.DeploymentInfo = self.GetDeploymentInfo(empty_pb2.Empty())  # type: ignore[no-untyped-call]  # as above
        return tuple(info.supportedFeatures)

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> object:  # noqa: N802 - gRPC's word
        urn = self.make_urn(request.parent, request.type, request.name)
        provider = request.provider.rpartition("::")[0]  # the rest is its id, which no preview knows
        inputs = struct_pb2.Struct()
        inputs.CopyFrom(request.object)
        if request.type.startswith(PROVIDER):
            self._providers[urn] = Provider.of(inputs)
        elif request.custom:
            fill_in(request.type, urn, inputs, self._providers.get(provider, _NOWHERE).default_tags)
        self.registrations.append(
            Registration(
                urn=urn,
                type=request.type,
                name=request.name,
                custom=request.custom,
                parent=request.parent,
                provider=provider,
                inputs=inputs,
                dependencies=tuple(sorted(request.dependencies)),
                property_dependencies={
                    name: tuple(sorted(given.urns)) for name, given in request.propertyDependencies.items()
                },
                protect=request.protect,
                retain=request.retainOnDelete,
                ignore_changes=tuple(request.ignoreChanges),
                aliases=(*(Alias(urn=one) for one in request.aliasURNs), *map(_alias, request.aliases)),
                in_callback=any(frame.pc.uri.endswith(_OUTPUT) for frame in request.stackTrace.frames),
                location=_location(request, self.folder),
            ),
        )
        made_up = self.known and request.custom
        return resource_pb2.RegisterResourceResponse(
            urn=urn,
            id=request.name if made_up else "",
            object=_told(inputs, outputs_of(request.type) if made_up else struct_pb2.Struct()),
        )

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> object:  # noqa: N802 - gRPC's word
        self.completed.add(request.urn)
        return empty_pb2.Empty()

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> object:  # noqa: N802 - gRPC's word
        provider = self._providers.get(request.provider.rpartition("::")[0], _NOWHERE)
        given = answer(request.tok, provider)
        if given is None:
            raise pulumi.RunError(f"a plan has no answer for {request.tok}: add it to delivery/preview_answers.py")
        if words := stated(request.tok, provider):
            self.assumed.add(words)
        returned = struct_pb2.Struct()
        returned.update(given)
        return resource_pb2.ResourceInvokeResponse(**{"return": returned})


class _Engine(mocks.MockEngine):
    """Keeps what the program warns of, as an engine would show it."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(logging.getLogger(__name__))
        self._recorder = recorder

    def Log(self, request: engine_pb2.LogRequest) -> None:  # noqa: N802 - gRPC's word
        super().Log(request)  # type: ignore[no-untyped-call]  # the SDK's mocks are untyped
        if request.severity == engine_pb2.WARNING:
            self._recorder.warned.append(request.message)


class _Unused(mocks.Mocks):
    """The recorder answers for itself; the SDK only wants to be given something."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, object], list[tuple[str, str]] | None]:
        raise NotImplementedError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, object]]:
        raise NotImplementedError(args.typ)


def record(folder: Path, stack: Stack, *, twice: bool = False) -> Recording:
    """Runs the program in `folder` with the stack's configuration.

    In a preview no callback of `apply` runs whose output is unknown, so what it makes stays `hidden`. `twice` runs the
    program once more, with made-up outputs, to see that too. A callback that fails over them hides what it makes; the
    recording then says so among what it assumed.

    Packages that this process has imported already are not imported again: another version of the same program
    wants a process of its own. Raises InvalidError with the program's own words when it refuses its settings.
    Anything else that the program raises is a defect of it and passes through.
    """
    recorder = Recorder(folder)
    failure = _in_thread(folder, stack, recorder)
    if isinstance(failure, pulumi.RunError):
        raise InvalidError(str(failure)) from None
    if failure is not None:
        raise failure
    recording = Recording(
        stack=stack,
        registrations=tuple(_parents_first(recorder.registrations)),
        completed=frozenset(recorder.completed),
        assumed=tuple(sorted(recorder.assumed)),
        warned=tuple(recorder.warned),
    )
    return _with_hidden(folder, recording) if twice else recording


def _with_hidden(folder: Path, recording: Recording) -> Recording:
    recorder = Recorder(folder, known=True)
    with redirect_stdout(io.StringIO()):  # what the program prints was printed by the first run
        failure = _in_thread(folder, recording.stack, recorder)
    seen = {one.urn for one in recording.registrations}
    hidden = sorted((one for one in recorder.registrations if one.urn not in seen), key=_rank)
    assumed = recording.assumed
    if failure is not None:
        assumed += (f"callbacks that a made-up output ended with {type(failure).__name__} make no resources",)
    return replace(recording, hidden=tuple(hidden), assumed=assumed)


def _in_thread(folder: Path, stack: Stack, recorder: Recorder) -> BaseException | None:
    """Runs the program and returns what it raised."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            _run(folder, stack, recorder)
        except BaseException as error:  # noqa: BLE001 - carried to the caller's thread and raised there
            failures.append(error)

    thread = threading.Thread(target=contextvars.Context().run, args=(run,), name=f"plan of {stack.name}")
    with _uncollected():
        thread.start()
        thread.join()
    return failures[0] if failures else None


@contextmanager
def _uncollected() -> Iterator[None]:
    """Nearly all that a run makes lives until its end: looking for garbage in between takes two thirds of its time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _run(folder: Path, stack: Stack, recorder: Recorder) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    set_all_config(stack.config, list(stack.secret_keys))
    # Not `set_mocks`: it registers a stack of its own, and the program's would be the second.
    settings = mocks.MockSettings(  # type: ignore[no-untyped-call]  # the SDK's mocks are untyped
        monitor=recorder,
        monitor_features=set(recorder.features()),
        engine=_Engine(recorder),
        project=stack.project,
        stack=stack.name,
        dry_run=True,
        organization="organization",
        root_directory=str(folder),
        callbacks=None,
        outputs=set(),  # or what a run left behind that failed would belong to the next
    )
    configure(settings)
    try:
        with _importing_from(folder):
            loop.run_until_complete(run_in_stack(lambda: _execute(folder / PROGRAM)))
    finally:
        loop.run_until_complete(_ended())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        asyncio.set_event_loop(None)


async def _ended() -> None:
    """Ends what a program that failed left waiting, or it would complain when it is collected much later."""
    waiting = asyncio.all_tasks() - {asyncio.current_task()}
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


def _execute(program: Path) -> None:
    runpy.run_path(str(program), run_name="__main__")


@contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    """The program imports its own packages, as when the engine starts it."""
    sys.path.insert(0, str(folder))
    try:
        with quiet():
            yield
    finally:
        sys.path.remove(str(folder))


def _told(inputs: struct_pb2.Struct, outputs: struct_pb2.Struct) -> struct_pb2.Struct:
    """What the program is told of a resource: the inputs, and in a preview nothing more."""
    told = struct_pb2.Struct()
    told.CopyFrom(outputs)
    for name, value in inputs.fields.items():
        if name != DEFAULTS:
            told.fields[name].CopyFrom(value)
    return told


def _alias(given: alias_pb2.Alias) -> Alias:
    if given.urn:
        return Alias(urn=given.urn)
    spec = given.spec
    return Alias(
        name=spec.name,
        type=spec.type,
        parent=spec.parentUrn,
        no_parent=spec.noParent,
        project=spec.project,
        stack=spec.stack,
    )


def _location(request: resource_pb2.RegisterResourceRequest, folder: Path) -> str:
    """The innermost line of the program's own; the frames above it are the SDK's, and all of the stack's own."""
    if request.type == STACK_TYPE:
        return ""
    for frame in request.stackTrace.frames:
        path = Path(unquote(urlsplit(frame.pc.uri).path))
        if path.is_relative_to(folder) and "site-packages" not in path.parts:
            return f"{path.relative_to(folder)}:{frame.pc.line}"
    return ""


def _parents_first(registrations: Sequence[Registration]) -> Iterator[Registration]:
    """Registrations arrive as their inputs become known; a plan is printed the same way each time."""
    children: dict[str, list[Registration]] = {}
    for one in registrations:
        children.setdefault(one.parent, []).append(one)
    waiting = sorted(children.get("", []), key=_rank, reverse=True)
    while waiting:
        one = waiting.pop()
        yield one
        waiting += sorted(children.get(one.urn, []), key=_rank, reverse=True)


def _rank(one: Registration) -> tuple[bool, str, str]:
    return (not one.type.startswith(PROVIDER), one.name, one.type)
