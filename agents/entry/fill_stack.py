"""Fills a deployed stack with sample data and base documents: `python -m agents.entry.fill_stack`.

Which account, region and endpoint comes from the environment, as for every AWS tool.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from agents.bootstrap.stack_contents import fill_stack
from agents.errors import QuartermasterError


def main() -> None:
    """Exits with 1 and one line for what is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--bucket", help="takes the sample data; none without it")
    parser.add_argument("--configuration-table", required=True)
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--documents", type=Path, help="folder of base documents; those that ship without it")
    asked = parser.parse_args()
    try:
        uploaded = fill_stack(
            bucket=asked.bucket,
            configuration_table=asked.configuration_table,
            tenant=asked.tenant,
            documents=asked.documents,
        )
    except QuartermasterError as error:
        sys.exit(str(error))
    sys.stdout.write(f"{uploaded}\n")


if __name__ == "__main__":
    main()
