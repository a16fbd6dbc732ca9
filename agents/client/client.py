"""One request each: read and publish documents, say what instances run, ask a question."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Self

from agents.client.connection import Connection
from agents.client.nouns import Answer, Changes, Document, Effective, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType

    import httpx

    from agents.client.nouns import Ack
    from agents.json_value import Json


class Client:
    """A client of the API at `url`. `token` is one, or gives one for each request.

    Methods raise the errors of `agents.errors` that the API answers with, and UnavailableError when it does not. No
    request is sent twice: with an idempotency key the caller may.
    """

    def __init__(
        self,
        url: str,
        token: str | Callable[[], str],
        *,
        timeout_s: float = 30,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        own = token if callable(token) else lambda: token
        self.connection = Connection(url, own, timeout_s=timeout_s, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends its connections."""
        self.connection.http.close()

    def get(self, key: str, *, layer: str = "base") -> Document:
        """The newest version of a layer. Raises NotFoundError."""
        response = self.connection.send("GET", f"/v1/configs/{key}", params={"layer": layer})
        return self.connection.read(response, Document.read)

    def effective(self, key: str, *, instance: str = "", known: Effective | None = None) -> Effective:
        """What runs; `known` itself when it still does, which is the cheaper answer."""
        response = self.connection.send(
            "GET",
            f"/v1/configs/{key}/effective",
            params={"instance": instance} if instance else {},
            headers={"If-None-Match": f'"{known.digest}"'} if known else {},
        )
        if known and not response.content:
            return known
        return self.connection.read(response, Effective.read)

    def put(  # noqa: PLR0913 - what a publish says
        self,
        key: str,
        content: Mapping[str, Json],
        *,
        layer: str = "base",
        message: str,
        made_from: int,
        idempotency_key: str = "",
    ) -> Document:
        """Publishes the whole content of a layer, made from version `made_from`, 0 for the first.

        Raises ConflictError when another is the newest, InvalidError with every problem.
        """
        response = self.connection.send(
            "PUT",
            f"/v1/configs/{key}",
            params={"layer": layer},
            json={"content": dict(content), "message": message},
            headers=_from(made_from, idempotency_key),
        )
        return self.connection.read(response, Document.read)

    def patch(  # noqa: PLR0913 - what a publish says
        self,
        key: str,
        patch: Mapping[str, Json] | Sequence[Mapping[str, Json]],
        *,
        layer: str = "base",
        message: str,
        made_from: int,
        idempotency_key: str = "",
    ) -> Document:
        """Publishes version `made_from` with a patch: a map is a merge patch, a list a JSON Patch. Raises as `put`."""
        form = "merge-patch" if isinstance(patch, dict) else "json-patch"
        response = self.connection.send(
            "PATCH",
            f"/v1/configs/{key}",
            params={"layer": layer, "message": message},
            content=json.dumps(patch),
            headers=_from(made_from, idempotency_key) | {"Content-Type": f"application/{form}+json"},
        )
        return self.connection.read(response, Document.read)

    def changes(
        self, after: str = "latest", *, limit: int = 100, wait_s: float = 0, keys: Iterable[str] = ()
    ) -> Changes:
        """A page of what changed after a cursor, after up to `wait_s`. Raises GapError: read everything again."""
        response = self.connection.send(
            "GET",
            "/v1/changes",
            params={"after": after, "limit": limit, "wait_s": wait_s, "key": list(keys)},
            timeout=wait_s + self.connection.timeout_s,
        )
        return self.connection.read(response, Changes.read)

    def ack(self, acks: Sequence[Ack]) -> None:
        """Says what instances run."""
        self.connection.send("POST", "/v1/instances", json={"acks": [ack.as_json() for ack in acks]})

    def instances(self, keys: Iterable[str] = ()) -> Standing:
        """What each instance runs beside what it should."""
        response = self.connection.send("GET", "/v1/instances", params={"key": list(keys)})
        return self.connection.read(response, Standing.read)

    def ask(self, question: str, *, persona: str = "", agent: str = "", conversation_id: str = "") -> Answer:
        """The answer to a question in plain words."""
        named = {"persona": persona, "agent": agent, "conversation_id": conversation_id}
        body = {"question": question, **{name: value for name, value in named.items() if value}}
        return self.connection.read(self.connection.send("POST", "/v1/ask", json=body), Answer.read)


def _from(number: int, idempotency_key: str) -> dict[str, str]:
    made_from = {"If-Match": f'"{number}"'} if number else {"If-None-Match": "*"}
    return made_from | ({"Idempotency-Key": idempotency_key} if idempotency_key else {})
