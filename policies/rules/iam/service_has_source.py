"""A service that is let in by its name alone acts for whoever asks it, other customers included."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from .._examples import ACCOUNT, ROOT, lets
from .._identity import documents
from .._owners import KEYS, OWNED
from .._resource import Found
from .._rule import Of, Severity, rule
from .._sources import OF_KEYS, names_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


# Buckets, topics and queues have a rule of their own, `...-services-bound`.
TYPES: Final = tuple(one for one in OWNED if not one.startswith(("aws:s3/", "aws:sns/", "aws:sqs/")))
VAULT: Final = "aws:backup/vaultPolicy:VaultPolicy"
KEY: Final = "aws:kms/key:Key"
LOGS: Final = {"Service": "logs.us-east-1.amazonaws.com"}


@rule(
    id="iam-service-has-source",
    title="Policies that let a service in say for which account or resource",
    applies_to=TYPES,
    severity=Severity.HIGH,
    fix="Add the condition aws:SourceAccount or aws:SourceArn.",
    frameworks=("NIST 800-53:AC-3",),
    unique=True,
    ok=(
        Of(lets({"Service": "budgets.amazonaws.com"}, StringEquals={"aws:SourceAccount": ACCOUNT}), VAULT),
        Of(lets(LOGS, ArnLike={"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:*:{ACCOUNT}:log-group:a"}), KEY),
        Of(lets({"AWS": ROOT}), KEY),
    ),
    bad=(
        Of(lets({"Service": "budgets.amazonaws.com"}), VAULT),
        Of(lets(LOGS), KEY),
        Of(lets(LOGS, ArnLike={"kms:EncryptionContext:aws:logs:arn": "*"}), KEY),
        Of(lets({"Service": "lambda.amazonaws.com"}), "aws:secretsmanager/secretPolicy:SecretPolicy"),
    ),
)
def service_has_source(resource: Resource) -> Iterator[Result]:
    also = OF_KEYS if resource.type in KEYS else ()
    yield from documents(resource, partial(_judge, also=also), (OWNED[resource.type],))


def _judge(statements: tuple[Statement, ...], also: tuple[str, ...]) -> Iterator[Found]:
    for statement in statements:
        if statement.allows and not names_source(statement, *also):
            for service in statement.principals.get("Service", ()):
                yield Found(service, f"{statement.name} allows {statement.granted} to {service} for any account")
