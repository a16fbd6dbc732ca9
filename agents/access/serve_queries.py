"""The gateway as a function: a statement in, the rows that its sender may see out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.access.envelope import reply
from agents.access.roles import Action
from agents.access.serve import serve
from agents.errors import InvalidError

if TYPE_CHECKING:
    from agents.access.audit import Audit
    from agents.access.envelope import Envelope
    from agents.access.ports import Gateway
    from agents.access.sign_in import SignIn
    from agents.json_value import Json


def answer_query(event: object, *, gateway: Gateway, sign_in: SignIn, audit: Audit) -> dict[str, Json]:
    """The reply to one envelope. The token in it is verified here, whoever sent it: who may invoke is not who asks."""

    def answer(envelope: Envelope) -> dict[str, Json]:
        deadline = envelope.deadline_here()
        caller = sign_in.caller(envelope.token, persona=envelope.persona)
        return reply(gateway.query(_statement(envelope), caller, deadline=deadline))

    def check(envelope: Envelope) -> None:
        _ = _statement(envelope), envelope.persona

    return serve(event, answer, check=check, action=Action.QUERY, sign_in=sign_in, audit=audit)


def _statement(envelope: Envelope) -> str:
    statement = envelope.arguments.get("statement")
    if envelope.tool != "query" or not isinstance(statement, str):
        raise InvalidError("the gateway takes the tool `query` with a `statement`")
    return statement
