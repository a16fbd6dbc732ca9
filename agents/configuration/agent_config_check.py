"""Everything that an agent's configuration is checked for beyond its form, all of it at once."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any, Final, cast

from agents.configuration.agent_config import AgentConfig, parse_agent_config
from agents.configuration.document_model import NOT_YET, not_yet
from agents.configuration.json_pointer import parts, pointer
from agents.configuration.models import KEY as CATALOGUE
from agents.configuration.models import check_chain, parse_catalogue
from agents.configuration.problems import invalid, warning
from agents.configuration.references import check_references, check_texts, secret_names
from agents.configuration.shared_documents import ROUTING
from agents.configuration.worst_case import check_time
from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.configuration.deployed import Context
    from agents.configuration.documents import Content
    from agents.configuration.models import ModelCatalogue
    from agents.errors import Problem
    from agents.json_value import Json

DEFAULTS: Final = "defaults"
_POLICY: Final = "access/policy"
# What the checks of a whole configuration need; in the defaults it is left to each agent.
_LEAST: Final[Content] = {"title": "-", "instructions": "-", "tools": []}
_PROSE: Final = ("title", "instructions", "routing")  # people's words, in which a URL is only a word


def check_agent(name: str, content: Content, context: Context) -> tuple[Problem, ...]:
    """Every problem of an agent's merged content; of `defaults`, only what no agent could mend."""
    found: list[Problem] = []
    if name != DEFAULTS and name not in context.agents:
        return (invalid(f"there is no agent {name!r}", fix=f"Agents: {', '.join(sorted(context.agents))}."),)
    given = {**_LEAST, **content} if name == DEFAULTS else content
    try:
        config = parse_agent_config(given)
    except InvalidError as error:
        found += error.problems
        wrong = {parts(problem.pointer)[0] for problem in error.problems if problem.pointer}
        # The rest is checked as if what is wrong were not there, so that all comes out at once.
        config = parse_agent_config({**_LEAST, **{key: value for key, value in given.items() if key not in wrong}})
    found += _texts(content, context)
    if name != DEFAULTS:
        found += _tools(config, context)
        found += _models(config, context)
        found += _parameters(config, context.agents[name].parameters, context)
        found += check_time(config, {tool: facts.timeout_s for tool, facts in context.tools.items()}, context.deployed)
        found += _access(name, config, context)
        found += _intents(config, context)
    found += _sense(config)
    found += not_yet(AgentConfig, content)
    return tuple(dict.fromkeys(found))


def _texts(content: Content, context: Context) -> Iterator[Problem]:
    for name, value in content.items():
        yield from check_texts(value, context.deployed, urls=name in _PROSE, above=pointer((name,)))


def _tools(config: AgentConfig, context: Context) -> Iterator[Problem]:
    granted = context.deployed.tools
    for number, tool in enumerate(config.tools):
        here = f"/tools/{number}"
        if tool not in context.tools:
            yield invalid(f"there is no tool {tool!r}", pointer=here, fix=f"Tools: {', '.join(sorted(context.tools))}.")
        elif granted is not None and tool not in granted:
            fix = f"Granted: {', '.join(sorted(granted))}. Deploy the stack with it, or leave it out."
            yield invalid(f"the stack has no function that runs the tool {tool!r}", pointer=here, fix=fix)
        if tool in config.tools[:number]:
            yield invalid(f"the tool {tool!r} is there twice", pointer=here, fix="Take one away.")


def _models(config: AgentConfig, context: Context) -> Iterator[Problem]:
    chain = [("/model", config.model), *((f"/fallbacks/{n}", name) for n, name in enumerate(config.fallbacks))]
    catalogue, problems = _catalogue(context)
    yield from problems
    yield from check_chain(chain, catalogue, context.deployed, context.today)
    budgets = [field for field in ("usd_per_turn", "usd_per_conversation") if getattr(config.limits, field)]
    models = catalogue.models if catalogue else {}
    free = [name for _, name in chain if name in models and models[name].output_usd_per_million is None]
    window = config.context.window_tokens
    for field in budgets if free else []:
        fix = f"Give its prices in {CATALOGUE}."
        yield warning(f"nothing counts towards it: {free[0]!r} has no price", pointer=f"/limits/{field}", fix=fix)
    for _, name in chain:
        if window is not None and name in models and window > models[name].context_tokens:
            fix = f"At most {models[name].context_tokens}."
            yield invalid(f"the model {name!r} cannot read as much", pointer="/context/window_tokens", fix=fix)


