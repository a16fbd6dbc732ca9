"""Deploys: the agents and their configuration service, with everything they need in one account and region.

Security: Keys encrypt and sign, Secrets wait to be filled, Identity signs people in, Guardrail bounds what models say.
Network: functions run in private subnets. Data: tables and buckets keep state, Lake makes the data queryable.
Application: AgentRuntime answers, Api lets people ask, Edge stands before it. Monitoring and Budget tell people,
Trail remembers who did what, Backup brings it back. Sizes and switches: `qm settings --stack <stack>`.
"""

import pulumi

from agents.contract import AUDIT, CONFIGURATION, CONVERSATION, DEFAULT_TENANT, Env
from components.api import Api, ApiArgs
from components.arns import Arns
from components.backup import Backup, BackupArgs
from components.budget import Budget, BudgetArgs
from components.data import Data, DataArgs, audit_bucket_name
from components.edge import Edge, EdgeArgs
from components.engine import find_packages, package_folder, read_settings
from components.grants import Estate, actions_of
from components.guardrail import Guardrail, GuardrailArgs
from components.identity import Identity, IdentityArgs, sign_in_page
from components.key_policies import BACKUP, DATA, LOGS, trail_name
from components.keys import Keys, KeysArgs
from components.lake import Lake, LakeArgs
from components.lake_source import source_of
from components.monitoring import Monitoring, MonitoringArgs
from components.naming import Names
from components.network import Network, NetworkArgs
from components.outputs import Outputs, OutputsArgs
from components.provider import account_of, copy_of, make_provider
from components.runtime import AgentRuntime, AgentRuntimeArgs, FunctionNetwork
from components.secrets import Secrets, SecretsArgs
from components.stack_outputs import StackOutputs
from components.trail import Trail, TrailArgs, trail_writes
from components.watched import metrics_namespace, watched

settings = read_settings()
packages = find_packages(package_folder(settings))
provider = make_provider(settings)
opts = pulumi.ResourceOptions(provider=provider)
for feature, why in settings.left_out.items():
    pulumi.log.warn(f"{feature} is left out: {why}")

region = settings.environment.region
account = account_of(settings, provider)
names = Names(prefix=settings.project.prefix, environment=settings.environment.name, account=account, region=region)
arns = Arns(region=region, account=account)
emulator = settings.runtime.endpoint if settings.local else None
boundary = settings.iam.permissions_boundary
sizes = settings.resources
retention_days = sizes.logs.retention_days
source = source_of(settings.data)
trail = trail_name(names) if settings.has("trail") else ""

keys = Keys(
    "keys",
    KeysArgs(
        names=names,
        arns=arns,
        keep=settings.keep,
        existing=settings.keys.existing,
        backup=settings.has("backup"),
        trail=trail,
    ),
    opts,
)
data = Data(
    "data",
    DataArgs(
        names=names,
        arns=arns,
        key=keys.data,
        logs_key=keys.logs,
        size=sizes.dynamodb,
        logs_days=retention_days,
        keep=settings.keep,
        disposable=settings.disposable,
        audit_writers=trail_writes(arns, audit_bucket_name(names), trail) if trail else (),
    ),
    opts,
)
lake = Lake(
    "lake",
    LakeArgs(
        names=names,
        database=settings.data.database,
        bucket=data.bucket_name,
        results_bucket=data.results_bucket_name,
        key=keys.data,
        scan_limit_mb=sizes.athena.scan_limit_mb,
        disposable=settings.disposable,
        source=source,
    ),
    opts,
)
identity = Identity(
    "identity",
    IdentityArgs(
        names=names,
        keep=settings.keep,
        threat_protection=settings.production,
        emulator=emulator,
        callbacks=settings.api.callbacks,
    ),
    opts,
)
guardrail = (
    Guardrail("guardrail", GuardrailArgs(names=names, key=keys.data), opts) if settings.has("guardrail") else None
)
estate = Estate(
    names=names,
    arns=arns,
    tables=data.tables,
    bucket=data.bucket_name,
    results_bucket=data.results_bucket_name,
    audit_bucket=data.audit_bucket_name,
    database=lake.database,
    workgroup=lake.workgroup,
    keys=keys.named,
    model=settings.runtime.model,
    guarded=guardrail is not None,
    source=source,
)
network = None
if settings.has("vpc"):
    network = Network(
        "network",
        NetworkArgs(
            names=names,
            arns=arns,
            cidr=settings.networking.cidr,
            zones=settings.networking.zones,
            nat_count=settings.networking.nat_count,
            interface_endpoints=settings.networking.endpoints == "all",
            actions=actions_of(estate, traced=settings.has("tracing")),
            outbound_urls=settings.agents.outbound_urls,
            vpc_id=settings.networking.vpc_id,
            subnet_ids=settings.networking.subnet_ids,
            retention_days=retention_days,
            logs_key=keys.logs,
            boundary=boundary,
        ),
        opts,
    )
