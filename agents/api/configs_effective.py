"""`/v1/configs`, read: what runs and what ran, and which layer says it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

from fastapi import Query
from fastapi.responses import Response

from agents.api.ahead import AheadRoute
from agents.api.configs_following import EVENTS, Following
from agents.api.configs_http import (
    Accept,
    At,
    IfNoneMatch,
    Instance,
    Kind,
    Name,
    accepted,
    answer,
    gives,
    moment,
    unchanged,
)
from agents.api.guard import Identified  # noqa: TC001 - read at run time
from agents.api.together import Together
from agents.configuration.documents import digest as digest_of
from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import APIRouter, Request

    from agents.access.sign_in import Identity
    from agents.api.configs_memory import Memory
    from agents.configuration.documents import Content
    from agents.configuration.formats import Format
    from agents.configuration.layers import Effective
    from agents.configuration.publish import Publisher

_Asked: TypeAlias = "tuple[str, str | None, bool]"  # a document's key, an instance, and whether a person asks
_Said: TypeAlias = tuple[str, str]  # an ETag, and a text that is JSON already
_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")
_PLAIN: Final = frozenset({"", "*/*", "application/json"})

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
    now = Together[_Asked, _Said](lambda asked: _said(asked, publisher, memory))

    async def content(key: str, instance: str | None, identity: Identity) -> str:
        return (await now.ask((key, instance, _is_person(identity))))[1]

    def effective(  # noqa: PLR0913, PLR0917 - a parameter a name
        kind: Kind,
        name: Name,
        identity: Identified,
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
            found = publisher.answered(key, digest, at=when, instance=instance)
        else:
            found = publisher.effective(key, instance=instance, at=when)
        etag = _etag(found, accepted(accept))
        body = _body(found, publisher, person=_is_person(identity))
        return unchanged(etag, _or_digest(etag, if_none_match)) or answer(body, etag=etag, accept=accept)

    router.add_api_route(
        f"{path}/effective", effective, summary="Read what runs, or what answered: all layers as one",
        description=f"With `Accept: {EVENTS}` it streams changes `after` a cursor, with what runs since.",
        responses=gives(200, _EFFECTIVE, what="Merged content, named by its digest"), methods=["GET"],
        route_class_override=_quick(now, Following(publisher.store, content)),
    )  # fmt: skip

    @router.get(
        f"{path}/explain", summary="Say which layer a value comes from",
        responses=gives(200, _SOURCE, what="The layer that says it, and what it covers"),
    )  # fmt: skip
    def explain(  # noqa: PLR0913, PLR0917 - a parameter a name
        kind: Kind,
        name: Name,
        pointer: Annotated[str, Query(max_length=1_024, description="Of the value, such as /limits/turns.")] = "",
        instance: Instance = None,
        at: At = None,
        accept: Accept = None,
    ) -> Response:
        source = publisher.explain(f"{kind}/{name}", pointer, instance=instance, at=moment(at))
        return answer(source.as_json(), accept=accept)


def _quick(now: Together[_Asked, _Said], following: Following) -> type[AheadRoute]:
    """The route of what many ask at once after each publish: most ask for what runs now, as JSON.

    That is answered ahead of FastAPI, whose ways to a route and reading of parameters cost as much as all the rest.
    """

    class Quick(AheadRoute):
        async def ahead(self, request: Request) -> Response | None:
            headers = request.headers
            if headers.get("accept") == EVENTS:
                return await following.answer(request)
            asked = _plainly(request)
            if asked is None:
                return None
            said = await now.ask(asked)
            return remembered(said, _or_digest(said[0], headers.get("if-none-match")))

    return Quick


def _plainly(request: Request) -> _Asked | None:
    """What is asked for, when that is what runs now, as JSON, and is asked without a mistake."""
    accept = request.headers.getlist("accept")
    query = request.query_params.multi_items() if request.scope["query_string"] else []  # most send none
    names = [name for name, _ in query]
    if len(accept) > 1 or not _PLAIN.issuperset(accept) or names not in ([], ["instance"]):
        return None
    kind, name = request.path_params["kind"], request.path_params["name"]
    instance = query[0][1] if query else None
    if not all(_NAME.fullmatch(part) for part in (kind, name, "x" if instance is None else instance)):
        return None
    return f"{kind}/{name}", instance, _is_person(request.state.identity)


def _said(asked: Sequence[_Asked], publisher: Publisher, memory: Memory) -> Mapping[_Asked, _Said | Exception]:
    """What runs, for each; made once for all instances that have no layer of their own."""
    memory.look()
    layers = {(key, instance): (key, f"instance:{instance}") for key, instance, _ in asked if instance is not None}
    own = memory.present(layers.values())
    found: dict[_Asked, _Said | Exception] = {}
    for key, instance, person in asked:
        apart = instance if instance is not None and own.get(layers[key, instance]) else None

        def make(key: str = key, apart: str | None = apart, *, person: bool = person) -> _Said:
            effective = publisher.effective(key, instance=apart)
            return _etag(effective, "json"), json.dumps(_body(effective, publisher, person=person))

        try:
            known = ("effective", key, apart, "shown" if person else "run")
            found[key, instance, person] = memory.recall(known, make)
        except Exception as error:  # noqa: BLE001 - of this one alone, and raised where it was asked
            found[key, instance, person] = error
    return found


def remembered(said: _Said, if_none_match: str | None) -> Response:
    """The answer of an ETag and a text that is JSON already."""
    etag, text = said
    headers = {"ETag": etag, "Vary": "Accept"}
    return unchanged(etag, if_none_match) or Response(text, 200, headers, media_type="application/json")


def _etag(found: Effective, form: Format) -> str:
    """Of content, of the versions that make it, and of the format: another of each is another answer."""
    return f'"{found.digest}-{digest_of({**found.versions}).removeprefix("sha256:")[:8]}-{form}"'


def _or_digest(etag: str, if_none_match: str | None) -> str | None:
    """The ETag itself for who names its digest alone, which asks whether the content is another."""
    digest = etag.partition("-")[0] + '"'
    return etag if if_none_match is not None and digest in if_none_match else if_none_match


def _is_person(identity: Identity) -> bool:
    return identity.claims.scopes is None


def _body(found: Effective, publisher: Publisher, *, person: bool) -> Content:
    """As JSON. Machines run what they read, so they get what was stored, and people what may be shown."""
    body = found.as_json()
    return body | {"content": publisher.shown(found.key, found.content)} if person else body
