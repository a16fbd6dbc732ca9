"""`POST /v1/ask`: a question in plain words, an answer with its tools and figures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from agents.api.guard import Identified  # noqa: TC001 - read at run time
from agents.runtime.assistant import Question

if TYPE_CHECKING:
    from agents.runtime.assistant import Assistant


class AskRequest(BaseModel):
    """A question. `persona` is needed only by people who hold several."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"question": "What will run out in WH01 in the next 14 days?"}]}
    )

    question: Annotated[str, Field(max_length=65_536)]
    persona: str | None = None
    agent: str | None = None
    conversation_id: str | None = None


def ask_routes(assistant: Assistant) -> APIRouter:
    """The routes of questions."""
    router = APIRouter(tags=["ask"])

    @router.post("/v1/ask", summary="Ask a question")
    def ask(body: AskRequest, identity: Identified) -> Response:
        caller = identity.caller(body.persona)
        question = Question(text=body.question, agent=body.agent, conversation_id=body.conversation_id)
        answer = assistant.ask(question, caller)
        return Response(json.dumps(answer.as_json(), allow_nan=False), media_type="application/json")

    return router
