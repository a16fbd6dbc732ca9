"""Puts the API function together from its environment: the same application as on a laptop, other adapters."""

from __future__ import annotations

import os
import random
from datetime import date
from typing import TYPE_CHECKING, Final

from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES

from agents.adapters import aws
from agents.adapters.dynamodb.configuration import DynamoDbConfigStore
from agents.adapters.dynamodb.conversations import DynamoDbConversationStore
from agents.adapters.dynamodb.table import Table
from agents.adapters.function_settings import read_settings
from agents.adapters.lambda_gateway import LambdaGateway
from agents.adapters.offline_model.model import OfflineModel
from agents.api.app import create_app
from agents.bootstrap.common import PLUGINS, new_id, now
from agents.bootstrap.function_sign_in import function_sign_in
from agents.configuration.publish import Publisher
from agents.contract import API, Env
from agents.errors import SetupError
from agents.runtime.assistant import Assistant
from agents.runtime.follow import Follower
from agents.runtime.registry import load_plugins
from agents.supply_chain.policy import POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.runtime.model import Model

# Anything else would travel as base64, which a REST API hands on as it is.
TEXT: Final = [*DEFAULT_TEXT_MIME_TYPES, "application/problem+json"]
_OFFLINE: Final = "offline"
_LOCAL: Final = "local"


def api_function(environ: Mapping[str, str]) -> Mangum:
    """What answers API Gateway's events; raises SetupError for an environment that lacks something."""
    settings = read_settings(environ, API)
    environment = settings[Env.ENVIRONMENT]
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
        follower=Follower(store, agents=sorted(registry.agents), environment=environment),
        policy=POLICY,
        # The gateway's own retries keep the deadline, so botocore has none.
        gateway=LambdaGateway(
            aws.client("lambda", attempts=1),
            settings[Env.GATEWAY_FUNCTION],
            request_id=new_id,
            random=random.random,
        ),
        conversations=DynamoDbConversationStore(Table(tables, settings[Env.CONVERSATION_TABLE]), clock=now),
        models={"default": _model(settings[Env.MODEL], environment)},
        now=now,
        today=_today(settings[Env.AS_OF]),
        random=os.urandom,
    )
    app = create_app(
        assistant=assistant,
        publisher=Publisher(store, agents=registry.agents, tools=registry.tools, environment=environment),
        sign_in=function_sign_in(settings),
        hosts=None,  # API Gateway answers to its own names only
        new_id=new_id,
    )
    return Mangum(app, lifespan="off", text_mime_types=TEXT)


def _model(name: str, environment: str) -> Model:
    """People expect a language model of a deployed stack; the emulator has none."""
    if name == _OFFLINE and environment == _LOCAL:
        return OfflineModel()
    if name == _OFFLINE:
        raise SetupError("the offline model is for the stack local", fix="Set quartermaster:runtime.model.")
    raise SetupError(
        f"the model {name!r} needs the Bedrock adapter, which is not built yet", fix="Deploy the stack local."
    )


def _today(as_of: str) -> Callable[[], date]:
    if as_of:
        fixed = date.fromisoformat(as_of)
        return lambda: fixed
    return lambda: now().date()
