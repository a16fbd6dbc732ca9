"""Puts the API function together from its environment: the same application as on a laptop, other adapters."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES

from agents.access.api_keys import ApiKeys
from agents.access.credentials import ByForm
from agents.access.delegation import Delegator, audience_of, issuer_of
from agents.access.explain import Access
from agents.access.key_service import ApiKeyService
from agents.access.policy_document import KEY as POLICY
from agents.access.request_limits import RequestLimits
from agents.access.sign_in import SignIn
from agents.adapters import aws
from agents.adapters.athena import AthenaEngine
from agents.adapters.aws_lambda.tools import LambdaTools
from agents.adapters.dynamodb.conversations import DynamoDbConversationStore
from agents.adapters.dynamodb.instances import DynamoDbInstanceStore
from agents.adapters.dynamodb.table import Table
from agents.adapters.function_settings import read_settings
from agents.adapters.offline_model.model import OfflineModel
from agents.adapters.s3_anchors import S3AnchorStore
from agents.api.access import access_routes
from agents.api.app import create_app
from agents.api.ask import ask_routes
from agents.api.audit import audit_routes
from agents.api.changes import change_routes
from agents.api.configs import config_routes
from agents.api.instances import instance_routes
from agents.api.keys import key_routes
from agents.api.request_ids import log_request_ids
from agents.bootstrap.common import PLUGINS, new_id, now, today_of
from agents.bootstrap.function_access import FunctionAccess, function_access
from agents.bootstrap.function_invoker import function_invoker
from agents.bootstrap.function_measures import flushed, function_measures
from agents.configuration.api_keys import DocumentKeyStore
from agents.configuration.applied import AppliedStates
from agents.configuration.deployed import deployed_of
from agents.configuration.feed import Feed
from agents.configuration.publish import Publisher
from agents.contract import API, TOOL_FUNCTIONS, Env
from agents.errors import SetupError
from agents.runtime.acks import Acks
from agents.runtime.assistant import Assistant
from agents.runtime.follow import Follower
from agents.runtime.measured import MeasuredModel
from agents.runtime.registry import load_plugins
from agents.supply_chain.policy import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mangum.types import LambdaContext, LambdaEvent

    from agents.runtime.model import Model
    from agents.telemetry.measures import Measures

# Anything else would travel as base64, which a REST API hands on as it is.
TEXT: Final = [*DEFAULT_TEXT_MIME_TYPES, "application/problem+json"]
_OFFLINE: Final = "offline"
_LOCAL: Final = "local"


def api_function(environ: Mapping[str, str]) -> Callable[[LambdaEvent, LambdaContext], dict[str, object]]:
    """What answers API Gateway's events; raises SetupError for an environment that lacks something."""
    log_request_ids()
    settings = read_settings(environ, API)
    environment = settings[Env.ENVIRONMENT]
    measures = function_measures(settings)
    registry = load_plugins(PLUGINS)
    access = function_access(settings, measures, agents=registry.agents, tools=registry.tools)
    tables = aws.client("dynamodb")
    own = Table(tables, settings[Env.CONFIGURATION_TABLE])
    instances = DynamoDbInstanceStore(own, tenant=settings[Env.TENANT], clock=now)
    instance = new_id()
    states = AppliedStates(
        store=access.store, instances=instances, agents=registry.agents, environment=environment, now=now
    )
    follower = Follower(
        access.store,
        agents=sorted(registry.agents),
        environment=environment,
        # A sandbox is an instance: it comes and goes, and between requests it is asleep. So it looks for news, and says
        # what it runs, when a request comes; and what it ran last is in memory, which ends no sooner than its disk.
        instance=instance,
        acks=Acks(states, instance=instance, now=now, clock=time.monotonic),
        measures=measures,
    )
    assistant = Assistant(
        registry=registry,
        follower=follower,
        policy=access.policy,
        decisions=access.audit,
        runner=LambdaTools(
            function_invoker(),
            {tool: settings[name] for name, function in TOOL_FUNCTIONS.items() for tool in function.tools},
        ),
        dialect=AthenaEngine.dialect,  # which the gateway function queries
        conversations=DynamoDbConversationStore(Table(tables, settings[Env.CONVERSATION_TABLE]), clock=now),
        models={"default": MeasuredModel(_model(settings[Env.MODEL], environment), measures)},
        now=now,
        today=today_of(settings[Env.AS_OF]),
        random=os.urandom,
        measures=measures,
    )
    store = DocumentKeyStore(access.store)
    keys = ApiKeys(store, clock=time.time)
    service = ApiKeyService(store, clock=time.time, random=os.urandom, changed=keys.forget)
    app = create_app(
        routers=[
            ask_routes(assistant),
            config_routes(
                Publisher(
                    access.store,
                    agents=registry.agents,
                    tools=registry.tools,
                    environment=environment,
                    checks={POLICY: access.policy.check},
                    deployed=deployed_of(settings | {"AWS_REGION": environ.get("AWS_REGION", "")}),
                    measures=measures,
                ),
                access.audit,
            ),
            change_routes(Feed(access.store), clock=time.time, waits=False),
            instance_routes(states, now=now),
            access_routes(
                Access(
                    access.policy,
                    CATALOGUE,
                    agents=registry.agents,
                    tools={name: tool.personas for name, tool in registry.tools.items()},
                )
            ),
            key_routes(service),
            audit_routes(
                access.log,
                S3AnchorStore(aws.client("s3"), bucket=settings[Env.AUDIT_BUCKET], tenant=settings[Env.TENANT]),
            ),
        ],
        ready=lambda: (assistant.follower.snapshot(), access.policy()),
        sign_in=_sign_in(access, keys, settings, measures),
        audit=access.audit,
        hosts=None,  # API Gateway answers to its own names only
        new_id=new_id,
        origins=settings[Env.ORIGINS].split(),
    )
    return flushed(Mangum(app, lifespan="off", text_mime_types=TEXT), measures)


def _sign_in(access: FunctionAccess, keys: ApiKeys, settings: Mapping[str, str], measures: Measures) -> SignIn:
    """People by their token, machines by their key. A delegation is for the data behind us, and no key to this door."""
    environment = settings[Env.ENVIRONMENT]
    return SignIn(
        ByForm(people=access.verifier, machines=keys),
        settings[Env.TENANT],
        decisions=access.audit,
        measures=measures,
        limits=RequestLimits(clock=time.monotonic),
        delegates=Delegator(
            access.delegation_key,
            issuer=issuer_of(environment),
            audience=audience_of(environment),
            clock=time.time,
            new_id=new_id,
        ),
    )


def _model(name: str, environment: str) -> Model:
    """People expect a language model of a deployed stack; the emulator has none."""
    if name == _OFFLINE and environment == _LOCAL:
        return OfflineModel()
    if name == _OFFLINE:
        raise SetupError("the offline model is for the stack local", fix="Set quartermaster:runtime.model.")
    raise SetupError(
        f"the model {name!r} needs the Bedrock adapter, which is not built yet", fix="Deploy the stack local."
    )
