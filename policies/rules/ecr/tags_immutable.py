"""With tags that move, what was tested is not what runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._registry import REPOSITORY
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="ecr-tags-immutable",
    title="Tags of images cannot be moved",
    applies_to=REPOSITORY,
    severity=Severity.MEDIUM,
    fix="Set image_tag_mutability to IMMUTABLE.",
    sources=(
        "FSBP:ECR.2",
        "checkov:CKV_AWS_51",
        "trivy:AVD-AWS-0031",
        "prowler:ecr_repositories_tag_immutability",
    ),
    frameworks=("NIST 800-53:CM-2",),
    ok=({"imageTagMutability": "IMMUTABLE"}, {"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"}),
    bad=({}, {"imageTagMutability": "MUTABLE"}, {"imageTagMutability": "MUTABLE_WITH_EXCLUSION"}),
)
def tags_immutable(repository: Resource) -> Iterator[str]:
    given = repository.text("imageTagMutability")
    if not given.startswith("IMMUTABLE"):
        yield f"imageTagMutability is {given or 'not set'}"
