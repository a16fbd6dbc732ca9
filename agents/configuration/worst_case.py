"""How long a turn can take at worst, from its configuration alone.

    chain  = 1 + fallbacks
    model  = chain x ((1 + retries) x model timeout + waits)      one answer of a model: every attempt of each is late
    tools  = ceil(tools / parallel) x slowest tool                one round of tools: each is called, and is late
    turn   = turns x (model + tools)
    answer = min(turn, timeout) + OVERHEAD                        one deadline ends whatever still runs

The source of `tools` is list scheduling: when each of n jobs takes at most t and a free worker takes the next, the
first m are done by t, the next m by 2t, and so on (Graham 1966, for unequal machines of equal speed). `waits` is the
sum of WAIT_S doubled each time, no more than WAIT_AT_MOST_S. `turn` is what the parts ask for, and tells whether the
last of them ever get their time; `answer` is what a caller waits.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from agents.configuration.problems import invalid, warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agents.configuration.agent_config import AgentConfig, Limits
    from agents.configuration.deployed import Deployed
    from agents.errors import Problem

OVERHEAD_S: Final = 1.0  # signing in, routing, reading and storing the conversation, around the turn
WAIT_S: Final = 0.5  # before the first retry; each further one waits twice as long
WAIT_AT_MOST_S: Final = 8.0


def waits_s(retries: int) -> float:
    """Seconds between the attempts of one model."""
    return sum(min(WAIT_AT_MOST_S, WAIT_S * 2.0**number) for number in range(retries))


def model_s(limits: Limits, fallbacks: int) -> float:
    """Seconds of one answer of a model, with all its fallbacks."""
    timeout = limits.timeout_s if limits.model_timeout_s is None else limits.model_timeout_s
    return (1 + fallbacks) * ((1 + limits.retries) * timeout + waits_s(limits.retries))


def tools_s(timeouts: tuple[float, ...], parallel: int) -> float:
    """Seconds of one round, in which each tool is called once."""
    return math.ceil(len(timeouts) / parallel) * max(timeouts, default=0.0)


def turn_s(limits: Limits, *, fallbacks: int, tools: tuple[float, ...]) -> float:
    """Seconds that all parts of a turn ask for, were there no deadline."""
    return limits.turns * (model_s(limits, fallbacks) + tools_s(tools, limits.parallel_tools))


def answer_s(limits: Limits, *, fallbacks: int, tools: tuple[float, ...]) -> float:
    """Seconds that a caller waits at worst."""
    return min(turn_s(limits, fallbacks=fallbacks, tools=tools), limits.timeout_s) + OVERHEAD_S


def check_time(config: AgentConfig, tool_timeouts: Mapping[str, float], deployed: Deployed) -> Iterator[Problem]:
    """What is cut off: the answer by the function or the gateway, or parts of the turn by its own deadline."""
    limits, fallbacks = config.limits, len(config.fallbacks)
    tools = tuple(tool_timeouts[name] for name in config.tools if name in tool_timeouts)
    worst = answer_s(limits, fallbacks=fallbacks, tools=tools)
    if deployed.limit_s is not None and worst > deployed.limit_s:
        by = "the gateway" if deployed.limit_s == deployed.gateway_timeout_s else "the function's time-out"
        fix = f"At most {deployed.limit_s - OVERHEAD_S:g}."
        message = f"an answer may take {worst:g} s, and {by} ends it after {deployed.limit_s:g} s"
        yield invalid(message, pointer="/limits/timeout_s", fix=fix)
    for number, name in enumerate(config.tools):
        if tool_timeouts.get(name, 0) > limits.timeout_s:
            message = f"the tool {name!r} may take {tool_timeouts[name]:g} s, and the whole turn {limits.timeout_s:g} s"
            yield warning(message, pointer=f"/tools/{number}", fix="Raise limits.timeout_s, if it is to have its time.")
    if config.fallbacks and model_s(limits, 0) >= limits.timeout_s:
        first = "its attempts take" if limits.model_timeout_s else "without limits.model_timeout_s it takes"
        message = f"the first model may use up the turn ({first} {model_s(limits, 0):g} s), so no fallback is tried"
        yield warning(message, pointer="/fallbacks", fix="Give a limits.model_timeout_s that leaves time for them.")
    elif limits.model_timeout_s is not None:
        asked = turn_s(limits, fallbacks=fallbacks, tools=tools)
        if asked > limits.timeout_s:
            message = f"{limits.turns} turns may ask for {asked:g} s; what comes after timeout_s is cut off"
            yield warning(message, pointer="/limits/timeout_s", fix="Allow fewer turns, retries or fallbacks.")
