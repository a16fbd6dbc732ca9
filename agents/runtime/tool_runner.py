"""How a tool is run for a person: the port, and the runner that does it in this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from agents.errors import ForbiddenError
from agents.runtime.tools import UserData

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from agents.access.ports import Gateway
    from agents.access.principal import Caller
    from agents.deadline import Deadline
    from agents.json_value import Json
    from agents.runtime.results import ToolResult
    from agents.runtime.tools import Tool


class ToolRunner(Protocol):
    """Runs one tool for one caller, who was granted it.

    Raises InvalidError for arguments that the tool cannot take, and whatever error of ours the tool raises.
    """

    def run(self, tool: Tool, arguments: Mapping[str, Json], caller: Caller, *, deadline: Deadline) -> ToolResult: ...


@dataclass(frozen=True, kw_only=True)
class LocalTools:
    """A `ToolRunner` over a gateway. `today` is the date of the data."""

    gateway: Gateway
    today: Callable[[], date]

    def run(self, tool: Tool, arguments: Mapping[str, Json], caller: Caller, *, deadline: Deadline) -> ToolResult:
        if tool.effect != "read":
            raise ForbiddenError(f"{tool.name} writes, which needs an approval that is not built yet")
        return tool.run(tool.parse(arguments), data=UserData(self.gateway, caller, deadline), today=self.today())
