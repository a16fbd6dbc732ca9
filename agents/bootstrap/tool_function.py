"""Puts a tool function together from its environment: the tools of its group, over the gateway function."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from agents.adapters.aws_lambda.gateway import LambdaGateway
from agents.adapters.function_settings import read_settings
from agents.bootstrap.common import PLUGINS, today_of
from agents.bootstrap.function_access import data_plane_sign_in, function_access
from agents.bootstrap.function_invoker import function_invoker
from agents.bootstrap.function_measures import flushed, function_measures
from agents.contract import TOOL_FUNCTIONS, Env, Function
from agents.errors import SetupError
from agents.runtime.registry import load_plugins
from agents.runtime.serve_tools import answer_tool
from agents.runtime.tool_runner import LocalTools

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.json_value import Json


def tool_function(environ: Mapping[str, str]) -> Callable[[object], dict[str, Json]]:
    """What answers an envelope; raises SetupError for an environment that lacks something."""
    function = _which(environ)
    settings = read_settings(environ, function)
    registry = load_plugins(PLUGINS)
    if missing := [name for name in function.tools if name not in registry.tools]:
        raise SetupError(f"no plugin brings the tool {missing[0]}", fix="Mend agents/contract.py and deploy again.")
    measures = function_measures(settings)
    access = function_access(settings, measures, agents=registry.agents, tools=registry.tools)
    gateway = LambdaGateway(function_invoker(), settings[Env.GATEWAY_FUNCTION])
    answer = functools.partial(
        answer_tool,
        tools={name: registry.tools[name] for name in function.tools},
        runner=LocalTools(gateway=gateway, today=today_of(settings[Env.AS_OF])),
        policy=access.policy,
        sign_in=data_plane_sign_in(access, settings, measures),
        audit=access.audit,
    )
    return flushed(answer, measures)


def _which(environ: Mapping[str, str]) -> Function:
    """The function that this is: they share their code, and each runs its own tools only."""
    functions = {function.name: function for function in TOOL_FUNCTIONS.values()}
    any_of_them = next(iter(functions.values()))  # they read the same variables
    name = read_settings(environ, any_of_them)[Env.FUNCTION]
    if name not in functions:
        raise SetupError(f"{name!r} is no tool function", fix=f"One of {', '.join(functions)}. Deploy the stack again.")
    return functions[name]
