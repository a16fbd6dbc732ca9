"""The one seam between what is deployed and what runs: names of variables, tables, keys and functions.

`components/` sets exactly these variables and builds exactly these tables; `agents/` reads no others.
Standard library only, so that both sides can import it for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

DEFAULT_TENANT: Final = "default"
# Where Parameter Store has each output of a stack, for who has no state of Pulumi.
PARAMETER: Final = "/{prefix}/{environment}/{output}"
Route: TypeAlias = tuple[str, str]  # verb and path


class Env:
    """Names of the environment variables that a deployed function reads."""

    ENVIRONMENT: Final = "QM_ENVIRONMENT"  # dev, staging, prod, local, pr-123
    TENANT: Final = "QM_TENANT"
    MODEL: Final = "QM_MODEL"  # "offline", or a Bedrock model id
    AS_OF: Final = "QM_AS_OF"  # "2026-06-30": "today" for the data; empty means the calendar's
    CONFIGURATION_TABLE: Final = "QM_CONFIGURATION_TABLE"
    CONVERSATION_TABLE: Final = "QM_CONVERSATION_TABLE"
    GATEWAY_FUNCTION: Final = "QM_GATEWAY_FUNCTION"
    ISSUER: Final = "QM_ISSUER"  # what `iss` must be
    AUDIENCE: Final = "QM_AUDIENCE"  # the client id that tokens must be made for
    JWKS_URL: Final = "QM_JWKS_URL"
    DATABASE: Final = "QM_DATABASE"  # Glue database of the lake
    WORKGROUP: Final = "QM_WORKGROUP"  # Athena workgroup, which owns the result location
    METRICS: Final = "QM_METRICS"  # namespace of the metrics: {prefix}/{environment}
    INVENTORY_FUNCTION: Final = "QM_INVENTORY_FUNCTION"
    PURCHASING_FUNCTION: Final = "QM_PURCHASING_FUNCTION"
    QUERY_FUNCTION: Final = "QM_QUERY_FUNCTION"
    ORIGINS: Final = "QM_ORIGINS"  # web pages that may call the API, with spaces between; empty: none
    FUNCTION: Final = "QM_FUNCTION"  # logical name of the function itself, where several share their code
    DATA_BUCKET: Final = "QM_DATA_BUCKET"  # of the lake, whose mark says which version of the data lies there
    AUDIT_TABLE: Final = "QM_AUDIT_TABLE"
    AUDIT_BUCKET: Final = "QM_AUDIT_BUCKET"  # object-locked; takes the signed heads of the audit's chains
    AUDIT_KEY: Final = "QM_AUDIT_KEY"  # KMS key that signs them
    SCOPE_PREFIX: Final = "QM_SCOPE_PREFIX"  # of our scopes in people's tokens: qm for qm/ask
    MODELS: Final = "QM_MODELS"  # ids of models that the stack grants beside its own, with spaces between
    FUNCTION_TIMEOUT_S: Final = "QM_FUNCTION_TIMEOUT_S"  # seconds after which the API, in which agents run, is ended
    SECRETS: Final = "QM_SECRETS"  # names that documents may refer to, with spaces between
    OUTBOUND_URLS: Final = "QM_OUTBOUND_URLS"  # the only ones that documents may hold, with spaces between
    DELEGATION_KEY: Final = "QM_DELEGATION_KEY"  # KMS key that signs for callers who have no token of the user pool


@dataclass(frozen=True, kw_only=True)
class Table:
    """A DynamoDB table. Every partition key begins with the tenant."""

    name: str  # logical; the physical name comes from components/naming.py
    partition_key: str = "pk"
    sort_key: str = "sk"
    expires: str | None = None  # attribute with the expiry in epoch seconds


@dataclass(frozen=True, kw_only=True)
class Function:
    """A Lambda function: its handler and every variable it reads."""

    name: str  # logical, also the name of its package
    handler: str
    environment: tuple[str, ...]
    calls: tuple[str, ...] = ()  # logical names of the functions it invokes; it outlives them
    tools: tuple[str, ...] = ()  # that it runs; a tool runs in one function only


CONFIGURATION = Table(name="configuration", expires="expires_at")
CONVERSATION = Table(name="conversation", expires="expires_at")
AUDIT = Table(name="audit", expires="expires_at")
TABLES: Final = (CONFIGURATION, CONVERSATION, AUDIT)

_COMMON: Final = (Env.ENVIRONMENT, Env.TENANT, Env.METRICS)
# What decides on access anywhere: who is asking, by which policy, and where the decision is written down.
_ACCESS: Final = (
    Env.ISSUER,
    Env.AUDIENCE,
    Env.JWKS_URL,
    Env.DELEGATION_KEY,
    Env.CONFIGURATION_TABLE,
    Env.AUDIT_TABLE,
)
# What a document is checked against, beside what is installed.
_DEPLOYED: Final = (Env.MODEL, Env.MODELS, Env.FUNCTION_TIMEOUT_S, Env.SECRETS, Env.OUTBOUND_URLS)
GATEWAY = Function(
    name="gateway",
    handler="agents.entry.gateway_lambda.handler",
    environment=(*_COMMON, Env.DATABASE, Env.WORKGROUP, Env.DATA_BUCKET, *_ACCESS),
)


def _tools(name: str, *tools: str) -> Function:
    return Function(
        name=name,
        handler="agents.entry.tool_lambda.handler",
        environment=(*_COMMON, Env.FUNCTION, Env.AS_OF, Env.GATEWAY_FUNCTION, *_ACCESS),
        calls=(GATEWAY.name,),
        tools=tools,
    )


INVENTORY = _tools("inventory", "stockout_risk", "reorder_candidates")
PURCHASING = _tools("purchasing", "late_purchase_orders")
QUERY = _tools("query", "query_data")
TOOL_FUNCTIONS: Final = {
    Env.INVENTORY_FUNCTION: INVENTORY,
    Env.PURCHASING_FUNCTION: PURCHASING,
    Env.QUERY_FUNCTION: QUERY,
}
API = Function(
    name="api",
    handler="agents.entry.api_lambda.handler",
    environment=(
        *_COMMON,
        Env.AS_OF,
        Env.CONVERSATION_TABLE,
        Env.AUDIT_BUCKET,
        Env.ORIGINS,
        *_DEPLOYED,
        *TOOL_FUNCTIONS,
        *_ACCESS,
    ),
    calls=tuple(function.name for function in TOOL_FUNCTIONS.values()),
)
AUTHORISER = Function(  # asked by API Gateway before each request reaches the API
    name="authoriser",
    handler="agents.entry.authoriser_lambda.handler",
    environment=(
        Env.TENANT,
        Env.METRICS,
        Env.ISSUER,
        Env.AUDIENCE,
        Env.JWKS_URL,
        Env.SCOPE_PREFIX,
        Env.CONFIGURATION_TABLE,
        Env.AUDIT_TABLE,
    ),
)
WORKER = Function(
    name="worker",
    handler="agents.entry.worker.handler",
    environment=(
        *_COMMON,
        Env.CONFIGURATION_TABLE,
        Env.AUDIT_TABLE,
        Env.AUDIT_BUCKET,
        Env.AUDIT_KEY,
        *_DEPLOYED,
    ),
)
FUNCTIONS: Final = (AUTHORISER, API, GATEWAY, *TOOL_FUNCTIONS.values(), WORKER)
ALIAS: Final = "live"  # what callers name: the version of a function that serves

PERSONAS: Final = ("warehouse_manager", "field_engineer", "procurement_specialist")
ROLES: Final = ("viewer", "operator", "operator-lead", "access-admin", "auditor")  # of people who run the agents
GROUPS: Final = (*PERSONAS, *ROLES)

# What a token of a sign-in by browser may be for: name of the scope -> what people read when they sign in.
SCOPES: Final = {
    "ask": "Ask the agents",
    "config": "Read and change their configuration",
    "access": "See and change who may do what",
    "audit": "Read what was decided",
}
# The routes that the API function serves, each with its scope; the REST API declares them one by one, so that each
# has an authoriser.
ROUTE_SCOPES: Final[dict[Route, str]] = {
    ("POST", "/v1/ask"): "ask",
    ("GET", "/v1/configs"): "config",
    ("POST", "/v1/configs"): "config",
    ("GET", "/v1/configs/{kind}/{name}"): "config",
    ("PUT", "/v1/configs/{kind}/{name}"): "config",
    ("PATCH", "/v1/configs/{kind}/{name}"): "config",
    ("GET", "/v1/configs/{kind}/{name}/effective"): "config",
    ("GET", "/v1/configs/{kind}/{name}/explain"): "config",
    ("GET", "/v1/configs/{kind}/{name}/history"): "config",
    ("GET", "/v1/configs/{kind}/{name}/versions/{number}"): "config",
    ("POST", "/v1/configs/{kind}/{name}/validate"): "config",
    ("POST", "/v1/configs/{kind}/{name}/rollback"): "config",
    ("GET", "/v1/labels/{kind}/{name}"): "config",
    ("PUT", "/v1/labels/{kind}/{name}/{label}"): "config",
    ("GET", "/v1/diff/{kind}/{name}"): "config",
    ("GET", "/v1/changes"): "config",
    ("GET", "/v1/instances"): "config",
    ("POST", "/v1/instances"): "config",
    ("GET", "/v1/access/me"): "access",
    ("GET", "/v1/access/explain"): "access",
    ("GET", "/v1/access/matrix"): "access",
    ("GET", "/v1/access/keys"): "access",
    ("POST", "/v1/access/keys"): "access",
    ("POST", "/v1/access/keys/{name}/rotate"): "access",
    ("DELETE", "/v1/access/keys/{name}"): "access",
    ("GET", "/v1/audit"): "audit",
    ("GET", "/v1/audit/anchors"): "audit",
}
ROUTES: Final = tuple(ROUTE_SCOPES)


class Keys:
    """DynamoDB keys. `#` separates; it is legal in none of the parts."""

    @staticmethod
    def versions(tenant: str, key: str, layer: str) -> str:
        return f"{tenant}#version#{key}#{layer}"

    @staticmethod
    def heads(tenant: str) -> str:
        return f"{tenant}#head"

    @staticmethod
    def changes(tenant: str) -> str:
        return f"{tenant}#change"

    @staticmethod
    def sequence(tenant: str) -> str:
        return f"{tenant}#sequence"

    @staticmethod
    def conversation(tenant: str, subject: str, conversation_id: str) -> str:
        return f"{tenant}#{subject}#{conversation_id}"

    @staticmethod
    def labels(tenant: str) -> str:
        """The labels, a layer of a document an item."""
        return f"{tenant}#label"

    @staticmethod
    def requests(tenant: str) -> str:
        """What idempotency keys stored."""
        return f"{tenant}#request"

    @staticmethod
    def instances(tenant: str) -> str:
        """What each instance said last."""
        return f"{tenant}#instance"

    @staticmethod
    def audit(tenant: str, day: str) -> str:
        """Partition of the decisions of one day, such as 2026-06-30."""
        return f"{tenant}#audit#{day}"

    @staticmethod
    def number(value: int) -> str:
        """A sort key that sorts as the number does."""
        return f"{value:012d}"
