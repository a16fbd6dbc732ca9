"""What is wrong with a program whatever the policies say, and a preview does not show.

Each is a mistake that the engine, the provider or the next deployment would punish later: a property that does not
exist, a resource that comes and goes with what is known, a child that no component owns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .aliases import STACK_TYPE
from .provider_check import too_long
from .recorder import PROVIDER
from .sdk_types import problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .recorder import Recording, Registration

_ENGINE: Final = "pulumi:"  # types of the engine's own, which no provider of ours serves


@dataclass(frozen=True, kw_only=True)
class Defect:
    """A sentence about one resource and where it is made."""

    urn: str
    location: str  # file:line
    message: str

    def __str__(self) -> str:
        return f"{self.location or 'somewhere'}: {self.urn.rpartition('::')[2]}: {self.message}"


def defects(recording: Recording) -> tuple[Defect, ...]:
    """Everything that is wrong, in the order of the resources.

    What only a callback of `apply` makes is seen in a recording that ran twice.
    """
    by_urn: dict[str, Registration] = {}
    found: list[Defect] = []
    for one in recording.registrations:
        if one.urn in by_urn:
            found.append(Defect(urn=one.urn, location=one.location, message=_TWICE))
        by_urn.setdefault(one.urn, one)
        found += [
            Defect(urn=one.urn, location=one.location, message=message)
            for message in _of(one, by_urn.get(one.parent), recording)
        ]
    seen = {one.urn for one in recording.hidden}
    return (
        *found,
        *(
            Defect(urn=one.urn, location=one.location, message=_HIDDEN)
            for one in recording.hidden
            if one.parent not in seen  # what made its parent made it too
        ),
    )


_CALLBACK: Final = (
    "is made inside a callback of apply, so a preview shows it only while the output is known: make it outside and"
    " hand it the output"
)
_HIDDEN: Final = (
    "is registered only once outputs are known, so no preview shows it: make it outside of apply and hand it the output"
)
_TWICE: Final = (
    "has the name and type of another resource below the same types of parents, which the engine refuses: rename one"
)
_UNFINISHED: Final = "never calls register_outputs: end its constructor with self.register_outputs({...})"
_UNPARENTED: Final = "has no component for a parent: pass opts=ResourceOptions(parent=self)"
_NO_PROVIDER: Final = (
    "has no explicit provider, so it would go wherever the credentials of the day lead: pass the provider to it or to"
    " its component"
)


def _of(one: Registration, parent: Registration | None, recording: Recording) -> Iterator[str]:
    if one.in_callback and not (parent and parent.in_callback):
        yield _CALLBACK
    if not one.custom:
        if one.type != STACK_TYPE and one.urn not in recording.completed:
            yield _UNFINISHED
        return
    yield from (problem.message for problem in problems(one.type, one.values))
    if name := too_long(one.type, one.values):
        yield name
    if one.type.startswith(PROVIDER):
        return
    if parent is None or parent.type == STACK_TYPE:
        yield _UNPARENTED
    if not one.provider and not one.type.startswith(_ENGINE):
        yield _NO_PROVIDER
