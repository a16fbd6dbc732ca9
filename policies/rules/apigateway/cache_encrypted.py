"""A cache holds answers as they were given; on disk they must not lie in plain sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="api-cache-encrypted",
    title="Caches of REST APIs are encrypted",
    applies_to="aws:apigateway/methodSettings:MethodSettings",
    severity=Severity.MEDIUM,
    fix="Set settings.cache_data_encrypted to true, or caching_enabled to false.",
    sources=("FSBP:APIGateway.5", "checkov:CKV_AWS_308", "prowler:apigateway_restapi_cache_encrypted"),
    frameworks=("NIST 800-53:SC-28",),
    ok=({"settings": {"cachingEnabled": False}}, {"settings": {"cachingEnabled": True, "cacheDataEncrypted": True}}),
    bad=({"settings": {"cachingEnabled": True}}, {"settings": {"cachingEnabled": "true", "cacheDataEncrypted": False}}),
)
def cache_encrypted(methods: Resource) -> Iterator[str]:
    caches = is_true(methods.known("settings.cachingEnabled"))
    if caches and not is_true(methods.known("settings.cacheDataEncrypted")):
        yield "settings.cacheDataEncrypted is not true"
