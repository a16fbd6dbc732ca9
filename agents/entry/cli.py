"""The command line's entry point."""

from __future__ import annotations

import functools
import logging
import os
import sys
from typing import TYPE_CHECKING

from agents.cli.errors import run
from agents.cli.main import build

if TYPE_CHECKING:
    from agents.bootstrap.store_files import SqliteStoreFiles
    from agents.cli.laptop import Laptop
    from agents.cli.on_stack import OnStack


def main() -> None:
    """Runs `qm` and exits with its code."""
    level = os.environ.get("QM_LOG", "").upper()
    logging.basicConfig(level=level if level in {"DEBUG", "INFO", "WARNING", "ERROR"} else logging.CRITICAL)
    sys.exit(run(lambda: build(_Laptops())(prog_name="qm")))


class _Laptops:
    """Builds what a command needs of a laptop. Most commands, and all help, do without."""

    def __call__(self, *, environment: str) -> Laptop:
        from agents.bootstrap.laptop import laptop  # noqa: PLC0415 - see above

        return laptop(environment=environment)

    def store_files(self) -> SqliteStoreFiles:
        from agents.bootstrap.laptop_home import STORE, home_folder  # noqa: PLC0415 - see above
        from agents.bootstrap.store_files import SqliteStoreFiles  # noqa: PLC0415 - see above

        return SqliteStoreFiles(home_folder() / STORE)

    def stack(self, name: str) -> OnStack:
        from agents.bootstrap.deployed_stack import DeployedStack, find_stack  # noqa: PLC0415 - see above
        from agents.bootstrap.emulated_account import STACK, use_emulator  # noqa: PLC0415 - see above
        from agents.bootstrap.stack_files import StackStoreFiles  # noqa: PLC0415 - see above
        from agents.cli.on_stack import OnStack  # noqa: PLC0415 - see above

        @functools.cache
        def found() -> DeployedStack:
            if name == STACK:
                use_emulator(os.environ)
            return find_stack(name, os.environ)

        return OnStack(lambda environment: found().configured(environment), lambda: StackStoreFiles(found))


if __name__ == "__main__":
    main()
