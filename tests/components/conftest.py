"""The program as it is, recorded once for each stack file; and small programs around one component."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from delivery.recorder import record
from delivery.stack_files import read_stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.recorder import Recording

ROOT = Path(__file__).parents[2]
# What every small program begins with. Its environment is called as its stack is.
PREAMBLE = """\
import pulumi
import pulumi_aws as aws

from components.arns import Arns
from components.naming import Names

names = Names(prefix="qm", environment=pulumi.get_stack(), account="123456789012", region="us-east-1")
arns = Arns(region=names.region, account=names.account)
tags = dict.fromkeys(("Project", "Environment", "ManagedBy", "CostCenter", "Owner"), "x")
provider = aws.Provider(
    "aws", region=names.region, allowed_account_ids=[names.account], default_tags={"tags": tags}
)
opts = pulumi.ResourceOptions(provider=provider)
"""


@cache
def _recorded(stack: str) -> Recording:
    return record(ROOT, read_stack(ROOT, stack))


@pytest.fixture(scope="session")
def recorded() -> Callable[[str], Recording]:
    return _recorded


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Recording]:
    """Records a program: `names`, `arns`, `opts` and what `source` does with them, as a preview of `stack`."""

    def recorded_program(source: str, stack: str = "dev") -> Recording:
        (tmp_path / "Pulumi.yaml").write_text("name: quartermaster\nruntime: python\n")
        (tmp_path / f"Pulumi.{stack}.yaml").write_text("config: {}\n")
        (tmp_path / "__main__.py").write_text(PREAMBLE + source)
        return record(tmp_path, read_stack(tmp_path, stack))

    return recorded_program
