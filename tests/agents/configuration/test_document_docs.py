"""The page of documents and the schema are what the code says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from agents.configuration.document_docs import PAGE, SCHEMA, page, schema
from agents.configuration.document_model import NOT_YET
from agents.configuration.kinds import KINDS

ROOT = Path(__file__).parents[3]


def test_they_are_not_stale() -> None:
    """`python -m agents.configuration.document_docs` renews them."""
    assert PAGE.read_text() == page()
    assert SCHEMA.read_text() == schema()


def test_each_kind_and_field_is_on_the_page() -> None:
    text = page()
    for name in KINDS:
        assert f"## `{name}`\n" in text
    for field in ("limits.timeout_s", "models.*.eol", "thresholds.*.above", "parameters", "intents.*.agent"):
        assert f"| `{field}` |" in text
    budget = next(line for line in text.splitlines() if line.startswith("| `limits.usd_per_turn`"))
    assert NOT_YET in budget
    assert json.loads(schema())["properties"]["model"]["x-reload"] == "drain"


def test_the_check_says_what_to_run() -> None:
    command = [sys.executable, "-m", "agents.configuration.document_docs", "--check"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
