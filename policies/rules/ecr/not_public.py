"""A repository that everyone may pull from shows the code; one that everyone may push to runs theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._examples import document, lets
from .._registry import REPOSITORY_POLICY
from .._resource_policies import open_to_everyone
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="ecr-not-public",
    title="Policies of repositories allow nobody unknown",
    applies_to=REPOSITORY_POLICY,
    severity=Severity.CRITICAL,
    fix="Name the principals, or add a condition that names the account, organisation or network.",
    sources=(
        "cdk-nag:AwsSolutions-ECR1",
        "checkov:CKV_AWS_32",
        "trivy:AVD-AWS-0032",
        "prowler:ecr_repositories_not_publicly_accessible",
    ),
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:AC-6"),
    ok=(
        {},
        lets({"AWS": "arn:aws:iam::000000000000:role/a"}, "ecr:BatchGetImage"),
        {"policy": document({"Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage", "Resource": "*"})},
        lets("*", "ecr:BatchGetImage", StringEquals={"aws:SourceAccount": "000000000000"}),
    ),
    bad=(
        lets("*", "ecr:BatchGetImage"),
        lets({"AWS": "*"}, "ecr:BatchGetImage", Bool={"aws:SecureTransport": "true"}),
        {"policy": "{not json"},
    ),
)
def not_public(repository: Resource) -> Iterator[str]:
    yield from open_to_everyone(repository, "policy")
