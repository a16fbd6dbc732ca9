"""Deploys: the agents and their configuration service, with everything they need in one account and region.

Keys encrypt; Data keeps state; Lake makes the data queryable; Identity signs people in; AgentRuntime answers; Api
lets them ask. Sizes and switches are in `Pulumi.<stack>.yaml`.
"""

import pulumi

from agents.contract import API, CONFIGURATION, CONVERSATION, DEFAULT_TENANT, GATEWAY, Env
from components.api import Api, ApiArgs
from components.arns import Arns
from components.data import Data, DataArgs
from components.engine import find_packages, package_folder, read_settings
from components.grants import Estate
from components.identity import Identity, IdentityArgs
from components.keys import Keys, KeysArgs
from components.lake import Lake, LakeArgs
from components.naming import Names
from components.provider import account_of, make_provider
from components.runtime import AgentRuntime, AgentRuntimeArgs, function_names, log_group

settings = read_settings()
packages = find_packages(package_folder(settings))
provider = make_provider(settings)
opts = pulumi.ResourceOptions(provider=provider)

region = settings.environment.region
account = account_of(settings, provider)
names = Names(prefix=settings.project.prefix, environment=settings.environment.name, account=account, region=region)
arns = Arns(region=region, account=account)
emulator = settings.runtime.endpoint if settings.local else None
retention_days = settings.resources.logs.retention_days

keys = Keys("keys", KeysArgs(names=names, arns=arns, keep=settings.keep), opts)
data = Data(
    "data",
    DataArgs(names=names, arns=arns, key=keys.data, keep=settings.keep, disposable=settings.disposable),
    opts,
)
lake = Lake(
    "lake",
    LakeArgs(
        names=names,
        database=settings.data.database,
        bucket=data.bucket_name,
        key=keys.data,
        scan_limit_mb=settings.resources.athena.scan_limit_mb,
        disposable=settings.disposable,
    ),
    opts,
)
identity = Identity("identity", IdentityArgs(names=names, keep=settings.keep, emulator=emulator), opts)
functions = function_names(names)
runtime = AgentRuntime(
    "runtime",
    AgentRuntimeArgs(
        names=names,
        estate=Estate(
            arns=arns,
            tables=tuple(data.tables.values()),
            bucket=data.bucket_name,
            database=lake.database,
            workgroup=lake.workgroup,
            key_alias=keys.data_alias,
            model=settings.runtime.model,
            functions=functions,
            log_groups={name: log_group(function) for name, function in functions.items()},
        ),
        packages=packages,
        values={
            Env.ENVIRONMENT: settings.environment.name,
            Env.TENANT: DEFAULT_TENANT,
            Env.MODEL: settings.runtime.model,
            Env.AS_OF: settings.data.as_of,
            Env.CONFIGURATION_TABLE: data.tables[CONFIGURATION.name],
            Env.CONVERSATION_TABLE: data.tables[CONVERSATION.name],
            Env.GATEWAY_FUNCTION: functions[GATEWAY.name],
            Env.ISSUER: identity.issuer,
            Env.AUDIENCE: identity.client,
            Env.JWKS_URL: identity.jwks_url,
            Env.DATABASE: lake.database,
            Env.WORKGROUP: lake.workgroup,
        },
        python=settings.runtime.python,
        size=settings.resources.lambda_,
        retention_days=retention_days,
        data_key=keys.data,
        logs_key=keys.logs,
    ),
    opts,
)
api = Api(
    "api",
    ApiArgs(
        names=names,
        pool_arn=identity.pool_arn,
        function_name=runtime.api_name,
        invoke_arn=runtime.api_invoke_arn,
        throttle=settings.api.throttle,
        burst=settings.api.burst,
        retention_days=retention_days,
        logs_key=keys.logs,
        emulator=emulator,
    ),
    opts,
)

pulumi.export("api_url", api.url)
pulumi.export("user_pool_id", identity.pool)
pulumi.export("user_pool_client_id", identity.client)
pulumi.export("issuer", identity.issuer)
pulumi.export("data_bucket", data.bucket)
pulumi.export("database", lake.database)
pulumi.export("workgroup", lake.workgroup)
pulumi.export("configuration_table", data.tables[CONFIGURATION.name])
pulumi.export("conversation_table", data.tables[CONVERSATION.name])
pulumi.export("api_function", functions[API.name])
pulumi.export("gateway_function", functions[GATEWAY.name])
pulumi.export("as_of", settings.data.as_of)
pulumi.export("region", region)
pulumi.export("environment", settings.environment.name)
