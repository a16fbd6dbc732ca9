"""Each build leaves an image; without a lifecycle all of them stay, old holes included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._registry import LIFECYCLE, REPOSITORIES, REPOSITORY
from .._rule import Severity, stack_rule
from .._siblings import lacking
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

IMAGES: Final = Node(REPOSITORY, "images", {"name": "qm-api-dev"})


@stack_rule(
    id="ecr-lifecycle-present",
    title="Repositories of images have a lifecycle",
    severity=Severity.LOW,
    fix="Add a LifecyclePolicy for the repository.",
    sources=("FSBP:ECR.3", "prowler:ecr_repositories_lifecycle_policy_enabled"),
    frameworks=("NIST 800-53:SI-12",),
    ok=(
        Together((IMAGES, Node(LIFECYCLE, "life", {"policy": "{}"}, {"repository": "images"}))),
        Together((IMAGES, Node(LIFECYCLE, "life", {"policy": "{}", "repository": "qm-api-dev"}))),
    ),
    bad=(
        Together((IMAGES,)),
        Together((IMAGES, Node(LIFECYCLE, "life", {"policy": "{}", "repository": "another"}))),
    ),
)
def lifecycle_present(stack: Stack) -> Iterator[Answer]:
    yield from lacking(
        stack, REPOSITORIES, lambda one: one.type == LIFECYCLE, "no LifecyclePolicy is for this repository"
    )
