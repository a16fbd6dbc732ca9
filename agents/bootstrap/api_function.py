"""Puts the API function together from its environment: the same application as on a laptop, other adapters."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, Final

from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES

from agents.adapters import aws
from agents.adapters.athena import AthenaEngine
from agents.adapters.aws_lambda.tools import LambdaTools
from agents.adapters.dynamodb.configuration import DynamoDbConfigStore
from agents.adapters.dynamodb.conversations import DynamoDbConversationStore
from agents.adapters.dynamodb.table import Table
from agents.adapters.function_settings import read_settings
from agents.adapters.offline_model.model import OfflineModel
from agents.api.app import create_app
from agents.bootstrap.common import PLUGINS, new_id, now, today_of
from agents.bootstrap.function_invoker import function_invoker
from agents.bootstrap.function_measures import flushed, function_measures
from agents.bootstrap.function_sign_in import function_sign_in
from agents.configuration.publish import Publisher
from agents.contract import API, TOOL_FUNCTIONS, Env
from agents.errors import SetupError
from agents.runtime.assistant import Assistant
from agents.runtime.follow import Follower
from agents.runtime.measured import MeasuredModel
from agents.runtime.registry import load_plugins
from agents.supply_chain.policy import POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mangum.types import LambdaContext, LambdaEvent

    from agents.runtime.model import Model

# Anything else would travel as base64, which a REST API hands on as it is.
TEXT: Final = [*DEFAULT_TEXT_MIME_TYPES, "application/problem+json"]
_OFFLINE: Final = "offline"
_LOCAL: Final = "local"


def api_function(environ: Mapping[str, str]) -> Callable[[LambdaEvent, LambdaContext], dict[str, object]]:
    """What answers API Gateway's events; raises SetupError for an environment that lacks something."""
    settings = read_settings(environ, API)
    environment = settings[Env.ENVIRONMENT]
    measures = function_measures(settings)
    registry = load_plugins(PLUGINS)
    tables = aws.client("dynamodb")
    store = DynamoDbConfigStore(
        Table(tables, settings[Env.CONFIGURATION_TABLE]),
        tenant=settings[Env.TENANT],
        clock=now,
        random=random.random,
    )
    assistant = Assistant(
        registry=registry,
        follower=Follower(store, agents=sorted(registry.agents), environment=environment, measures=measures),
        policy=POLICY,
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
    app = create_app(
        assistant=assistant,
        publisher=Publisher(
            store, agents=registry.agents, tools=registry.tools, environment=environment, measures=measures
        ),
        sign_in=function_sign_in(settings, measures),
        hosts=None,  # API Gateway answers to its own names only
        new_id=new_id,
        origins=settings[Env.ORIGINS].split(),
    )
    return flushed(Mangum(app, lifespan="off", text_mime_types=TEXT), measures)


def _model(name: str, environment: str) -> Model:
    """People expect a language model of a deployed stack; the emulator has none."""
    if name == _OFFLINE and environment == _LOCAL:
        return OfflineModel()
    if name == _OFFLINE:
        raise SetupError("the offline model is for the stack local", fix="Set quartermaster:runtime.model.")
    raise SetupError(
        f"the model {name!r} needs the Bedrock adapter, which is not built yet", fix="Deploy the stack local."
    )
