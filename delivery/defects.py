"""What is wrong with a program whatever the policies say, and a preview does not show.

Each is a mistake that the provider or the next deployment would punish later: a property that does not exist, a name
that is too long, a resource that comes and goes with what is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .provider_check import too_long
from .sdk_types import problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .recorder import Recording, Registration


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

    What only a callback of `apply` makes is seen in a recording that ran twice. How a program is built, its parents,
    providers and outputs, is for the policies of `policies/rules/shape/` to judge.
    """
    seen = {one.urn for one in recording.hidden}
    return (
        *(
            Defect(urn=one.urn, location=one.location, message=message)
            for one in recording.registrations
            if one.custom
            for message in _of(one)
        ),
        *(
            Defect(urn=one.urn, location=one.location, message=_HIDDEN)
            for one in recording.hidden
            if one.parent not in seen  # what made its parent made it too
        ),
    )


_HIDDEN: Final = (
    "is registered only once outputs are known, so no preview shows it: make it outside of apply and hand it the output"
)


def _of(one: Registration) -> Iterator[str]:
    yield from (problem.message for problem in problems(one.type, one.values))
    if name := too_long(one.type, one.values):
        yield name
