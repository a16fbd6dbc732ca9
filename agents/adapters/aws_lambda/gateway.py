"""The SQL gateway as a function of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from agents.access.envelope import read_rows

if TYPE_CHECKING:
    from agents.access.ports import Rows
    from agents.access.principal import Caller
    from agents.adapters.aws_lambda.invoke import Invoker
    from agents.deadline import Deadline


@dataclass(frozen=True)
class LambdaGateway:
    """A `Gateway`: the statement goes out with the caller's token, rows come back."""

    invoker: Invoker
    function: str

    dialect: ClassVar[str] = "athena"

    def query(self, statement: str, caller: Caller, *, deadline: Deadline) -> Rows:
        what = "the gateway"
        arguments = {"statement": statement}
        reply = self.invoker.call(self.function, "query", {**arguments}, caller, deadline=deadline, what=what)
        return read_rows(reply, what=what)
