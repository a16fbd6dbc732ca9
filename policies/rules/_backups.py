"""Backup plans, and what their selections take: by ARN, by dependency or by tag, as AWS Backup reads them.

Source: AWS Backup Developer Guide, "Assigning resources to a backup plan": ARNs and tags add up, conditions and
exclusions take away.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from ._resource import UNKNOWN, NotKnownError
from ._siblings import Bond

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ._resource import Value
    from ._stack import Member

PLAN: Final = "aws:backup/plan:Plan"
SELECTION: Final = "aws:backup/selection:Selection"
VAULT: Final = "aws:backup/vault:Vault"
LOCK: Final = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
VAULT_POLICY: Final = "aws:backup/vaultPolicy:VaultPolicy"
VAULTS: Final = Bond(owners={VAULT: "name"}, siblings={LOCK: "backupVaultName", VAULT_POLICY: "backupVaultName"})
# Type -> the property with its name, and how its ARN reads from the service on.
STATEFUL: Final[Mapping[str, tuple[str, str]]] = {
    "aws:dynamodb/table:Table": ("name", "dynamodb:{region}:{account}:table/{name}"),
    "aws:s3/bucket:Bucket": ("bucket", "s3:::{name}"),
    "aws:s3/bucketV2:BucketV2": ("bucket", "s3:::{name}"),
    "aws:efs/fileSystem:FileSystem": ("", ""),  # their ARNs have ids that nobody knows before
    "aws:ebs/volume:Volume": ("", ""),
    "aws:rds/instance:Instance": ("identifier", "rds:{region}:{account}:db:{name}"),
    "aws:rds/cluster:Cluster": ("clusterIdentifier", "rds:{region}:{account}:cluster:{name}"),
}
_ANY: Final = "*"
_ARN_PARTS: Final = 6


def takes(selection: Member, resource: Member) -> bool:
    """Whether the selection takes the resource. Raises NotKnownError when a preview cannot know."""
    by_tag = any(
        _tag(resource, selection.text(f"{path}.key")) == selection.text(f"{path}.value")
        for path in selection.each("selectionTags")
    )
    named = by_tag or _names(selection, "resources", resource)
    return named and not _names(selection, "notResources", resource) and all(_conditions(selection, resource))


def _names(selection: Member, prop: str, resource: Member) -> bool:
    if resource.urn in selection.sources.get(prop, frozenset()):
        return True
    unknown = False
    for path in selection.each(prop):
        pattern = selection.peek(path)
        if pattern is UNKNOWN:
            unknown = True
        elif isinstance(pattern, str) and _is(resource, pattern):
            return True
    if unknown and not selection.sources.get(prop):
        raise NotKnownError(f"{selection.name}.{prop}")
    return False


def _is(resource: Member, pattern: str) -> bool:
    """Whether the pattern fits the resource's ARN, of which region and account may not be known."""
    if pattern == _ANY:
        return True
    parts = pattern.split(":", _ARN_PARTS - 1)
    prop, shape = STATEFUL[resource.type]
    if len(parts) < _ARN_PARTS or not shape:
        return False
    name = resource.peek(prop)
    if name is UNKNOWN:
        raise NotKnownError(f"{resource.name}.{prop}")
    region = resource.provider["region"] if "region" in list(resource.provider) else ""
    service, own_region, _, what = shape.split(":", 3)
    return (
        fnmatchcase(service, parts[2])
        and (not own_region or not region or fnmatchcase(str(region), parts[3]))
        and fnmatchcase(what.format(name=name), parts[5])
    )


def _tag(resource: Member, key: str) -> Value:
    """The value of a tag, also where the provider adds it."""
    for path in ("tagsAll", "tags"):
        if key in resource.keys(path):
            return resource.known(f"{path}.{key}")
    if key not in resource.default_tags():
        return None
    given = resource.provider["defaultTags"]  # JSON text, as providers take structures
    return (json.loads(given) if isinstance(given, str) else given)["tags"][key]


def _conditions(selection: Member, resource: Member) -> Iterator[bool]:
    for path in selection.each("conditions"):
        for kind in selection.keys(path):
            for test in selection.each(f"{path}.{kind}"):
                given = _tag(resource, selection.text(f"{test}.key").removeprefix("aws:ResourceTag/"))
                wanted = selection.text(f"{test}.value")
                same = isinstance(given, str) and fnmatchcase(
                    given, wanted if "ike" in kind.lower() else _plain(wanted)
                )
                yield same != ("not" in kind.lower())


def _plain(text: str) -> str:
    """The text as a pattern that fits only itself."""
    return text.replace("[", "[[]").replace("*", "[*]").replace("?", "[?]")
