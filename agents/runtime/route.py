"""Which agent a question goes to: by the words that each agent's configuration lists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agents.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.runtime.configured import Configured


def route(question: str, agents: Mapping[str, Configured], *, named: str | None = None) -> Configured:
    """The agent that was named, or the one whose keywords match best; ties go to the one for `otherwise`.

    `agents` are those that the asker may use, one at least. Raises NotFoundError for a name that is not among them.
    """
    if named is not None:
        if named not in agents:
            raise NotFoundError(f"there is no agent {named[:64]!r}", fix=f"Agents: {', '.join(sorted(agents))}.")
        return agents[named]

    def fit(agent: Configured) -> tuple[int, bool]:
        return _score(question, agent.config.routing.keywords), agent.config.routing.otherwise

    return max((agents[name] for name in sorted(agents)), key=fit)


def _score(question: str, keywords: list[str]) -> int:
    """Words of the keywords found in the question; a longer phrase says more than a word."""
    text = question.lower()
    return sum(len(word.split()) for word in keywords if re.search(rf"\b{re.escape(word.lower())}\b", text))
