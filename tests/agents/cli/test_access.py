"""`qm access`, as a process: who may do what, and why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from agents.contract import PERSONAS, ROLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Qm = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def qm(tmp_path_factory: pytest.TempPathFactory) -> Qm:
    home: Path = tmp_path_factory.mktemp("home")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "agents.entry.cli", "access", *arguments],
            check=False,
            capture_output=True,
            text=True,
            env=os.environ | {"QM_HOME": str(home)},
        )

    return run


@pytest.mark.parametrize(
    ("arguments", "allowed", "rule"),
    [
        (("warehouse_manager", "--table", "purchase_order_header"), False, "default deny"),
        (
            ("warehouse_manager", "--table", "product"),
            True,
            "access/policy /personas/warehouse_manager/tables/product",
        ),
        (("petra", "--tool", "late_purchase_orders"), True, "access/policy /personas/procurement_specialist/tools"),
        (("felix", "--tool", "late_purchase_orders"), False, "default deny"),
        (("access-admin", "--agent", "sql"), False, "default deny"),
        (("warehouse_manager", "--table", "user_warehouse", "--column", "user_id"), False, "default deny"),
    ],
)
def test_an_explanation_is_an_answer(qm: Qm, arguments: tuple[str, ...], allowed: bool, rule: str) -> None:
    """Also when it says no: exit code 0, with the rule."""
    done = qm("explain", "--as", *arguments, "-o", "json")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert (said["allowed"], said["rule"]) == (allowed, rule)


def test_an_explanation_says_rows_and_columns(qm: Qm) -> None:
    """In words, as a condition, and what its parameter stands for."""
    said = qm("explain", "--as", "warehouse_manager", "--table", "warehouse_product").stdout
    assert "where warehouse_id is one of the person's own warehouses" in said
    assert "warehouse_id IN (:warehouses)" in said
    assert "on_hand" in said
    assert said.endswith("qm access matrix\n")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("explain", "--as", "warehouse_manager", "--table", "orders"), 2, "no table 'orders'"),
        (("explain", "--as", "warehouse_manager", "--tool", "rm_rf"), 2, "no tool 'rm_rf'"),
        (("explain", "--as", "warehouse_manager", "--agent", "pricing"), 2, "no agent 'pricing'"),
        (("explain", "--as", "king", "--agent", "sql"), 2, "no persona 'king'"),
        (("explain", "--as", "warehouse_manager"), 2, "name what to explain"),
        (("explain", "--as", "warehouse_manager", "--agent", "sql", "--tool", "query_data"), 2, "name what"),
        (("explain", "--as", "warehouse_manager", "--agent", "sql", "--stack", "prod"), 3, "stack local"),
        (("matrix", "--stack", "prod"), 3, "stack local"),
        (("matrix", "--environment", "x y"), 2, "is not a layer"),
    ],
)
def test_a_question_that_makes_no_sense_is_one_line(qm: Qm, arguments: tuple[str, ...], code: int, says: str) -> None:
    """No traceback, and not a denial either."""
    done = qm(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_matrix_is_the_same_in_every_form(qm: Qm) -> None:
    """JSON and YAML hold the same rows; the table has a column for each persona and role."""
    rows = json.loads(qm("matrix", "-o", "json").stdout)
    assert rows == yaml.safe_load(qm("matrix", "-o", "yaml").stdout)
    assert {"who", "action", "resource", "allowed", "rule"} <= set(rows[0])
    table = qm("matrix").stdout.splitlines()
    assert table[0].split() == ["resource", *PERSONAS]
    assert next(line for line in table if line.startswith("action")).split() == ["action", *ROLES]
    orders = next(line for line in table if line.startswith("table/sales_order_header"))
    assert orders.split()[1:] == ["some", "some", "-"]


def test_the_keys_of_machines_are_managed_here(qm: Qm) -> None:
    """Their commands are a group of this one."""
    assert qm("keys", "list").returncode == 0
