"""One question, start to end: route, authorise, window, model and tools in turn, append, reply."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from agents.access.audit import settle
from agents.access.personas import need_persona
from agents.access.roles import Action, allowing
from agents.deadline import Deadline
from agents.errors import ForbiddenError, InvalidError, NotFoundError, UnavailableError
from agents.runtime.answer import Answer, Usage
from agents.runtime.conversations import ConversationKey, Message
from agents.runtime.execute import Executor, decision_on
from agents.runtime.ids import is_uuid7, uuid7
from agents.runtime.measured import measure_reply, measured_turn
from agents.runtime.model import ModelRequest, ToolOffer, Turn
from agents.runtime.route import route
from agents.runtime.talk import Talk, open_talk
from agents.runtime.tools import open_to
from agents.telemetry.measures import UNMEASURED
from agents.telemetry.metrics import PARTIAL_ANSWERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from agents.access.decisions import Decisions
    from agents.access.policy import Grants, Policy, PolicySource
    from agents.access.principal import Caller, Principal
    from agents.runtime.configured import Configured
    from agents.runtime.conversations import ConversationStore
    from agents.runtime.follow import Follower
    from agents.runtime.model import Model, ModelReply
    from agents.runtime.registry import Registry
    from agents.runtime.results import ToolOutcome
    from agents.runtime.tool_runner import ToolRunner
    from agents.runtime.tools import Tool
    from agents.telemetry.measures import Measures

MAX_QUESTION_CHARS: Final = 4_000


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a person asks. `agent` skips routing; `conversation_id` goes on with an earlier conversation."""

    text: str
    agent: str | None = None
    conversation_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Assistant:
    """Answers questions.

    `dialect` is the SQL that the data is asked in, by sqlglot's name; `now` gives the time in UTC, `today` the date of
    the data, `random(n)` n bytes for ids.
    """

    registry: Registry
    follower: Follower
    policy: PolicySource
    decisions: Decisions
    runner: ToolRunner
    dialect: str
    conversations: ConversationStore
    models: Mapping[str, Model]  # by the name that a configuration gives; `default` is the stack's
    now: Callable[[], datetime]
    today: Callable[[], date]
    random: Callable[[int], bytes]
    measures: Measures = UNMEASURED

    def ask(self, question: Question, caller: Caller, *, deadline: Deadline | None = None) -> Answer:
        """The answer, stored in the conversation with its question before it is returned.

        Raises InvalidError, ForbiddenError, NotFoundError for what the caller can mend, UnavailableError and
        DeadlineError for what may pass. A tool that fails makes the answer partial and raises nothing.

        The configuration is read once, and so is the policy for what grants the agent and its tools. Each query is
        decided by the policy in force when it runs, so a right to rows that is taken away in mid-turn is gone at once.
        Every record carries the digest of the policy that decided. What is handed on, to the model or into the
        conversation, is on record before.
        """
        began_s = time.monotonic()
        with measured_turn(self.measures, caller.principal.persona) as turn:
            text = _clean(question.text)
            policy = self.policy()
            agent = self._authorise(text, question, caller.principal, policy)
            turn.agent = agent.name
            talk, agent = open_talk(
                self._conversation(question, caller),
                agent,
                begins=question.conversation_id is None,
                store=self.conversations,
                former=self.follower.former,
                now=self.now(),
            )
            deadline = deadline or Deadline(began_s + agent.config.limits.timeout_s)
            answer = self._answer(text, agent, talk, caller, policy, deadline)
        if answer.partial:
            self.measures.record(PARTIAL_ANSWERS, agent=answer.agent)
        return answer

    def _authorise(self, text: str, question: Question, who: Principal, policy: Policy) -> Configured:
        """The agent that answers, after the decision is written down.

        One that is not granted and one that does not exist read the same, so that asking tells nothing.
        """
        decide = functools.partial(decision_on, who, Action.ASK, "agent", policy=policy.digest)
        try:
            agent = self._routed(text, question, who, policy.grants(who.persona))
        except (ForbiddenError, InvalidError, NotFoundError):
            self.decisions.record(decide(question.agent or "", allowed=False))
            raise
        self.decisions.record(decide(agent.name, allowed=True))
        return agent

    def _routed(self, text: str, question: Question, who: Principal, grants: Grants) -> Configured:
        persona = need_persona(who)
        if allowing(who, Action.ASK) is None:
            raise ForbiddenError("this key may not ask", fix="Have one made with the scope `ask`.")
        granted = {
            name: agent
            for name, agent in self.follower.snapshot().items()
            if name in grants.agents and agent.config.open_to(persona)
        }
        if not granted:
            raise ForbiddenError("no agent is open to your persona", fix="Ask an administrator for access.")
        return route(text, granted, named=question.agent)

    def _answer(  # noqa: PLR0913, PLR0917 - all that a turn is about
        self,
        text: str,
        agent: Configured,
        talk: Talk,
        caller: Caller,
        policy: Policy,
        deadline: Deadline,
    ) -> Answer:
        persona = need_persona(caller.principal)
        asked = Message(message_id=self._id(), role="user", text=text, at=self.now(), began_at=talk.began_at)
        # A tool that the configuration names and nobody brings was valid on its own: the worker reports it.
        known = {name: self.registry.tools[name] for name in agent.config.tools if name in self.registry.tools}
        executor = Executor(
            tools=open_to(persona, known, policy.grants(persona)),
            runner=self.runner,
            parallel=agent.config.limits.parallel_tools,
            decisions=self.decisions,
            policy=policy.digest,
            measures=self.measures,
        )
        turns = [*talk.turns(), Turn(role="user", text=text)]
        reply, outcomes, usage = self._converse(agent, turns, executor, caller, deadline)
        answered = Message(
            message_id=self._id(),
            role="assistant",
            text=reply.text,
            at=self.now(),
            agent=agent.name,
            config_version=agent.digest,
            began_at=talk.began_at,
        )
        settle()
        self.conversations.append(talk.key, [asked, answered])
        return Answer(
            answer=reply.text,
            agent=agent.name,
            persona=persona,
            tools=outcomes,
            partial=any(outcome.status != "ok" for outcome in outcomes),
            model=self._model(agent).name,
            fallback_from=None,
            config_version=agent.digest,
            conversation_id=talk.key.conversation_id,
            message_id=answered.message_id,
            usage=usage,
        )

    def _converse(
        self,
        agent: Configured,
        turns: list[Turn],
        executor: Executor,
        caller: Caller,
        deadline: Deadline,
    ) -> tuple[ModelReply, tuple[ToolOutcome, ...], Usage]:
        model = self._model(agent)
        limits = agent.config.limits
        outcomes: list[ToolOutcome] = []
        spent = Usage(input_tokens=0, output_tokens=0, cost_usd=Decimal(0))
        for _ in range(limits.turns):
            deadline.check("the model")
            reply = model.converse(self._request(agent, executor.tools, turns), deadline=deadline)
            measure_reply(self.measures, reply, agent=agent.name, model=model.name)
            spent = Usage(
                input_tokens=spent.input_tokens + reply.input_tokens,
                output_tokens=spent.output_tokens + reply.output_tokens,
                cost_usd=spent.cost_usd + reply.cost_usd,
            )
            if not reply.calls:
                return reply, tuple(outcomes), spent
            found = executor.run(reply.calls, caller, deadline=deadline)
            outcomes.extend(found)
            turns += [Turn(role="assistant", calls=reply.calls), Turn(role="tool", outcomes=found)]
        raise UnavailableError(
            f"the model did not come to an answer in {limits.turns} turns",
            fix="Ask more narrowly, or raise limits.turns.",
        )

    def _request(self, agent: Configured, tools: Mapping[str, Tool], turns: list[Turn]) -> ModelRequest:
        today = self.today()
        return ModelRequest(
            system=f"{agent.config.instructions}\nToday is {today.isoformat()}.",
            turns=tuple(turns),
            tools=tuple(
                ToolOffer(name=tool.name, description=tool.description, schema=tool.schema) for tool in tools.values()
            ),
            parameters=agent.config.parameters,
            dialect=self.dialect,
            today=today,
        )

    def _conversation(self, question: Question, caller: Caller) -> ConversationKey:
        wanted = question.conversation_id
        if wanted is not None and not is_uuid7(wanted):
            raise InvalidError("the conversation_id is not one of ours", fix="Leave it out to begin a new one.")
        who = caller.principal
        return ConversationKey(
            tenant=who.tenant,
            subject=who.subject,
            persona=need_persona(who),
            conversation_id=wanted or self._id(),
        )

    def _model(self, agent: Configured) -> Model:
        model = self.models.get(agent.config.model)
        if model is None:
            raise UnavailableError(
                f"agent/{agent.name} names the model {agent.config.model!r}, which is not set up here",
                fix=f"Models: {', '.join(sorted(self.models))}.",
            )
        return model

    def _id(self) -> str:
        return uuid7(int(self.now().astimezone(UTC).timestamp() * 1000), self.random)


def _clean(text: str) -> str:
    cleaned = "".join(character if character.isprintable() else " " for character in text).strip()
    if not cleaned:
        raise InvalidError("the question is empty", fix="Ask something, like: What is low in WH01?")
    if len(cleaned) > MAX_QUESTION_CHARS:
        raise InvalidError(
            f"the question has {len(cleaned):,} characters, more than {MAX_QUESTION_CHARS:,}", fix="Shorten it."
        )
    return cleaned
