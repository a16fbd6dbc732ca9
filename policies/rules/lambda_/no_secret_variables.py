"""A variable is no place for a secret: it stands in the console, in the state and in every copy of the function."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, Found, NotEvaluated
from .._rule import Of, Parameter, Severity, rule
from .._secrets import looks_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

NAMES: Final = re.compile(
    r"(?:^|_)(?:SECRET|PASSWORD|PASSWD|PASSPHRASE|TOKEN|CREDENTIALS?|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|AUTH_?KEY)(?:_VALUE)?$",
    re.IGNORECASE,
)
# Where a secret lies is none: an ARN, a path of a parameter, a URL without user, a reference that the code resolves.
REFERENCE: Final = re.compile(r"arn:[\w-]+:\S+|/[\w./-]+|https?://[^@\s]+|\{\{resolve:.+\}\}|\d{1,6}|true|false|")


def _variables(variables: dict[str, str]) -> dict[str, object]:
    return {"environment": {"variables": variables}}


@rule(
    id="lambda-no-secret-variables",
    title="No environment variable of a function holds a secret",
    applies_to="aws:lambda/function:Function",
    severity=Severity.HIGH,
    fix="Keep it in Secrets Manager and give the function the secret's name.",
    sources=("checkov:CKV_AWS_45", "prowler:awslambda_function_no_secrets_in_variables"),
    parameters={"allowed": Parameter((), "Variables that are known to hold no secret.")},
    ok=(
        {},
        _variables(
            {
                "FUNCTION_KEY": "worker",
                "PARTITION_KEY": "pk",
                "KEY": "name",
                "TOKENS": "100",
                "MONKEY": "x",
                "QM_TABLE": "t",
            }
        ),
        _variables({"DB_SECRET": "arn:aws:secretsmanager:us-east-1:000000000000:secret:db"}),
        _variables({"API_TOKEN": "/qm/dev/token", "MAX_TOKEN": "4096", "AUTH_TOKEN": ""}),
        Of(_variables({"PAGE_TOKEN": "next"}), config={"allowed": ["PAGE_TOKEN"]}),
    ),
    bad=(
        _variables({"DB_PASSWORD": "hunter2-hunter2"}),
        _variables({"api_key": "abcdefgh"}),
        _variables({"SECRET": "abc"}),
        _variables({"SIGNING_ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE"}),
        _variables({"DB_CREDENTIALS": "postgres://admin:hunter2@db/qm"}),
        Of(_variables({"PAGE_TOKEN": "next"}), config={"allowed": ["DB_PASSWORD"]}),
    ),
)
def no_secret_variables(function: Resource) -> Iterator[Found | NotEvaluated]:
    for name in function.keys("environment.variables"):
        if name in list(function.config["allowed"]):
            continue
        value = function.peek(f"environment.variables.{name}")
        if value is UNKNOWN and NAMES.search(name):
            yield NotEvaluated(f"environment.variables.{name}")
        elif isinstance(value, str) and looks_secret(value):
            yield Found(name, f"the variable {name} holds what looks like a secret")
        elif isinstance(value, str) and NAMES.search(name) and not REFERENCE.fullmatch(value):
            yield Found(name, f"the variable {name} is named like a secret and holds text")
