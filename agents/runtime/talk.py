"""A conversation as a turn finds it: what was said, when it began, and which configuration answers in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agents.errors import NotFoundError
from agents.runtime.model import Turn

if TYPE_CHECKING:
    from datetime import datetime

    from agents.runtime.configured import Configured
    from agents.runtime.conversations import ConversationKey, ConversationStore, Message
    from agents.runtime.former import Former

_LAST: Final = 2  # messages of a turn: what answered last is looked at whatever the window


@dataclass(frozen=True, kw_only=True)
class Talk:
    """`earlier` are the newest messages before this turn, oldest first, as many as the agent's window holds."""

    key: ConversationKey
    began_at: datetime
    earlier: tuple[Message, ...]

    def turns(self) -> list[Turn]:
        """What was said, as a model reads it."""
        return [Turn(role=message.role, text=message.text) for message in self.earlier]


def open_talk(  # noqa: PLR0913 - what a turn knows of its conversation
    key: ConversationKey,
    newest: Configured,
    *,
    begins: bool,
    store: ConversationStore,
    former: Former,
    now: datetime,
) -> tuple[Talk, Configured]:
    """The conversation, and the configuration that answers in it from its beginning to its end.

    That is the newest, or for a young conversation the one that answered last (see `Former.of_conversation`).
    A conversation that begins has nothing to read. Raises NotFoundError for one to go on with that the caller does not
    have in this persona, or no more: ids are ours to give.
    """
    if begins:
        return Talk(key=key, began_at=now, earlier=()), newest
    size = newest.config.context.window_messages
    limit = max(size, _LAST)
    messages = store.window(key, limit=limit)
    if not messages:
        raise NotFoundError("you have no such conversation in this persona", fix="Leave the id out to begin a new one.")
    began_at = messages[-1].began_at or messages[0].at
    last = next((m for m in reversed(messages) if m.role == "assistant" and m.agent == newest.name), None)
    agent = newest
    if last is not None:
        agent = former.of_conversation(newest, digest=last.config_version, began_at=last.began_at, now=now)
        size = agent.config.context.window_messages
    if size > limit == len(messages):  # the configuration that goes on sees more than the newest does
        messages = store.window(key, limit=size)
    return Talk(key=key, began_at=began_at, earlier=messages[-size:] if size else ()), agent
