"""What every check of settings takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from components.arns import partition_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from components.sections import Environment, Section

Conflict: TypeAlias = tuple[str, str]  # key below the namespace, and what is wrong with what to write instead
Check: TypeAlias = "tuple[Callable[..., Iterator[Conflict]], tuple[type[Section], ...]]"

EMULATED_ACCOUNT: Final = "000000000000"


@dataclass(frozen=True, kw_only=True)
class Given:
    """The stack's name, and the keys that its file sets itself, dotted."""

    stack: str
    keys: frozenset[str]

    def below(self, section: str) -> list[str]:
        """Keys of a section that the file sets itself."""
        return sorted(key for key in self.keys if key.startswith(f"{section}."))


def foreign(key: str, arn: str, environment: Environment, *, regional: bool = True) -> Iterator[Conflict]:
    """Conflicts of an ARN of yours with where the stack runs: partition, region, account."""
    _, partition, _, region, account, *_ = arn.split(":")
    if partition != partition_of(environment.region):
        yield key, f"is of partition {partition}, the stack of {partition_of(environment.region)}; name one from there"
    elif regional and region != environment.region:
        yield key, f"is in {region}, the stack in {environment.region}; name one from there"
    if environment.pinned and account not in {environment.account, "aws"}:
        yield key, f"is of account {account}, the stack of {environment.account}; name one of that account"


def twice(key: str, values: list[str]) -> Iterator[Conflict]:
    """A conflict for each value that a list names more than once."""
    for value in sorted({value for value in values if values.count(value) > 1}):
        yield key, f"names {value} twice; write it once"
