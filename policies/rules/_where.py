"""What is asked of some stacks only, such as protection against deletion of production alone."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from ._rule import Parameter

if TYPE_CHECKING:
    from ._resource import Resource

PROD: Final = Parameter(("prod",), "Stacks that this is asked of, as patterns of their names.")
NOWHERE: Final = Parameter((), "Stacks that this is asked of, as patterns of their names; none by default.")
HERE: Final = {"stacks": ["*"]}  # of an example


def asked_here(resource: Resource) -> bool:
    """Whether the rule's parameter `stacks` names the resource's stack."""
    return fits(resource.stack, resource.config["stacks"])


def fits(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether one of the patterns fits the name."""
    return any(fnmatchcase(name, one) for one in patterns)


def is_on(resource: Resource, path: str) -> bool:
    """Whether a switch is on, also where the program writes it as text."""
    return resource.known(path) in (True, "true")
