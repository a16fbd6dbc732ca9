"""Writes what the policy pack must know of the SDK and of the agents: `python -m delivery.policy_data [--check]`.

The pack is a folder of its own and starts within a second, so it reads small files instead of their source.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.contract import Env
from agents.telemetry.aws_metrics import AWS_METRICS
from agents.telemetry.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FOLDER: Final = Path(__file__).parents[1] / "policies" / "data"
FILE: Final = FOLDER / "taggable.json"
METRICS_FILE: Final = FOLDER / "metrics.json"
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
    """The list of taggable types as it should be."""
    return json.dumps({"sdk": version("pulumi_aws"), "types": taggable()}, indent=1) + "\n"


def metrics() -> str:
    """Every series that is emitted, as it should be: by us, and by AWS as far as the catalogue names it.

    `variable` is the one that tells a function the namespace of ours.
    """
    ours = {one.name: [sorted(names) for names in one.dimension_sets] for one in METRICS}
    aws: dict[str, dict[str, list[list[str]]]] = {}
    for one in AWS_METRICS:
        sets = aws.setdefault(one.namespace, {}).setdefault(one.name, [])
        sets.append(sorted({*one.dimensions, *one.fixed}))
    return json.dumps({"variable": Env.METRICS, "ours": ours, "aws": aws}, indent=1) + "\n"


FILES: Final[Mapping[Path, Callable[[], str]]] = {FILE: content, METRICS_FILE: metrics}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--check", action="store_true", help="only say whether a file is stale")
    check = parser.parse_args().check
    stale = [path for path, wanted in FILES.items() if not path.exists() or path.read_text() != wanted()]
    if check and stale:
        names = ", ".join(path.name for path in stale)
        sys.exit(f"{names} {'is' if len(stale) == 1 else 'are'} stale: run `python -m delivery.policy_data`")
    for path in [] if check else stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(FILES[path]())


if __name__ == "__main__":
    main()
