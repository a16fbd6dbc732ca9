"""What `/openapi.json` promises holds: requests made from it, right ones and wrong ones, get the answers it describes.

`QM_SOAK=full` sends 20,000 of them.
"""

from __future__ import annotations

import os
import warnings
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its imports warn of each other
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.checks import CHECKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

REQUESTS: Final = 20_000 if os.environ.get("QM_SOAK") == "full" else 400
PEOPLE: Final = 40  # who share the work, as one of them would soon be asked to wait
GROUPS: Final = ("warehouse_manager", "operator", "access-admin", "auditor")  # together everything
STREAMS: Final = "text/event-stream"  # does not end by itself; test_changes.py reads it
PROMISES: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


@pytest.fixture(scope="module")
def people(issue: Callable[..., str]) -> Iterator[str]:
    """Tokens of many people who may do everything; each is somebody else to the limits."""
    return cycle([issue(f"reader-{number}", GROUPS) for number in range(PEOPLE)])


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_every_answer_is_as_described(
    client: httpx.Client, people: Iterator[str], record_property: Callable[[str, object], None]
) -> None:
    """Of each operation, for bodies and parameters that fit the description and for those that do not."""
    base = str(client.base_url).rstrip("/")
    schema = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 20
    checks = CHECKS.get_by_names(list(PROMISES))
    seen: dict[int, int] = {}

    def send(case: Any) -> None:  # noqa: ANN401 - a class that is made for each operation
        headers = {**(case.headers or {}), "Authorization": f"Bearer {next(people)}"}
        if STREAMS in str(headers.get("Accept", headers.get("accept", ""))):
            return
        answer = case.call(base_url=base, headers=headers, timeout=30)
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
        case.validate_response(answer, checks=checks)

    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            run = settings(
                max_examples=max(1, REQUESTS // (2 * len(operations))),
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )(given(case=operation.as_strategy(mode))(send))
            run()
    told = ", ".join(f"{count} x {status}" for status, count in sorted(seen.items()))
    record_property("figures", f"requests made from /openapi.json: {told}; as described: all")
    assert {200, 400, 404} <= set(seen), seen
    assert 429 not in seen, seen
