"""Forgetting old versions by hand: first what would go, then the same for good."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agents.bootstrap.common import now
from agents.configuration.retention import prune_versions
from agents.deadline import Deadline
from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from agents.configuration.documents import Address, Version
    from agents.configuration.ports import ConfigStore, InstanceStore, StoreAdmin
    from agents.configuration.retention import Retention

_LONGEST_S: Final = 3600.0


@dataclass
class Counted:
    """A `StoreAdmin` that counts what is forgotten; `admin` forgets it, None for nobody."""

    admin: StoreAdmin | None
    before: Callable[[str], None]  # called with the document before anything of it is forgotten
    found: dict[Address, int] = field(default_factory=dict)

    def prune(self, key: str, layer: str, numbers: Collection[int]) -> None:
        if self.admin is not None:
            self.before(key)
            self.admin.prune(key, layer, numbers)
        self.found[key, layer] = self.found.get((key, layer), 0) + len(numbers)

    def restore(self, versions: Sequence[Version], labels: Mapping[tuple[str, str, str], int]) -> None:
        raise InvalidError(f"pruning does not restore {len(versions)} versions and {len(labels)} labels")


def prune(  # noqa: PLR0913 - the ports, and by which rules
    store: ConfigStore,
    admin: StoreAdmin,
    instances: InstanceStore,
    *,
    keep: Retention,
    forget: bool,
    before: Callable[[str], None] = lambda _: None,
) -> Mapping[Address, int]:
    """How many versions of each layer nothing needs any more; they are gone when `forget`."""
    counted = Counted(admin if forget else None, before)
    prune_versions(store, counted, instances=instances, keep=keep, now=now)(Deadline.after(_LONGEST_S))
    return counted.found
