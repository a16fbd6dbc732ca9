"""Puts the authoriser function together from its environment: people and machines, as the API proves them."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Final

from agents.access.api_keys import ApiKeys
from agents.access.audit import Audit
from agents.access.authorise import answer_request
from agents.access.credentials import ByForm
from agents.access.measured import MeasuredLog
from agents.access.request_limits import Rates, RequestLimits
from agents.access.sign_in import SignIn
from agents.adapters import aws
from agents.adapters.function_settings import read_settings
from agents.bootstrap.common import new_id, now
from agents.bootstrap.function_measures import flushed, function_measures
from agents.bootstrap.function_parts import audit_log, config_store, people
from agents.configuration.api_keys import DocumentKeyStore
from agents.contract import AUTHORISER, Env

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.access.authorise import Request
    from agents.json_value import Json

# What somebody proven asks is the API's to limit, which can say how long to wait: more than a sandbox can answer.
RATES: Final = Rates(per_second=1_000, burst=1_000)


def authoriser_function(environ: Mapping[str, str]) -> Callable[[Request], dict[str, Json]]:
    """What answers API Gateway's question for a request; raises SetupError for an environment that lacks something.

    It takes nothing from `function_access`: a policy and a key pair are not its, and take long to import.
    """
    settings = read_settings(environ, AUTHORISER)
    tenant = settings[Env.TENANT]
    measures = function_measures(settings)
    tables = aws.client("dynamodb")
    keys = DocumentKeyStore(config_store(settings, tables))
    audit = Audit(MeasuredLog(audit_log(settings, tables), measures), tenant=tenant, now=now, new_id=new_id)
    answer = functools.partial(
        answer_request,
        sign_in=SignIn(
            ByForm(people=people(settings), machines=ApiKeys(keys, clock=time.time)),
            tenant,
            decisions=audit,
            measures=measures,
            limits=RequestLimits(clock=time.monotonic, rates=RATES),
        ),
        audit=audit,
        scope_prefix=settings[Env.SCOPE_PREFIX],
    )
    return flushed(answer, measures)
