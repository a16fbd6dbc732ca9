"""When something is wrong: every alarm of a stack, planned from what there is to watch and from the thresholds.

A rate counts only from a few requests on, and must be bad in two of three periods: one failed request wakes nobody.
What is missing is fine, as nothing happened, except for the worker, whose silence is what the alarm is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.naming import Kind

from .alarm import Urgency
from .aws import aws_alarms
from .ours import our_alarms

if TYPE_CHECKING:
    from components.naming import Names
    from components.sections import Thresholds

    from .alarm import Alarm, Watched


def plan(watched: Watched, thresholds: Thresholds) -> tuple[Alarm, ...]:
    """All alarms of a stack: first what people notice, then what is behind it."""
    return (*our_alarms(watched, thresholds), *aws_alarms(watched, thresholds))


def telling(names: Names) -> dict[Urgency, str]:
    """Names of the alarms that tell people, which are the only ones that publish."""
    return {urgency: names.name(Kind.ALARM, urgency.value) for urgency in Urgency}
