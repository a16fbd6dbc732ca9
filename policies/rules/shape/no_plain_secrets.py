"""What is not marked as a secret stands in the state, in previews and in logs for everybody who may read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from pulumi_policy import Secret
from pulumi_policy.proxy import UnknownValueError, unknown_checking_proxy

from .._graph import Drawn, Sketch
from .._resource import Found, NotEvaluated
from .._rule import UNKNOWN, Severity, graph_rule
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
        for path, text in _texts(one.properties, ""):
            name = path.rpartition(".")[2]
            if text is None and name in SENSITIVE:
                # Nobody else can say of which resource it is, where the stack takes it for a finding.
                asked = one.config.get(UNKNOWN) == "finding"
                yield (one, Found(path, f"{path} may hold a secret")) if asked else NotEvaluated(f"{one.name}.{path}")
            elif text and (name in SENSITIVE or looks_secret(text)):
                yield one, Found(path, f"{path} holds a secret in plain text")


def _texts(value: Value, path: str) -> Iterator[tuple[str, str | None]]:
    """Every text that is not marked as a secret, with its path; None for one that is unknown."""
    value = _raw(value)
    if isinstance(value, Secret):
        return
    if isinstance(value, str):
        yield path, None if _unknown(value) else value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _texts(inner, path)


def _raw(value: Value) -> Value:
    """What the SDK's wrappers hold: they hand out a secret without its mark, and nothing of an unknown."""
    while isinstance(value, (Mapping, Sequence)) and not isinstance(value, (str, dict, list, tuple)):
        value = value["__target"]  # type: ignore[call-overload]  # the SDK's own door
    return value


def _unknown(text: str) -> bool:
    try:
        unknown_checking_proxy({"text": text})["text"]
    except UnknownValueError:
        return True
    return False
