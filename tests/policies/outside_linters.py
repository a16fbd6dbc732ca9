"""Runs in the linters' own environment: reads documents as JSON from standard input, writes what they find.

`identity`: name -> document of a role. `resource`: name -> document of a resource.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings

warnings.simplefilter("ignore")  # parliament asks setuptools for its files in an old way
logging.disable(logging.CRITICAL)

import parliament  # type: ignore[import-not-found]  # noqa: E402 - not ours, nor of our environment
from cloudsplaining.scan.policy_document import PolicyDocument  # type: ignore[import-not-found]  # noqa: E402

HIGH = ("HIGH", "CRITICAL")
CHECKS = (
    "allows_data_exfiltration_actions",
    "allows_privilege_escalation",
    "contains_statement_using_not_action",
    "credentials_exposure",
    "infrastructure_modification",
    "permissions_management_without_constraints",
    "service_wildcard",
)


def main() -> None:
    found: list[str] = []
    for name, text in json.load(sys.stdin).items():
        document = PolicyDocument(json.loads(text))
        found += [
            f"cloudsplaining {check} {name}: {getattr(document, check)}" for check in CHECKS if getattr(document, check)
        ]
        for one in parliament.analyze_policy_string(text).findings:
            severity = parliament.enhance_finding(one).severity
            if severity in HIGH:
                found.append(f"parliament {one.issue} {name}: {one.detail}")
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
