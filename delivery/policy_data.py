"""Writes what the policy pack must know of the SDK: `python -m delivery.policy_data [--check]`.

The pack is a folder of its own and starts within a second, so it reads a small file instead of the SDK's source.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).parents[1] / "policies" / "data" / "taggable.json"
# How the generated SDK says that a provider computes a resource's tags, own and default ones together.
_TAGGED: Final = '__props__.__dict__["tags_all"] = None'
_TOKEN: Final = re.compile(r"__init__\(\s*'(aws:[\w/]+:\w+)',\s*resource_name")


def taggable() -> tuple[str, ...]:
    """The type of every resource that takes default tags, read from the SDK's source without importing it."""
    spec = importlib.util.find_spec("pulumi_aws")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pulumi_aws is not installed: run `make setup`")
    found: set[str] = set()
    for path in Path(spec.origin).parent.glob("*/*.py"):
        text = path.read_text()
        if _TAGGED in text:
            found.update(_TOKEN.findall(text))
    return tuple(sorted(found))


def content() -> str:
    """The file as it should be."""
    return json.dumps({"sdk": version("pulumi_aws"), "types": taggable()}, indent=1) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--check", action="store_true", help="only say whether the file is stale")
    wanted = content()
    if parser.parse_args().check:
        if FILE.read_text() != wanted:
            sys.exit(f"{FILE.name} is stale: run `python -m delivery.policy_data`")
        return
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(wanted)


if __name__ == "__main__":
    main()
