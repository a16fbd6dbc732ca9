"""Tools as a function: an envelope in, a result or a problem out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.access.personas import need_persona
from agents.access.serve import serve
from agents.errors import ForbiddenError, InvalidError
from agents.runtime.tools import open_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.access.envelope import Envelope
    from agents.access.policy import Policy
    from agents.access.sign_in import SignIn
    from agents.json_value import Json
    from agents.runtime.tool_runner import ToolRunner
    from agents.runtime.tools import Tool


def answer_tool(
    event: object, *, tools: Mapping[str, Tool], runner: ToolRunner, policy: Policy, sign_in: SignIn
) -> dict[str, Json]:
    """The reply to one envelope for one of `tools`. Token and grant are checked here, whoever sent it."""

    def answer(envelope: Envelope) -> dict[str, Json]:
        caller = sign_in.caller(envelope.token, persona=envelope.persona)
        persona = need_persona(caller.principal)
        tool = open_to(persona, tools, policy.grants(persona)).get(envelope.tool)
        if tool is None:
            raise ForbiddenError(f"the tool {envelope.tool[:64]!r} is not granted here")
        arguments = envelope.arguments.get("arguments")
        if not isinstance(arguments, dict):
            raise InvalidError("the envelope of a tool has an object as `arguments`")
        return runner.run(tool, arguments, caller, deadline=envelope.deadline_here(tool.timeout_s)).as_json()

    return serve(event, answer)
