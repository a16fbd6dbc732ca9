"""How a deployed function invokes others."""

from __future__ import annotations

import random

from agents.adapters import aws
from agents.adapters.aws_lambda.invoke import Invoker
from agents.bootstrap.common import new_id


def function_invoker() -> Invoker:
    """One client for all calls. Its own retries keep the deadline, so botocore has none."""
    return Invoker(aws.client("lambda", attempts=1), request_id=new_id, random=random.random)
