"""How each function runs, planned before anything exists: its name, time, memory and environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.contract import ALIAS, API, AUTHORISER, FUNCTIONS, GATEWAY, TOOL_FUNCTIONS, WORKER, Env

from .naming import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pulumi

    from agents.contract import Function

    from .naming import Names

MARGIN_S: Final = 3  # what is called ends before its caller, so that the caller can still say so
# Between them every answer: nobody else can take their executions.
RESERVED: Final = (AUTHORISER.name, API.name, GATEWAY.name)
WARM: Final = (AUTHORISER.name, API.name)  # each request waits for both to start
ASYNCHRONOUS: Final = (WORKER.name,)  # invoked as an event: nobody waits for what it returns
# Nobody waits for the worker, so it has seconds and memory of its own; boto3 alone takes about 100 MB. The authoriser
# reads keys, and whoever waits for it has not asked anything yet.
_OWN_TIMEOUTS_S: Final = {WORKER.name: 60, AUTHORISER.name: 10}
_OWN_MEMORY_MB: Final = {WORKER.name: 256}
_CALLED: Final[Mapping[str, Function]] = {Env.GATEWAY_FUNCTION: GATEWAY, **TOOL_FUNCTIONS}


def function_names(names: Names) -> dict[str, str]:
    """Logical -> physical name of every function."""
    return {function.name: names.name(Kind.FUNCTION, function.name) for function in FUNCTIONS}


def timeouts(timeout_s: int, functions: Iterable[Function] = FUNCTIONS) -> dict[str, int]:
    """Seconds that each function may take: each caller outlives whom it calls by a margin.

    Raises ValueError when `timeout_s`, the time for an answer, leaves nothing to the last that is called.
    """
    listed = tuple(functions)
    callers = {one.name: [other for other in listed if one.name in other.calls] for one in listed}

    def depth(name: str) -> int:
        return max((depth(caller.name) + 1 for caller in callers[name]), default=0)

    seconds = {one.name: _OWN_TIMEOUTS_S.get(one.name, timeout_s - MARGIN_S * depth(one.name)) for one in listed}
    if min(seconds.values()) < 1:
        raise ValueError(f"{timeout_s} s for an answer leave no time to {min(seconds, key=seconds.__getitem__)}")
    return seconds


def memory_mb(function: str, answering_mb: int) -> int:
    """Memory of a function: as the settings say where somebody waits for it, little where nobody does."""
    return _OWN_MEMORY_MB.get(function, answering_mb)


def named_functions(function: Function, functions: Mapping[str, str]) -> dict[str, str]:
    """The variables that name functions: those that are called, by the alias that serves, and the function itself."""
    called = {variable: f"{functions[one.name]}:{ALIAS}" for variable, one in _CALLED.items()}
    return {**called, Env.FUNCTION: function.name}


def environment_of(function: Function, values: Mapping[str, pulumi.Input[str]]) -> dict[str, pulumi.Input[str]]:
    """Exactly the variables that the contract says the function reads. Raises KeyError for one without a value."""
    return {name: values[name] for name in function.environment}