def _catalogue(context: Context) -> tuple[ModelCatalogue | None, tuple[Problem, ...]]:
    content = context.documents(CATALOGUE)
    if content is None:
        return None, ()
    try:
        return parse_catalogue(content), ()
    except InvalidError:
        message = f"{CATALOGUE} is not valid, so no model can be checked"
        return None, (warning(message, pointer="/model", fix=f"Publish a {CATALOGUE} that is."),)


def _parameters(config: AgentConfig, schema: Content | None, context: Context) -> Iterator[Problem]:
    yield from check_references(config.references, schema, context.deployed, above="/parameters")
    for name in config.references:
        message = f"is {NOT_YET}: no tool is handed its secrets by this version"
        yield warning(message, pointer=pointer(("parameters", name)), fix="Do not rely on it.")
    secret = secret_names(schema)
    for name in sorted(secret & config.parameters.keys()):
        fix = '{ "$secret": "NAME" } names one of agents.secrets of the stack. Change the value that stood here.'
        yield invalid("a secret is never written into a document", pointer=pointer(("parameters", name)), fix=fix)
    if schema is None:
        return
    # A reference stands for a text that is not known here, so only what is written is held to the schema.
    written: Content = {name: value for name, value in config.parameters.items() if name not in secret}
    for path, message in _by_schema(schema, {**written, **dict.fromkeys(config.references, "-")}):
        here = pointer(("parameters", *path))
        yield invalid(message, pointer=here, fix="Write it as the agent's plugin says.")


def _by_schema(schema: Content, parameters: Content) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for error in _validator(json.dumps(schema, sort_keys=True)).iter_errors(parameters):
        yield tuple(error.instance_path), error.message


@functools.lru_cache(maxsize=64)
def _validator(schema: str) -> Any:  # noqa: ANN401 - a library's object
    """Of a plugin's schema, which is code that ships: no process of its own, and still no reference is fetched."""
    import jsonschema_rs  # noqa: PLC0415 - only agents with a schema of their own need it

    return jsonschema_rs.validator_for(
        json.loads(schema),
        offline=True,
        validate_formats=False,
        mask="it",
        pattern_options=jsonschema_rs.RegexOptions(),
    )


def _access(name: str, config: AgentConfig, context: Context) -> Iterator[Problem]:
    """Personas that the agent is kept for and the policy gives nothing: the document would promise too much."""
    wanted = config.access.personas
    policy = context.documents(_POLICY)
    if wanted is None or policy is None:
        return
    for number, persona in enumerate(wanted):
        granted = _inside(policy, "personas", persona, "agents")
        if not isinstance(granted, list) or name not in granted:
            fix = f"Have {_POLICY} grant it, which an access-admin does."
            yield warning(f"{_POLICY} does not grant it to {persona}", pointer=f"/access/personas/{number}", fix=fix)
    if not wanted:
        yield warning("nobody may use the agent", pointer="/access/personas", fix="Leave it out to narrow nothing.")


def _intents(config: AgentConfig, context: Context) -> Iterator[Problem]:
    known = _inside(context.documents(ROUTING) or {}, "intents")
    for number, intent in enumerate(config.routing.intents):
        if not isinstance(known, dict) or intent not in known:
            fix = f"Add it to {ROUTING}, or take it away."
            yield invalid(f"{ROUTING} has no intent {intent!r}", pointer=f"/routing/intents/{number}", fix=fix)


def _sense(config: AgentConfig) -> Iterator[Problem]:
    """Fields that contradict each other."""
    limits, seen = config.limits, config.context
    if limits.model_timeout_s is not None and limits.model_timeout_s > limits.timeout_s:
        fix = "At most limits.timeout_s."
        yield invalid("one call may take longer than the turn", pointer="/limits/model_timeout_s", fix=fix)
    for unit, one, whole in (
        ("tokens", limits.tokens_per_turn, limits.tokens_per_conversation),
        ("usd", _number(limits.usd_per_turn), _number(limits.usd_per_conversation)),
    ):
        if one is not None and whole is not None and one > whole:
            fix = f"At most limits.{unit}_per_conversation."
            yield invalid("a turn may use more than the conversation", pointer=f"/limits/{unit}_per_turn", fix=fix)
    if seen.summarise_after is not None and seen.summarise_after < seen.window_messages:
        fix = "At least context.window_messages, which the model still sees as they are."
        yield invalid("messages are summarised that are still seen", pointer="/context/summarise_after", fix=fix)


def _number(money: str | None) -> float | None:
    return None if money is None else float(money)


def _inside(content: Content, *names: str) -> Json:
    value: Json = cast("Json", content)
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
