"""An image is pulled within minutes; a scan at the push finds what it brings before most of them are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._registry import REPOSITORY
from .._resource import NotEvaluated
from .._rule import Severity, stack_rule
from .._siblings import holds
from .._stack import Node, Together
from .._where import is_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Member, Stack

REGISTRY: Final = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"
IMAGES: Final = Node(REPOSITORY, "images", {"name": "qm-api-dev"})
PUSH: Final = {"imageScanningConfiguration": {"scanOnPush": True}}


def _registry(kind: str, *frequencies: str) -> Node:
    return Node(REGISTRY, "registry", {"scanType": kind, "rules": [{"scanFrequency": one} for one in frequencies]})


@stack_rule(
    id="ecr-scanned-on-push",
    title="Images are scanned when they are pushed",
    severity=Severity.HIGH,
    fix="Set scan_on_push of the repository, or add a RegistryScanningConfiguration with a rule.",
    sources=(
        "FSBP:ECR.1",
        "checkov:CKV_AWS_163",
        "trivy:AVD-AWS-0030",
        "prowler:ecr_repositories_scan_images_on_push_enabled",
        "prowler:ecr_registry_scan_images_on_push_enabled",
    ),
    frameworks=("NIST 800-53:RA-5",),
    ok=(
        Together((Node(REPOSITORY, "images", PUSH),)),
        Together((IMAGES, _registry("ENHANCED", "CONTINUOUS_SCAN"))),
        Together((IMAGES, _registry("BASIC", "SCAN_ON_PUSH"))),
    ),
    bad=(
        Together((IMAGES,)),
        Together((Node(REPOSITORY, "images", {"imageScanningConfiguration": {"scanOnPush": False}}),)),
        Together((IMAGES, _registry("ENHANCED"))),
        Together((IMAGES, _registry("BASIC", "MANUAL"))),
    ),
)
def scanned_on_push(stack: Stack) -> Iterator[Answer]:
    registry = [holds(_scans, one) for one in stack.of(REGISTRY)]
    if True in registry:
        return
    unknown = [one.path for one in registry if isinstance(one, NotEvaluated)]
    for repository in stack.of(REPOSITORY):
        own = holds(lambda one: is_on(one, "imageScanningConfiguration.scanOnPush"), repository)
        if isinstance(own, NotEvaluated):
            yield NotEvaluated(f"{repository.name}.{own.path}")
        elif not own:
            yield NotEvaluated(unknown[0]) if unknown else (repository, "nothing scans what is pushed")


def _scans(one: Member) -> bool:
    return any(one.text(f"{path}.scanFrequency") in {"SCAN_ON_PUSH", "CONTINUOUS_SCAN"} for path in one.each("rules"))
