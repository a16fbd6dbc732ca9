"""A deprecated runtime gets no security fixes, and a day comes when no change of its function is accepted."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .._dates import TODAY, today
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

FUNCTION: Final = "aws:lambda/function:Function"
ENDS: Final[dict[str, str]] = json.loads((Path(__file__).parents[2] / "data" / "runtimes.json").read_text())[
    "deprecated"
]
DAY: Final = {"today": "2026-06-30"}


@rule(
    id="lambda-runtime-supported",
    title="Functions run on a runtime that AWS supports",
    applies_to=FUNCTION,
    severity=Severity.HIGH,
    fix="Move to a newer runtime of the same language.",
    sources=(
        "FSBP:Lambda.2",
        "cdk-nag:AwsSolutions-L1",
        "cdk-nag:Serverless-LambdaLatestVersion",
        "checkov:CKV_AWS_363",
        "prowler:awslambda_function_using_supported_runtimes",
        "cfn-lint:E2531",
    ),
    parameters={
        "today": TODAY,
        "notice_days": Parameter(0, "Days before the end of support from which on the runtime is a finding."),
    },
    ok=(
        Of({"runtime": "python3.13"}, config=DAY),
        Of({"runtime": "python3.10"}, config=DAY),
        Of({"packageType": "Image"}, config=DAY),
        Of({"runtime": "made-up"}, config=DAY),  # the provider knows what exists
    ),
    bad=(
        Of({"runtime": "python3.9"}, config=DAY),
        Of({"runtime": "nodejs18.x"}, config=DAY),
        Of({"runtime": "python3.10"}, config=DAY | {"notice_days": 180}),
    ),
)
def runtime_supported(function: Resource) -> Iterator[str]:
    runtime = function.text("runtime")
    if runtime not in ENDS:
        return
    end = date.fromisoformat(ENDS[runtime])
    if today(function.config) + timedelta(days=int(function.config["notice_days"])) >= end:
        yield f"support of {runtime} ends, or ended, on {end}"
