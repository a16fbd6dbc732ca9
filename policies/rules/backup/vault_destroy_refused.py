"""With force_destroy one `pulumi destroy` deletes the backups with the vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._backups import VAULT
from .._rule import Of, Severity, rule
from .._where import HERE, PROD, asked_here, is_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="backup-vault-destroy-refused",
    title="Backup vaults with backups cannot be destroyed",
    applies_to=VAULT,
    severity=Severity.HIGH,
    fix="Leave force_destroy off.",
    unique=True,
    parameters={"stacks": PROD},
    ok=(Of({}, VAULT, HERE), Of({"forceDestroy": False}, VAULT, HERE), {"forceDestroy": True}),
    bad=(Of({"forceDestroy": True}, VAULT, HERE), Of({"forceDestroy": "true"}, VAULT, HERE)),
)
def vault_destroy_refused(vault: Resource) -> Iterator[str]:
    if asked_here(vault) and is_on(vault, "forceDestroy"):
        yield "forceDestroy is on"
