"""Asks a deployed stack the questions of the sample's people, and compares each answer with a laptop's."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from agents.errors import SetupError
from agents.supply_chain.sample_people import PEOPLE
from delivery.local_stack import STACK, running_stack
from delivery.people import sign_in
from delivery.post_deploy import USERS, aws_client, laptop_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.json_value import Json
    from agents.supply_chain.sample_people import Person
    from delivery.places import Places


ANSWER_S: Final = 60
_COMPARED: Final = ("agent", "persona", "partial")
_METHOD: Final = "Method: "  # this line names the engine, which is what must differ
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")  # an identifier such as 007 is none
_MISSING: Final = "nothing"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One question, asked twice."""

    persona: str
    question: str
    same: bool
    elapsed_ms: float
    detail: str  # the deployed answer's first line, or what differs


def verify(places: Places) -> tuple[Check, ...]:
    """A check for each persona. Raises SetupError when the stack is not up."""
    running, outputs = running_stack(places)
    client = aws_client("cognito-idp", running)
    checks = []
    try:
        for person in PEOPLE:
            token = sign_in(
                client,
                pool=outputs["user_pool_id"],
                app=outputs["user_pool_client_id"],
                subject=person.subject,
                kept=places.stack(STACK) / USERS,
            )
            started = time.perf_counter()
            deployed = ask_api(outputs["api_url"], token, person.question)
            elapsed_ms = (time.perf_counter() - started) * 1000
            checks.append(compare(person, deployed, _ask_laptop(places, person), elapsed_ms))
    finally:
        client.close()
    return tuple(checks)


def compare(person: Person, deployed: dict[str, Json], laptop: dict[str, Json], elapsed_ms: float) -> Check:
    """Whether text, agent and every figure of every tool are the same; `detail` names the first that is not."""
    here, there = _comparable(laptop), _comparable(deployed)
    different = [name for name in here | there if here.get(name, _MISSING) != there.get(name, _MISSING)]
    detail = str(deployed.get("answer") or deployed).splitlines()[0]
    if different:
        name = different[0]
        detail = f"{name}: {_shown(there.get(name, _MISSING))} is not {_shown(here.get(name, _MISSING))}"
    elif not laptop.get("answer") or laptop.get("partial"):
        different, detail = ["answer"], "answer: the laptop's own is partial, so it proves nothing"
    return Check(
        persona=person.persona,
        question=person.question,
        same=not different,
        elapsed_ms=elapsed_ms,
        detail=detail,
    )


def ask_api(url: str, token: str, question: str) -> dict[str, Json]:
    """The JSON that `POST /v1/ask` answers, a problem included."""
    request = urllib.request.Request(  # noqa: S310 - the stack's own URL
        f"{url}/v1/ask",
        data=json.dumps({"question": question}).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:  # noqa: S310 - the same
            body = answer.read()
    except urllib.error.HTTPError as error:
        with error:
            body = error.read()
    except (urllib.error.URLError, OSError) as error:
        raise SetupError(f"the API does not answer: {error}", fix="Run `qm up` again.") from error
    try:
        parsed: Json = json.loads(body)
    except ValueError:
        parsed = None
    return parsed if isinstance(parsed, dict) else {"problem": body.decode(errors="replace")[:500]}


def _ask_laptop(places: Places, person: Person) -> dict[str, Json]:
    done = subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-m", "agents.entry.cli", "ask", person.question, "--as", person.persona, "-o", "json"],
        cwd=places.root,
        env=laptop_environment(places),
        check=False,
        capture_output=True,
        text=True,
        timeout=ANSWER_S,
    )
    if done.returncode:
        raise SetupError(f"the laptop did not answer: {done.stderr.strip()}", fix="Run `qm ask` to see why.")
    answer: dict[str, Json] = json.loads(done.stdout)
    return answer


def _comparable(answer: dict[str, Json]) -> dict[str, object]:
    """What must be the same, each under a name that a person finds it by."""
    lines = [line for line in str(answer.get("answer", "")).splitlines() if not line.startswith(_METHOD)]
    compared: dict[str, object] = {name: answer.get(name) for name in _COMPARED}
    compared["answer"] = "\n".join(lines)
    tools = answer.get("tools")
    for number, tool in enumerate(tools if isinstance(tools, list) else [], start=1):
        if isinstance(tool, dict):
            compared |= {f"tool {number}, {what}": found for what, found in _figures(tool)}
    return compared


def _figures(tool: dict[str, Json]) -> Iterator[tuple[str, object]]:
    """What a tool found, row by row, without times, and without the SQL, which has the engine's dialect."""
    yield "name", tool.get("name")
    yield "status", tool.get("status")
    result = tool.get("result")
    if not isinstance(result, dict):
        return
    yield "value", _cell(result.get("value"))
    yield "units", result.get("units")
    yield "as of", result.get("as_of")
    quality = result.get("quality")
    for name, value in quality.items() if isinstance(quality, dict) else ():
        yield f"quality {name}", _cell(value)
    table = result.get("table")
    if not isinstance(table, dict):
        return
    yield "columns", table.get("columns")
    yield "truncated", table.get("truncated")
    rows = table.get("rows")
    for number, row in enumerate(rows if isinstance(rows, list) else [], start=1):
        yield f"row {number}", [_cell(cell) for cell in row] if isinstance(row, list) else row


def _cell(value: Json) -> object:
    """A number as a Decimal, however its engine writes it: 3, 3.0 and the text 3.00 are one figure."""
    if isinstance(value, bool):
        return str(value)  # to Python True is 1
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        return Decimal(str(value))
    return value


def _shown(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    return str(value) if isinstance(value, Decimal) else repr(value)
