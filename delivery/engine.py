"""Runs the pulumi CLI on a stack."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agents.errors import ForbiddenError, SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

POLICIES: Final = "policies"
_FIX: Final = "Mend it, then run the same command again: it goes on where it ended."
_FIXES: Final = {"preview": "Nothing was changed. Mend it, then look again before you deploy."}
_REFUSED: Final = "[mandatory]"  # how the engine marks a violation that blocks


class EngineError(SetupError):
    """pulumi failed; `output` is what it said."""

    def __init__(self, message: str, *, fix: str, output: str) -> None:
        super().__init__(message, fix=fix)
        self.output = output


def find_pulumi(path: str) -> str:
    """The pulumi on `path`, a list of folders; raises SetupError that says where to get it."""
    found = shutil.which("pulumi", path=path)
    if found is None:
        raise SetupError(
            "the pulumi command is not on PATH",
            fix="Install it (pulumi.com/docs/install), open a new shell, then run again.",
        )
    return found


@dataclass(frozen=True, kw_only=True)
class Engine:
    """The CLI on one stack of the project in `root`.

    `config` is the file with the stack's settings when it is not the project's own, `policy_config` the one with the
    policies' parameters. Unless `interactive`, nothing is asked, and what pulumi says goes to `echo` line by line.
    """

    stack: str
    root: Path
    environment: Mapping[str, str]
    echo: Callable[[str], None]
    interactive: bool
    config: Path | None = None
    policy_config: Path | None = None

    def create(self, folder: Path) -> None:
        """Makes the stack unless it is there. The salt of its secrets is written beside `folder`'s Pulumi.yaml."""
        self._run("stack", "select", "--create", "--stack", self.stack, "--cwd", str(folder), quiet=True)

    def up(self, *, yes: bool) -> None:
        """Deploys, with the policy pack. Raises ForbiddenError for a mandatory violation, EngineError."""
        self._run("up", *self._common, *self._policies, *self._confirmed(yes=yes))

    def preview(self, *, expect_no_changes: bool = False) -> None:
        """Shows what `up` would change. Raises as `up` does, and EngineError for a change when none is expected."""
        expected = ["--expect-no-changes"] if expect_no_changes else []
        self._run("preview", *self._common, *self._policies, *expected)

    def destroy(self, *, yes: bool) -> None:
        """Removes every resource."""
        self._run("destroy", *self._common, *self._confirmed(yes=yes))

    def unlock(self) -> None:
        """Releases the lock of an update that was killed. Only for a stack that nobody else can be updating."""
        self._run("cancel", "--yes", "--stack", self.stack, quiet=True)

    def outputs(self) -> dict[str, str]:
        """The stack's outputs that are text."""
        text = self._run("stack", "output", "--json", "--stack", self.stack, quiet=True)
        found = json.loads(text or "{}")
        return {name: value for name, value in found.items() if isinstance(value, str)}

    @property
    def _common(self) -> tuple[str, ...]:
        config = ["--config-file", str(self.config)] if self.config else []
        return ("--stack", self.stack, "--suppress-progress", *config)

    @property
    def _policies(self) -> tuple[str, ...]:
        config = ["--policy-pack-config", str(self.policy_config)] if self.policy_config else []
        return ("--policy-pack", POLICIES, *config)

    def _confirmed(self, *, yes: bool) -> tuple[str, ...]:
        return ("--yes",) if yes else ()

    def _run(self, *arguments: str, quiet: bool = False) -> str:
        command = [find_pulumi(self.environment.get("PATH", "")), *arguments]
        if self.interactive and not quiet:
            # The terminal is pulumi's: it asks, and shows its own messages.
            code, output = subprocess.call(command, cwd=self.root, env=dict(self.environment)), ""  # noqa: S603 - no shell
        else:
            code, output = self._captured([*command, "--non-interactive", "--color", "never"], quiet=quiet)
        if code:
            self._fail(arguments[0], output, quiet=quiet)
        return output

    def _captured(self, command: list[str], *, quiet: bool) -> tuple[int, str]:
        lines = []
        with subprocess.Popen(  # noqa: S603 - our own arguments, no shell
            command,
            cwd=self.root,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                lines.append(line)
                if not quiet:
                    self.echo(line.rstrip("\n"))
        return process.returncode, "".join(lines)

    def _fail(self, what: str, output: str, *, quiet: bool) -> None:
        if _REFUSED in output:
            raise ForbiddenError(
                f"a mandatory policy refuses the stack {self.stack}",
                fix=f"Mend what is listed above; `qm plan --stack {self.stack}` shows it with its fixes.",
            )
        said = [line for line in output.splitlines() if line.strip().startswith("error:")]
        reason = (said[-1].strip().removeprefix("error:").strip() if said else "") or "see its messages"
        raise EngineError(
            f"pulumi {what} failed: {reason}" if quiet or said else f"pulumi {what} failed; its messages are above",
            fix=_FIXES.get(what, _FIX),
            output=output,
        )
