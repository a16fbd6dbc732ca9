"""CORS for every origin lets any page that a signed-in person opens read the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

WILD: Final = frozenset({"*", "http://*", "https://*"})


@rule(
    id="lambda-url-cors",
    title="Function URLs answer pages of known origins only",
    applies_to="aws:lambda/functionUrl:FunctionUrl",
    severity=Severity.MEDIUM,
    fix="List the origins in cors.allow_origins.",
    sources=("checkov:CKV2_AWS_75", "prowler:awslambda_function_url_cors_policy"),
    ok=({}, {"cors": {"allowOrigins": ["https://app.example.com"]}}),
    bad=({"cors": {"allowOrigins": ["*"]}}, {"cors": {"allowOrigins": ["https://a.example", "https://*"]}}),
)
def url_cors(url: Resource) -> Iterator[str]:
    for path in url.each("cors.allowOrigins"):
        if url.text(path) in WILD:
            yield f"{path} is {url.text(path)}"
