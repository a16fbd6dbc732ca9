"""A bucket that answers scripts of any site lets a malicious page use the signed links of whoever opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._buckets import BUCKET, kinds
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

TYPES = kinds("bucketCorsConfiguration")


def _rules(*origins: str) -> dict[str, object]:
    return {"corsRules": [{"allowedMethods": ["GET"], "allowedOrigins": list(origins)}]}


@rule(
    id="s3-cors-names-origins",
    title="Buckets answer scripts of named sites only",
    applies_to=(*TYPES, BUCKET),
    severity=Severity.MEDIUM,
    fix="Name the sites in allowed_origins.",
    ok=({}, _rules("https://app.example.com"), _rules("https://*.example.com"), Of({}, BUCKET)),
    bad=(_rules("*"), Of(_rules("https://a.example.com", "*"), TYPES[1]), Of(_rules("http*"), BUCKET)),
)
def cors_names_origins(cors: Resource) -> Iterator[str]:
    for path in cors.each("corsRules"):
        origins = [cors.text(origin) for origin in cors.each(f"{path}.allowedOrigins")]
        yield from (f"{path} allows {one!r}" for one in origins if one in {"*", "http*", "http://*", "https://*"})
