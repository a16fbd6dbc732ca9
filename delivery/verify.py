"""Asks a deployed stack the questions of the sample's people, and compares each answer with a laptop's."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from agents.errors import SetupError
from agents.supply_chain.sample_people import PEOPLE
from delivery.local_stack import STACK, running_stack
from delivery.people import sign_in
from delivery.post_deploy import USERS, aws_client, laptop_environment

if TYPE_CHECKING:
    from agents.supply_chain.sample_people import Person
    from delivery.places import Places

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

ANSWER_S: Final = 60
_COMPARED: Final = ("agent", "persona", "partial")
_METHOD: Final = "Method: "  # this line names the engine, which is what must differ


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
    """Whether text, agent and every tool's figures are the same."""
    here, there = _comparable(laptop), _comparable(deployed)
    different = [name for name in here if here[name] != there[name]]
    if not here["answer"] or here["partial"]:
        different = different or ["the laptop's own answer is partial"]
    first = str(deployed.get("answer") or deployed).splitlines()[0]
    name = different[0] if different else ""
    return Check(
        persona=person.persona,
        question=person.question,
        same=not different,
        elapsed_ms=elapsed_ms,
        detail=f"{name}: {there.get(name)!r} is not {here.get(name)!r}" if different else first,
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


def _comparable(answer: dict[str, Json]) -> dict[str, Json]:
    lines = [line for line in str(answer.get("answer", "")).splitlines() if not line.startswith(_METHOD)]
    compared: dict[str, Json] = {name: answer.get(name) for name in _COMPARED}
    return compared | {"answer": "\n".join(lines), "tools": _figures(answer)}


def _figures(answer: dict[str, Json]) -> list[Json]:
    """What each tool found, without times, and without the SQL, which has the engine's dialect."""
    tools = answer.get("tools")
    found: list[Json] = []
    for tool in tools if isinstance(tools, list) else []:
        if isinstance(tool, dict):
            result = tool.get("result")
            value = result.get("value") if isinstance(result, dict) else None
            found.append({"name": tool.get("name"), "status": tool.get("status"), "value": value})
    return found
