"""A conversation goes on with the configuration that it began on, until it is drained."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from agents.configuration.documents import Draft
from agents.runtime.assistant import Assistant, Question
from agents.runtime.follow import Follower
from agents.runtime.follow_source import StoreSource
from agents.runtime.former import MAX_FORMER, MAX_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from agents.access.principal import Caller
    from agents.adapters.sqlite.configuration import SqliteConfigStore
    from agents.adapters.sqlite.conversations import SqliteConversationStore
    from agents.configuration.documents import Content, Version
    from agents.runtime.answer import Answer

    Publish = Callable[..., Version]
    Ask = Callable[..., Answer]

HOT: Content = {"instructions": "Be brief."}
DRAINS: Content = {"context": {"window_messages": 3}}
MIXED: Content = {**HOT, **DRAINS}


@pytest.fixture
def late() -> dict[str, timedelta]:
    """How much later it is than the clock of the other fixtures says."""
    return {"by": timedelta(0)}


@pytest.fixture
def platform(
    assistant: Assistant, scripted: type, now: Callable[[], datetime], late: dict[str, timedelta]
) -> Assistant:
    return dataclasses.replace(assistant, models={"default": scripted(["yes"])}, now=lambda: now() + late["by"])


@pytest.fixture
def ask(platform: Assistant, callers: dict[str, Caller]) -> Ask:
    """Asks in a conversation, begun when it is first named; of another process when its follower is given."""
    begun: dict[str, str] = {}

    def ask(conversation: str, *, follower: Follower | None = None, agent: str = "inventory") -> Answer:
        where = platform if follower is None else dataclasses.replace(platform, follower=follower)
        question = Question(text="?", agent=agent, conversation_id=begun.get(conversation))
        answer = where.ask(question, callers["warehouse_manager"])
        begun[conversation] = answer.conversation_id
        return answer

    return ask


def test_a_field_that_drains_counts_for_new_conversations_only(ask: Ask, publish: Publish) -> None:
    """The one that began before goes on as it began, answer by answer."""
    before = ask("old").config_version
    publish("agent/inventory", DRAINS)
    assert [ask("old").config_version, ask("new").config_version == before] == [before, False]
    assert [ask("old").config_version, ask("new").config_version == before] == [before, False]


def test_a_hot_field_counts_at_once(ask: Ask, publish: Publish) -> None:
    """In every conversation."""
    before = ask("old").config_version
    publish("agent/inventory", HOT)
    assert ask("old").config_version == ask("new").config_version != before


def test_of_a_mixed_change_nothing_counts_before_it_is_drained(ask: Ask, publish: Publish) -> None:
    """A digest names all that an agent runs, so no turn runs some of one and some of another."""
    before = ask("old").config_version
    publish("agent/inventory", MIXED)
    assert ask("old").config_version == before
    publish("agent/inventory", {**MIXED, "title": "Stock"})
    assert ask("old").config_version == before


def test_a_change_that_is_taken_back_drains_nothing(ask: Ask, publish: Publish) -> None:
    """What counts is the difference to what is published now."""
    ask("old")
    publish("agent/inventory", DRAINS)
    publish("agent/inventory", HOT)
    assert ask("old").config_version == ask("new").config_version


@pytest.mark.parametrize("process", ["the same", "another"])
def test_a_rollback_counts_at_once(
    ask: Ask, publish: Publish, store: SqliteConfigStore, now: Callable[[], datetime], process: str
) -> None:
    """Whoever takes a version back wants nobody to go on with it, whatever was published elsewhere meanwhile."""
    publish("agent/inventory", HOT)
    publish("agent/inventory", DRAINS)
    taken_back = ask("bad").config_version
    publish("agent/defaults", {"parameters": {"hot": 1}})
    assert ask("bad").config_version != taken_back, "a hot change"
    publish("agent/inventory", {**DRAINS, "tools": []})
    publish("agent/inventory", HOT)
    other = Follower(store, agents=("inventory", "sql"), environment="dev", now=now)
    follower = other if process == "another" else None
    newest = ask("new", follower=follower).config_version
    assert ask("bad", follower=follower).config_version == newest
    publish("agent/inventory", {**HOT, "tools": []})
    assert ask("new", follower=follower).config_version == newest, "what replaces it afterwards drains as ever"
    assert ask("bad", follower=follower).config_version == newest


class Forgetful:
    """A source that does not know what was before, as one over HTTP."""

    def __init__(self, store: SqliteConfigStore) -> None:
        self._source = StoreSource(store, environment="dev", instance=None)
        self.tail, self.changes, self.newest = self._source.tail, self._source.changes, self._source.newest

    def former(self, name: str, *, digest: str, since: datetime) -> None:
        """Nothing is known here."""


def test_a_rollback_counts_at_once_where_only_this_process_knows(
    ask: Ask, publish: Publish, store: SqliteConfigStore
) -> None:
    """What ran here between, and what runs here again, is taken back."""
    follower = Follower(Forgetful(store), agents=("inventory", "sql"), environment="dev")
    before = ask("first", follower=follower).config_version
    publish("agent/inventory", DRAINS)
    bad = ask("bad", follower=follower).config_version
    assert ask("first", follower=follower).config_version == before != bad
    publish("agent/inventory", {})
    assert ask("bad", follower=follower).config_version == before


def test_a_layer_that_is_emptied_is_a_rollback(ask: Ask, publish: Publish) -> None:
    """To before its first version."""
    before = ask("old").config_version
    publish("agent/inventory", DRAINS)
    assert ask("bad").config_version != before
    publish("agent/inventory", {})
    assert ask("bad").config_version == before


def test_a_rollback_far_back_counts_at_once(ask: Ask, publish: Publish) -> None:
    """To a label, or a time, from before many versions."""
    publish("agent/inventory", HOT)
    for number in range(30):
        publish("agent/inventory", {"title": f"Version {number}", **DRAINS})
    bad = ask("bad").config_version
    publish("agent/inventory", HOT)
    assert ask("bad").config_version == ask("new").config_version != bad


def test_what_comes_back_after_a_rollback_drains_as_ever(ask: Ask, publish: Publish) -> None:
    """It was taken back before, and is published again: its last time counts."""
    publish("agent/inventory", HOT)
    ask("first")
    publish("agent/inventory", DRAINS)
    ask("second")
    publish("agent/inventory", HOT)
    ask("third")
    publish("agent/inventory", DRAINS)
    again = ask("again").config_version
    publish("agent/inventory", {**DRAINS, "tools": []})
    assert ask("again").config_version == again != ask("new").config_version


def test_a_conversation_is_drained_half_an_hour_after_it_began(
    ask: Ask, publish: Publish, late: dict[str, timedelta]
) -> None:
    """However often it was gone on with meanwhile."""
    before = ask("old").config_version
    publish("agent/inventory", DRAINS)
    for minutes in (10, 20, 29):
        late["by"] = timedelta(minutes=minutes)
        assert ask("old").config_version == before
    late["by"] = timedelta(minutes=31)
    assert ask("old").config_version == ask("new").config_version != before


def test_any_process_goes_on_with_it(ask: Ask, publish: Publish, store: SqliteConfigStore) -> None:
    """One that never ran the former configuration works it out from the versions."""
    before = ask("old").config_version
    publish("agent/inventory", {"title": "First"})
    publish("agent/defaults", HOT)
    publish("agent/inventory", DRAINS)
    publish("agent/inventory", {**DRAINS, "title": "Second"})
    other = Follower(store, agents=("inventory", "sql"), environment="dev")
    assert ask("old", follower=other).config_version == before


def test_a_former_one_that_nobody_knows_gives_way(
    ask: Ask, publish: Publish, conversations: SqliteConversationStore, store: SqliteConfigStore
) -> None:
    """A version that was pruned, or that another store had: the newest answers."""
    elsewhere = Follower(store, agents=("inventory", "sql"), environment="elsewhere")
    content: Content = {**DRAINS, "title": "Elsewhere"}
    store.append(
        [Draft(key="agent/inventory", layer="env:elsewhere", content=content, author="", message="", expected=0)]
    )
    before = ask("old", follower=elsewhere).config_version
    assert ask("old").config_version == ask("new").config_version != before


def test_another_agent_in_the_same_conversation_is_another_matter(ask: Ask, publish: Publish) -> None:
    """Each agent goes on with what itself answered last."""
    inventory, sql = (ask("old", agent=agent).config_version for agent in ("inventory", "sql"))
    publish("agent/sql", DRAINS)
    assert ask("old", agent="inventory").config_version == inventory
    assert ask("old", agent="sql").config_version == sql
    publish("agent/inventory", HOT)
    assert ask("old", agent="inventory").config_version != inventory


def test_a_conversation_that_begins_reads_nothing(platform: Assistant, callers: dict[str, Caller]) -> None:
    """Its id is new, so there is nothing to be found."""

    class Unread:
        def append(self, conversation: object, messages: object) -> None:
            pass

    talk = dataclasses.replace(platform, conversations=Unread())  # type: ignore[arg-type]  # what a new one needs
    assert talk.ask(Question(text="?", agent="sql"), callers["warehouse_manager"]).answer == "yes"


def test_what_is_kept_for_conversations_is_bounded(platform: Assistant, store: SqliteConfigStore) -> None:
    """In number and in bytes; what was pushed out is worked out again when it is asked for."""
    follower = platform.follower
    for number in range(1, 41):
        size = 60_000 if number > 20 else 10
        content: Content = {"parameters": {"text": "x" * size}, "title": f"Version {number}", **DRAINS}
        store.append(
            [Draft(key="agent/sql", layer="env:dev", content=content, author="", message="", expected=number - 1)]
        )
        follower.snapshot()
        assert len(follower.former._kept.get("sql", ())) <= MAX_FORMER
    kept = follower.former._kept
    assert 2 <= len(kept["sql"]) <= 9
    assert sum(former.size for former in kept["sql"].values()) <= MAX_SIZE
