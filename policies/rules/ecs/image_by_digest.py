"""A tag can be moved: what was tested is what runs only when the image is named by its digest."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from .._containers import TASK, MalformedError, containers
from .._resource import Found
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


DIGEST: Final = re.compile(r"@sha256:[0-9a-f]{64}$")
EXAMPLE: Final = "000000000000.dkr.ecr.eu-central-1.amazonaws.com/qm@sha256:" + "0" * 64


def _task(image: str) -> dict[str, str]:
    return {"containerDefinitions": json.dumps([{"name": "web", "image": image}])}


@rule(
    id="ecs-image-by-digest",
    title="Containers run images named by digest",
    applies_to=TASK,
    severity=Severity.MEDIUM,
    fix="Write the image as repository@sha256:... .",
    frameworks=("NIST 800-53:SI-7", "NIST 800-53:CM-2"),
    unique=True,
    ok=(_task(EXAMPLE),),
    bad=(_task("public.ecr.aws/nginx:latest"), _task("nginx@sha256:1234"), {"containerDefinitions": "{}"}),
)
def image_by_digest(task: Resource) -> Iterator[Found | str]:
    try:
        for name, container in containers(task):
            if not DIGEST.search(str(container.get("image") or "")):
                yield Found(name, f"the image of container {name} is not named by digest")
    except MalformedError as error:
        yield str(error)
