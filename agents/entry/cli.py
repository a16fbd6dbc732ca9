"""The command line's entry point."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from agents.cli.errors import run
from agents.cli.main import build

if TYPE_CHECKING:
    from agents.cli.laptop import Laptop


def main() -> None:
    """Runs `qm` and exits with its code."""
    level = os.environ.get("QM_LOG", "").upper()
    logging.basicConfig(level=level if level in {"DEBUG", "INFO", "WARNING", "ERROR"} else logging.CRITICAL)
    sys.exit(run(lambda: build(_laptop)(prog_name="qm")))


def _laptop(*, environment: str) -> Laptop:
    from agents.bootstrap.laptop import laptop  # noqa: PLC0415 - most commands, and all help, do without

    return laptop(environment=environment)


if __name__ == "__main__":
    main()
