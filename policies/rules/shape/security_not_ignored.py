"""A property in `ignore_changes` stays what somebody once clicked in the console, whatever program and policies say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .._graph import Drawn, Sketch
from .._resource import Found
from .._rule import Parameter, Severity, graph_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._graph import Graph, Vertex

SECURITY: Final = re.compile(
    r"\*|.*(?:policy|policies|policydocument|principals?|acl|acls|ingress|egress|cidr(?:blocks?|ipv[46])|securitygroup(?:s|ids)"
    r"|kms\w*|encrypt\w*|serversideencryption\w*|publicaccess\w*|blockpublic\w*|restrictpublic\w*|ignorepublic\w*"
    r"|public(?:ly)?\w*|auth\w*|mfa\w*|tls\w*|ssl\w*|certificate\w*|permissionsboundary|tags(?:all)?|versioning\w*"
    r"|deletionprotection\w*|pointintimerecovery|logging\w*|cors\w*|rolearn|role)",
    re.IGNORECASE,
)
GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"


def _ignoring(*properties: str) -> tuple[Sketch, ...]:
    return (Sketch(type=GROUP, name="door", ignored=properties),)


@graph_rule(
    id="shape-security-not-ignored",
    title="Changes of what guards a resource are never ignored",
    severity=Severity.HIGH,
    fix="Take the property out of ignore_changes, and write its value into the program.",
    unique=True,
    parameters={"allowed": Parameter((), "Properties that may be ignored all the same.")},
    ok=(
        Drawn(_ignoring()),
        Drawn(_ignoring("availabilityZone", "description", "desiredCount")),
        Drawn(_ignoring("tags"), {"allowed": ["tags"]}),
    ),
    bad=(
        Drawn(_ignoring("ingress")),
        Drawn(_ignoring("description", "ingress[0].cidrBlocks")),
        Drawn(_ignoring("assumeRolePolicy")),
        Drawn(_ignoring("*")),
        Drawn(_ignoring("kmsKeyId"), {"allowed": ["tags"]}),
    ),
)
def security_not_ignored(graph: Graph) -> Iterator[tuple[Vertex, Found]]:
    for one in graph.vertices:
        for path in one.ignored:
            steps = [step for step in re.split(r"[.\[\]\"]+", path) if step and not step.isdecimal()]
            if path not in list(one.config["allowed"]) and any(SECURITY.fullmatch(step) for step in steps):
                yield one, Found(path, f"changes of {path} are ignored")
