"""A password in a connection is read by whoever may read the catalogue; without TLS, by whoever is on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

TLS: Final = {"JDBC_ENFORCE_SSL": "true"}


@rule(
    id="glue-connection-safe",
    title="Connections of Glue take their password from a secret, and use TLS",
    applies_to="aws:glue/connection:Connection",
    severity=Severity.HIGH,
    fix="Name a secret in SECRET_ID instead of PASSWORD, and set JDBC_ENFORCE_SSL to true.",
    sources=("prowler:glue_catalog_connection_no_secrets", "prowler:glue_database_connections_ssl_enabled"),
    frameworks=("NIST 800-53:IA-5", "NIST 800-53:SC-8"),
    ok=(
        {"connectionProperties": TLS | {"SECRET_ID": "qm-db-dev"}},
        {"connectionType": "NETWORK"},
        {"connectionType": "NETWORK", "connectionProperties": {}},
    ),
    bad=(
        {"connectionProperties": TLS | {"PASSWORD": "hunter2"}},  # what the message must not repeat
        {"connectionProperties": {"SECRET_ID": "qm-db-dev", "JDBC_ENFORCE_SSL": "false"}},
        {"connectionType": "JDBC", "connectionProperties": {"SECRET_ID": "qm-db-dev"}},
    ),
)
def connection_safe(connection: Resource) -> Iterator[str]:
    keys = connection.keys("connectionProperties")
    yield from (f"connectionProperties has {key}" for key in keys if key in {"PASSWORD", "ENCRYPTED_PASSWORD"})
    kind = connection.text("connectionType") or "JDBC"  # the default of Glue
    if kind == "JDBC" and connection.known("connectionProperties.JDBC_ENFORCE_SSL") not in {True, "true"}:
        yield "JDBC_ENFORCE_SSL is not on"
