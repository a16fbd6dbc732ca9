"""What the routes of documents share of HTTP: formats by Accept and Content-Type, preconditions, versions as ETags."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, TypeVar

from fastapi import Depends, Header, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from agents.configuration.as_of import read_time
from agents.configuration.documents import MadeFrom
from agents.configuration.formats import MEDIA_TYPES, dump, parse, parse_value
from agents.configuration.json_pointer import pointer
from agents.errors import InvalidError, Problem
from agents.timestamps import rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pydantic.config import JsonDict

    from agents.access.sign_in import Identity
    from agents.configuration.documents import Content, Version
    from agents.configuration.formats import Format, Parsed
    from agents.json_value import Json

M = TypeVar("M", bound=BaseModel)

PATCHES: Final = {"application/json-patch+json": "json", "application/merge-patch+json": "merge"}
_JSON: Final = "application/json"
_TAG: Final = re.compile(r'(?:W/)?"([^"]*)"')
_MADE_FROM: Final = re.compile(r'"(\d{1,9})(?:-([0-9a-f]{8}))?"')  # a number alone is for who has no ETag
_MOST_PROBLEMS: Final = 100
_MOST_ACCEPT: Final = 32  # media ranges that are looked at

# Described, not checked: what is amiss with a key or a layer is told with what to write instead.
_WORD: Final[JsonDict] = {"pattern": "^[a-z0-9-]{1,64}$"}
_LAYERS: Final[JsonDict] = {"pattern": "^(base|(env|instance):[a-z0-9-]{1,64})$"}
Kind: TypeAlias = Annotated[str, Path(json_schema_extra=_WORD, description="Such as `agent`.")]
Name: TypeAlias = Annotated[str, Path(json_schema_extra=_WORD, description="Such as `inventory`.")]
Layer: TypeAlias = Annotated[
    str, Query(max_length=80, json_schema_extra=_LAYERS, description="base, env:ENVIRONMENT or instance:ID.")
]
At: TypeAlias = Annotated[str | None, Query(max_length=40, description="As it was then, such as 2026-06-30T12:00:00Z.")]
Instance: TypeAlias = Annotated[
    str | None, Query(max_length=64, pattern="^[a-z0-9-]{1,64}$", description="With this instance's layer.")
]
IfMatch: TypeAlias = Annotated[str | None, Header(description="The ETag that the change was made from.")]
IfNoneMatch: TypeAlias = Annotated[str | None, Header(description="ETags that you have; * for a first version.")]
IdempotencyKey: TypeAlias = Annotated[
    str | None, Header(max_length=255, description="The same request with the same key is done once in a day.")
]
Accept: TypeAlias = Annotated[str | None, Header(include_in_schema=False)]


@dataclass(frozen=True)
class Sent:
    """A body as it came, and what it says that it is."""

    body: bytes
    content_type: str

    @property
    def media_type(self) -> str:
        return self.content_type.partition(";")[0].strip().lower()

    def read(self, model: type[M]) -> M:
        """The body as a model, from any format; raises InvalidError with line, column and pointer, and 415."""
        return as_model(parse(self.body, self._format(), where="body"), model)

    def read_patch(self) -> tuple[str, Json]:
        """Which kind of patch the body is, and the patch; raises InvalidError, and 415."""
        form = PATCHES.get(self.media_type)
        if form is None:
            raise _unsupported(PATCHES)
        return form, parse_value(self.body, "json", where="body")

    def _format(self) -> Format:
        found = MEDIA_TYPES.get(self.media_type)
        if found is None:
            raise _unsupported(MEDIA_TYPES)
        return found


def as_model(parsed: Parsed, model: type[M], *, most: int = _MOST_PROBLEMS) -> M:
    """What was parsed of a body as a model; raises InvalidError with up to `most` problems, each with its place."""
    try:
        return model.model_validate(parsed.content)
    except ValidationError as error:
        problems = tuple(
            Problem(
                code="invalid",
                message=item["msg"],
                pointer=(at := pointer(item["loc"])),
                where=parsed.place(at),
                fix="See /openapi.json.",
            )
            for item in error.errors(include_url=False, include_context=False, include_input=False)[:most]
        )
        listed = "; ".join(f"{problem.pointer or 'body'}: {problem.message}" for problem in problems[:20])
        raise InvalidError(f"the request is not valid: {listed}", problems=problems) from error


async def _sent(request: Request) -> Sent:
    return Sent(await request.body(), request.headers.get("content-type", ""))


Body: TypeAlias = Annotated[Sent, Depends(_sent)]


def answer(
    body: Content, *, status: int = 200, etag: str = "", accept: str | None = None, location: str = ""
) -> Response:
    """The body in the format that is asked for; 406 when it is none of ours."""
    wanted = accepted(accept)
    headers = {"Vary": "Accept"}
    if etag:
        headers["ETag"] = etag
    if location:
        headers["Location"] = location
    text = json.dumps(body) if wanted == "json" else dump(body, wanted)
    return Response(text, status, headers, media_type=f"application/{wanted}")


def accepted(accept: str | None) -> Format:
    """The format that an Accept header likes best; raises 406."""
    if not accept or accept in {"*/*", _JSON}:
        return "json"
    best: tuple[float, Format] | None = None
    for part in accept.split(",")[:_MOST_ACCEPT]:
        name, _, parameters = part.partition(";")
        media = name.strip().lower()
        found = "json" if media in {"*/*", "application/*"} else MEDIA_TYPES.get(media)
        weight = _weight(parameters)
        if found and weight > 0 and (best is None or weight > best[0]):
            best = weight, found
    if best is None:
        raise HTTPException(406, f"this is answered as {', '.join(MEDIA_TYPES)}")
    return best[1]


def unchanged(etag: str, if_none_match: str | None) -> Response | None:
    """304 for a reader that has it."""
    if if_none_match is None:
        return None
    known = if_none_match.strip() == "*" or etag.strip('"') in _TAG.findall(if_none_match)
    return Response(status_code=304, headers={"ETag": etag, "Vary": "Accept"}) if known else None


def expected(if_match: str | None, if_none_match: str | None) -> int:
    """The number that a change was made from, 0 for the first; raises 428 when the request says neither.

    Of an ETag it is a `MadeFrom`: what was read must still be what is there, and not another version of that number.
    """
    if if_match is None:
        if if_none_match is None or if_none_match.strip() != "*":
            raise HTTPException(
                428, "a change says what it was made from: If-Match with the ETag, If-None-Match: * for the first"
            )
        return 0
    match = _MADE_FROM.fullmatch(if_match.strip())
    if match is None:
        raise InvalidError("If-Match is not an ETag of a version", fix='Send it as you got it, like "3-9f86d081".')
    number, begins = int(match[1]), match[2]
    return MadeFrom(number, f"sha256:{begins}") if begins else number


def once(identity: Identity, idempotency_key: str | None) -> str:
    """What a store keeps of an idempotency key: one person's is not another's."""
    if not idempotency_key:
        return ""
    return hashlib.sha256(f"{identity.claims.subject}\0{idempotency_key}".encode()).hexdigest()


def moment(at: str | None) -> datetime | None:
    """The time of a query, in which a plus sign may have become a space."""
    return read_time(at.replace(" ", "+")) if at else None


def etag_of(version: Version) -> str:
    """The number, which is what a change is made from, and how the digest begins: a store may be put back."""
    return f'"{version.number}-{version.digest.removeprefix("sha256:")[:8]}"'


def about(version: Version) -> dict[str, Json]:
    """Everything of a version but its content."""
    return {
        "key": version.key,
        "layer": version.layer,
        "number": version.number,
        "digest": version.digest,
        "parent": version.parent,
        "author": version.author,
        "message": version.message,
        "created_at": rfc3339(version.created_at),
    }


def told(problems: tuple[Problem, ...]) -> list[Json]:
    """Problems as JSON."""
    return [{**problem.as_json()} for problem in problems]


def located(version: Version) -> str:
    """Where a version is for good."""
    return f"/v1/configs/{version.key}/versions/{version.number}?layer={version.layer}"


def takes(model: type[BaseModel], example: Mapping[str, object]) -> dict[str, Any]:
    """For the description: a body in any of the formats."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    inner = schema.pop("$defs", {})
    schema = _inlined(schema, inner)
    content = {
        media: {"schema": schema, **({"example": example} if media == _JSON else {})} for media in sorted(MEDIA_TYPES)
    }
    return {"requestBody": {"required": True, "content": content}}


def gives(status: int, example: object, *, what: str = "Done") -> dict[int | str, dict[str, Any]]:
    """For the description: an answer, by example."""
    return {status: {"description": what, "content": {_JSON: {"example": example}}}}


def _inlined(value: Any, inner: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a schema's values
    """A schema whose models stand where they are used."""
    if isinstance(value, dict):
        if "$ref" in value:
            return _inlined(inner[value["$ref"].rpartition("/")[2]], inner)
        return {name: _inlined(one, inner) for name, one in value.items()}
    return [_inlined(one, inner) for one in value] if isinstance(value, list) else value


def _weight(parameters: str) -> float:
    match = re.search(r"(?:^|;)\s*q=([01](?:\.\d{0,3})?)\s*(?:;|$)", parameters)
    return float(match[1]) if match else 1.0


def _unsupported(types: Mapping[str, object]) -> HTTPException:
    return HTTPException(415, f"this body is none of {', '.join(types)}")
