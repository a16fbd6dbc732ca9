"""The kinds of documents there are, and the one door through which any document is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.configuration.agent_config import parse_agent_config
from agents.errors import InvalidError, Problem

if TYPE_CHECKING:
    from agents.configuration.deployed import Context
    from agents.configuration.documents import Content


def check_document(key: str, content: Content, context: Context) -> tuple[Problem, ...]:
    """Everything that is wrong with merged content as `key` would run it, and what its author should know.

    Never raises for content. Those whose code is `warning` do not keep it from being published: see
    `agents.configuration.problems`. Pointers lie in `content`; `where` is left to the caller, who knows the layers.
    """
    kind = key.partition("/")[0]
    try:
        if kind == "agent":
            parse_agent_config(content)
        elif key in context.checks:
            context.checks[key](content)
    except InvalidError as error:
        return error.problems or (Problem(code="invalid", message=error.message, fix=error.fix),)
    return ()