runtime = AgentRuntime(
    "runtime",
    AgentRuntimeArgs(
        estate=estate,
        packages=packages,
        values={
            Env.ENVIRONMENT: settings.environment.name,
            Env.TENANT: DEFAULT_TENANT,
            Env.MODEL: settings.runtime.model,
            Env.AS_OF: settings.data.as_of,
            Env.CONFIGURATION_TABLE: data.tables[CONFIGURATION.name],
            Env.CONVERSATION_TABLE: data.tables[CONVERSATION.name],
            Env.AUDIT_TABLE: data.tables[AUDIT.name],
            Env.AUDIT_BUCKET: data.audit_bucket_name,
            Env.AUDIT_KEY: keys.audit,
            Env.DELEGATION_KEY: keys.delegation,
            Env.DATA_BUCKET: data.bucket_name,
            Env.ISSUER: identity.issuer,
            Env.AUDIENCE: identity.client,
            Env.JWKS_URL: identity.jwks_url,
            Env.SCOPE_PREFIX: identity.scope_prefix,
            Env.DATABASE: lake.database,
            Env.WORKGROUP: lake.workgroup,
            Env.METRICS: metrics_namespace(settings),
            Env.ORIGINS: " ".join(settings.api.cors_origins),
            Env.MODELS: "",  # none beside the stack's own
            Env.FUNCTION_TIMEOUT_S: str(sizes.lambda_.timeout_s),  # of the API, the only one that reads it
            Env.SECRETS: " ".join(settings.agents.secrets),
            Env.OUTBOUND_URLS: " ".join(settings.agents.outbound_urls),
        },
        python=settings.runtime.python,
        size=sizes.lambda_,
        reserved_concurrency=settings.reserved_concurrency,
        provisioned_concurrency=settings.provisioned_concurrency,
        retention_days=retention_days,
        data_key=keys.data,
        logs_key=keys.logs,
        messages_key=keys.messages,
        tracing=settings.has("tracing"),
        boundary=boundary,
        network=FunctionNetwork(
            subnet_ids=network.subnet_ids,
            security_group_id=network.security_group_id,
            default_group_id=network.default_group_id,
        )
        if network
        else None,
    ),
    opts,
)
Secrets(
    "secrets",
    SecretsArgs(
        names=names,
        arns=arns,
        key=keys.secrets,
        agents=settings.agents.secrets,
        keep=settings.keep,
        disposable=settings.disposable,
    ),
    opts,
)
api = None
if settings.has("api"):
    api = Api(
        "api",
        ApiArgs(
            names=names,
            authoriser_name=runtime.authoriser_name,
            authoriser_invoke_arn=runtime.authoriser_invoke_arn,
            function_name=runtime.api_name,
            alias=runtime.alias,
            invoke_arn=runtime.api_invoke_arn,
            throttle=settings.api.throttle,
            burst=settings.api.burst,
            quota=settings.api.quota,
            tracing=settings.has("tracing"),
            origins=settings.api.cors_origins,
            domain=settings.api.domain,
            certificate=settings.api.certificate,
            retention_days=retention_days,
            logs_key=keys.logs,
            emulator=emulator,
        ),
        opts,
    )
edge = None
if settings.has("waf") and api:
    edge = Edge(
        "edge",
        EdgeArgs(
            names=names,
            stage_arn=api.stage_arn,
            throttle=settings.api.throttle,
            retention_days=retention_days,
            logs_key=keys.logs,
        ),
        opts,
    )
monitoring = Monitoring(
    "monitoring",
    MonitoringArgs(
        names=names,
        arns=arns,
        key=keys.messages,
        emails=settings.monitoring.alarm_emails,
        thresholds=settings.monitoring.thresholds,
        watched=watched(settings, estate, api, edge),
        dashboards=settings.monitoring.dashboards,
        emulator=settings.local,
    ),
    opts,
)
if settings.has("budget"):
    Budget(
        "budget",
        BudgetArgs(
            names=names,
            project=settings.project.name,
            amount_usd=settings.monitoring.budget_usd,
            topic=monitoring.topic,
            emails=settings.monitoring.alarm_emails,
        ),
        opts,
    )
if trail:
    Trail(
        "trail",
        TrailArgs(
            names=names,
            arns=arns,
            audit_bucket=data.audit_bucket,
            audit_bucket_name=data.audit_bucket_name,
            key=keys.logs,
            tables=tuple(data.tables.values()),
            bucket=data.bucket_name,
            keep=settings.keep,
        ),
        opts,
    )
if keys.backup:
    Backup(
        "backup",
        BackupArgs(
            names=names,
            arns=arns,
            key=keys.backup,
            keys=(keys.named[BACKUP], keys.named[DATA], keys.named[LOGS]),
            tables=tuple(data.tables.values()),
            buckets=(data.bucket_name, data.audit_bucket_name),
            retention_days=sizes.backup.retention_days,
            boundary=boundary,
            keep=settings.keep,
            disposable=settings.disposable,
            copy=copy_of(settings),
        ),
        opts,
    )
Outputs(
    "outputs",
    OutputsArgs(
        names=names,
        values=StackOutputs(
            environment=settings.environment.name,
            region=region,
            as_of=settings.data.as_of or None,
            api_url=api.url if api else None,
            user_pool_id=identity.pool,
            user_pool_client_id=identity.client,
            issuer=identity.issuer,
            jwks_url=identity.jwks_url,
            sign_in_url=sign_in_page(region, identity.domain) if settings.api.callbacks else None,
            data_bucket=data.bucket,
            database=lake.database,
            workgroup=lake.workgroup,
            configuration_table=data.tables[CONFIGURATION.name],
            conversation_table=data.tables[CONVERSATION.name],
            audit_table=data.tables[AUDIT.name],
            audit_bucket=data.audit_bucket,
            audit_key=keys.audit,
            delegation_key=keys.delegation,
            guardrail_id=guardrail.id if guardrail else None,
            guardrail_version=guardrail.version if guardrail else None,
            alarm_topic=monitoring.topic,
            dashboards=",".join(monitoring.dashboards.values()) or None,
            **{f"{name}_function": physical for name, physical in runtime.functions.items()},
        ),
    ),
    opts,
)
