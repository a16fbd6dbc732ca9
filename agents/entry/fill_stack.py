"""Fills a deployed stack with the sample data and the base documents: `python -m agents.entry.fill_stack`.

Which account, region and endpoint comes from the environment, as for every AWS tool.
"""

from __future__ import annotations

import argparse
import sys

from agents.bootstrap.stack_contents import fill_stack
from agents.errors import QuartermasterError


def main() -> None:
    """Exits with 1 and one line for what is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for name in ("--bucket", "--configuration-table", "--tenant"):
        parser.add_argument(name, required=True)
    asked = parser.parse_args()
    try:
        uploaded = fill_stack(bucket=asked.bucket, configuration_table=asked.configuration_table, tenant=asked.tenant)
    except QuartermasterError as error:
        sys.exit(str(error))
    sys.stdout.write(f"{uploaded}\n")


if __name__ == "__main__":
    main()
