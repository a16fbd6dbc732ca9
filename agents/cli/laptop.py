"""What the command line needs of a laptop's platform; the entry point hands over how to build it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from agents.errors import ForbiddenError, InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from contextlib import AbstractContextManager
    from pathlib import Path

    from starlette.types import ASGIApp

    from agents.access.explain import Access
    from agents.access.key_service import ApiKeyService
    from agents.access.ports import AnchorStore, AuditLog, Signer
    from agents.access.principal import Caller
    from agents.configuration.applied import AppliedStates
    from agents.configuration.publish import Publisher
    from agents.deadline import Deadline
    from agents.runtime.assistant import Assistant


@dataclass(frozen=True, kw_only=True)
class Configured:
    """Somewhere that is configured, on this laptop or in an account: all that `qm config` needs."""

    home: Path  # of our own files beside it
    publisher: Publisher
    states: AppliedStates
    audit_log: AuditLog


@dataclass(frozen=True, kw_only=True)
class Laptop(Configured):
    """The platform in this process.

    `caller` and `token` are for the sample's person of a name, a persona or an operator role. While the platform
    serves, a worker runs `jobs`, and `follow` keeps the agents up to date and says what they run.
    """

    assistant: Assistant
    access: Access
    keys: ApiKeyService
    anchors: AnchorStore
    signer: Signer
    caller: Callable[[str], Caller]
    token: Callable[[str], str]
    app: Callable[[Collection[str]], ASGIApp]
    follow: Callable[[], AbstractContextManager[None]]
    jobs: Callable[[Deadline], None]


class LaptopFactory(Protocol):
    """Builds the platform of a laptop; raises SetupError for what the machine lacks."""

    def __call__(self, *, environment: str) -> Laptop: ...


def only_local(stack: str) -> None:
    """Raises ForbiddenError unless the stack is `local`: elsewhere people sign in, and a language model answers."""
    if stack != "local":
        raise ForbiddenError(
            f"--as, the local issuer and the offline model are for the stack local, not for {stack!r}",
            fix="Sign in to the stack's user pool and send its token to its URL (`pulumi stack output api_url`).",
        )


def unknown_person(name: str, known: Collection[str]) -> InvalidError:
    """The error for `--as` with a name that nobody in the sample has."""
    return InvalidError(f"there is no persona {name[:64]!r}", fix=f"Write --as with one of {', '.join(known)}.")
