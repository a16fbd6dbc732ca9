"""Which agent a question goes to: by the words that each agent's configuration lists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agents.errors import ForbiddenError, InvalidError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from agents.runtime.follow import Configured


def route(
    question: str, agents: Mapping[str, Configured], *, allowed: Collection[str], named: str | None = None
) -> Configured:
    """The agent that was named, or the allowed one whose keywords match best; ties go to the one for `otherwise`.

    Raises NotFoundError for an unknown name, ForbiddenError for one that the persona may not use, InvalidError
    when no agent is allowed at all.
    """
    if named is not None:
        if named not in agents:
            raise NotFoundError(f"there is no agent {named[:64]!r}", fix=f"Agents: {', '.join(sorted(agents))}.")
        if named not in allowed:
            raise ForbiddenError(f"your persona may not use the agent {named!r}")
        return agents[named]
    choices = [agents[name] for name in sorted(agents) if name in allowed]
    if not choices:
        raise InvalidError("no agent is open to your persona", fix="Ask an administrator for access.")

    def fit(agent: Configured) -> tuple[int, bool]:
        return _score(question, agent.config.routing.keywords), agent.config.routing.otherwise

    return max(choices, key=fit)


def _score(question: str, keywords: list[str]) -> int:
    """Words of the keywords found in the question; a longer phrase says more than a word."""
    text = question.lower()
    return sum(len(word.split()) for word in keywords if re.search(rf"\b{re.escape(word.lower())}\b", text))
