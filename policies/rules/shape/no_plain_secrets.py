"""What is not marked as a secret stands in the state, in previews and in logs for everybody who may read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from pulumi_policy.proxy import UnknownValueError

from .._graph import Drawn, Sketch
from .._resource import Found, NotEvaluated
from .._rule import Severity, graph_rule
from .._secrets import looks_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._graph import Graph, Vertex
    from .._resource import Value

# Properties that providers call sensitive, by their last word.
SENSITIVE: Final = frozenset(
    {
        "adminPassword",
        "authToken",
        "clientSecret",
        "masterPassword",
        "masterUserPassword",
        "oauthToken",
        "password",
        "privateKey",
        "secretBinary",
        "secretString",
        "temporaryPassword",
    }
)
VERSION: Final = "aws:secretsmanager/secretVersion:SecretVersion"
POOL_CLIENT: Final = "aws:cognito/identityProvider:IdentityProvider"


@graph_rule(
    id="shape-no-plain-secrets",
    title="No secret is among the plain inputs",
    severity=Severity.HIGH,
    fix="Read it from the stack's secret configuration, or wrap it in pulumi.Output.secret.",
    unique=True,
    ok=(
        Drawn((Sketch(type=VERSION, name="v", properties={"secretId": "s"}),)),
        Drawn((Sketch(type=VERSION, name="v", properties={"secretString": ""}),)),
    ),
    bad=(
        Drawn((Sketch(type=VERSION, name="v", properties={"secretString": "hunter2"}),)),
        Drawn((Sketch(type=POOL_CLIENT, name="i", properties={"providerDetails": {"clientSecret": "abc"}}),)),
        Drawn((Sketch(type="x:y:Z", name="z", properties={"list": [{"password": "AKIAIOSFODNN7EXAMPLE"}]}),)),
    ),
)
def no_plain_secrets(graph: Graph) -> Iterator[tuple[Vertex, Found] | NotEvaluated]:
    for one in graph.vertices:
        for path, text in _texts(one.properties, "", frozenset(one.secrets)):
            name = next(step for step in reversed(path.split(".")) if not step.isdecimal())
            if text is None and name in SENSITIVE:
                yield NotEvaluated(f"{one.name}.{path}")
            elif text and (name in SENSITIVE or looks_secret(text)):
                yield one, Found(path, f"{path} holds a secret in plain text")


def _texts(value: Value, path: str, marked: frozenset[str]) -> Iterator[tuple[str, str | None]]:
    """Every text that is not marked as a secret, with its path; None for what is unknown."""
    if isinstance(value, str):
        yield path, value
        return
    steps: list[Value] = []
    if isinstance(value, Mapping):
        steps = list(value)
    elif isinstance(value, Sequence):
        steps = list(range(len(value)))
    for step in steps:
        inside = f"{path}.{step}" if path else str(step)
        if inside in marked:
            continue
        try:
            inner = value[step]
        except UnknownValueError:
            yield inside, None
            continue
        yield from _texts(inner, inside, marked)
