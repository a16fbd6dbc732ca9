"""Tools as a function: an envelope in, a result or a problem out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.access.personas import need_persona
from agents.access.roles import Action, allowing
from agents.access.serve import serve
from agents.errors import InvalidError
from agents.runtime.execute import decision_on_tool, not_granted
from agents.runtime.tools import open_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.access.audit import Audit
    from agents.access.envelope import Envelope
    from agents.access.policy import PolicySource
    from agents.access.sign_in import SignIn
    from agents.json_value import Json
    from agents.runtime.tool_runner import ToolRunner
    from agents.runtime.tools import Tool


def answer_tool(  # noqa: PLR0913 - what it is made of
    event: object,
    *,
    tools: Mapping[str, Tool],
    runner: ToolRunner,
    policy: PolicySource,
    sign_in: SignIn,
    audit: Audit,
) -> dict[str, Json]:
    """The reply to one envelope for one of `tools`. Token and grant are checked here, whoever sent it."""

    def answer(envelope: Envelope) -> dict[str, Json]:
        caller = sign_in.caller(envelope.token, persona=envelope.persona)
        who = caller.principal
        in_force = policy()
        may_run = who.persona is not None and allowing(who, Action.RUN_TOOL) is not None
        granted = open_to(who.persona or "", tools, in_force.grants(who.persona)) if may_run else {}
        tool = granted.get(envelope.tool)
        audit.record(decision_on_tool(who, envelope.tool, allowed=tool is not None, policy=in_force.digest))
        need_persona(who)
        if tool is None:
            raise not_granted(envelope.tool)
        arguments = envelope.arguments.get("arguments")
        if not isinstance(arguments, dict):
            raise InvalidError("the envelope of a tool has an object as `arguments`")
        return runner.run(tool, arguments, caller, deadline=envelope.deadline_here(tool.timeout_s)).as_json()

    def check(envelope: Envelope) -> None:
        _ = envelope.persona

    return serve(event, answer, check=check, action=Action.RUN_TOOL, sign_in=sign_in, audit=audit)
