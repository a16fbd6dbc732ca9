"""`/v1/configs`, read: what runs and what ran, and which layer says it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Query
from fastapi.responses import Response

from agents.api.configs_http import Accept, At, IfNoneMatch, Instance, accepted, answer, gives, moment, unchanged
from agents.errors import InvalidError

if TYPE_CHECKING:
    from fastapi import APIRouter

    from agents.api.configs_memory import Memory
    from agents.configuration.layers import Effective
    from agents.configuration.publish import Publisher

_EFFECTIVE: Final = {
    "key": "agent/inventory",
    "digest": "sha256:9f86d081...",
    "versions": {"agent/defaults@base": 1, "agent/inventory@base": 3},
    "content": {"title": "Inventory", "limits": {"turns": 6}},
}
_SOURCE: Final = {
    "pointer": "/limits/turns", "value": 6, "how": "set", "layer": "agent/inventory@env:dev", "version": 2,
    "inside": "/limits/turns", "below": [{"pointer": "/limits/turns", "value": 4, "how": "set",
    "layer": "agent/defaults@base", "version": 1, "inside": "/limits/turns", "below": []}],
}  # fmt: skip


def effective_routes(publisher: Publisher, memory: Memory, router: APIRouter) -> None:
    """Adds the routes of merged content."""
    path = "/v1/configs/{kind}/{name}"

    @router.get(
        f"{path}/effective", summary="Read what runs, or what answered: all layers as one",
        responses=gives(200, _EFFECTIVE, what="Merged content, named by its digest"),
    )  # fmt: skip
    def effective(  # noqa: PLR0913, PLR0917 - a parameter a name
        kind: str,
        name: str,
        instance: Instance = None,
        at: At = None,
        digest: Annotated[
            str | None,
            Query(pattern="^sha256:[0-9a-f]{64}$", description="`config_version` of an answer; `at` is its time."),
        ] = None,
        if_none_match: IfNoneMatch = None,
        accept: Accept = None,
    ) -> Response:
        key, when = f"{kind}/{name}", moment(at)
        if digest is not None:
            if when is None:
                raise InvalidError("a digest is looked for around a time", fix="Send `at` with the answer's time.")
            return _effective(publisher.answered(key, digest, at=when, instance=instance), if_none_match, accept)
        if when is not None or accepted(accept) != "json":
            return _effective(publisher.effective(key, instance=instance, at=when), if_none_match, accept)

        def make() -> tuple[str, str]:
            found = publisher.effective(key, instance=instance)
            return f'"{found.digest}"', json.dumps(found.as_json())

        return remembered(memory.get(("effective", key, instance), make), if_none_match)

    @router.get(
        f"{path}/explain", summary="Say which layer a value comes from",
        responses=gives(200, _SOURCE, what="The layer that says it, and what it covers"),
    )  # fmt: skip
    def explain(  # noqa: PLR0913, PLR0917 - a parameter a name
        kind: str,
        name: str,
        pointer: Annotated[str, Query(max_length=1_024, description="Of the value, such as /limits/turns.")] = "",
        instance: Instance = None,
        at: At = None,
        accept: Accept = None,
    ) -> Response:
        source = publisher.explain(f"{kind}/{name}", pointer, instance=instance, at=moment(at))
        return answer(source.as_json(), accept=accept)


def remembered(said: tuple[str, str], if_none_match: str | None) -> Response:
    """The answer of an ETag and a text that is JSON already."""
    etag, text = said
    headers = {"ETag": etag, "Vary": "Accept"}
    return unchanged(etag, if_none_match) or Response(text, 200, headers, media_type="application/json")


def _effective(found: Effective, if_none_match: str | None, accept: str | None) -> Response:
    etag = f'"{found.digest}"'
    return unchanged(etag, if_none_match) or answer(found.as_json(), etag=etag, accept=accept)
