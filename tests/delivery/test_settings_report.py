"""`qm settings`: every value of a stack with the place that it comes from, and what may be written there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from agents.errors import InvalidError, NotFoundError
from components.origins import paths
from components.sections import SECTIONS
from delivery.places import Places
from delivery.settings_report import Entry, report
from delivery.settings_text import shown, text
from delivery.targets import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
FILE = """\
config:
  quartermaster:environment:
    name: prod
    region: us-east-1
  quartermaster:project:
    owner: o
    cost_center: c
  quartermaster:runtime:
    model: us.anthropic.claude-x
  quartermaster:resources:
    lambda:
      memory_mb: 2048
    backup: &backup
      retention_days: 35
  quartermaster:tags:
    custom: {team.name: stock}
  quartermaster:monitoring:
    alarm_emails: [a@b.example]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    (tmp_path / "Pulumi.prod.yaml").write_text(FILE)
    return tmp_path


@pytest.fixture
def found(folder: Path) -> dict[str, Entry]:
    return {one.key: one for one in report(Places(folder), "prod").entries}


@pytest.mark.parametrize(
    ("key", "value", "layer", "source"),
    [
        ("resources.lambda.memory_mb", 2048, "stack file", "Pulumi.prod.yaml:12"),
        ("resources.backup.retention_days", 35, "stack file", "Pulumi.prod.yaml:14"),
        ("tags.custom.team.name", "stock", "stack file", "Pulumi.prod.yaml:16"),
        ("monitoring.alarm_emails", ["a@b.example"], "stack file", "Pulumi.prod.yaml:18"),
        ("resources.backup.copy_region", "auto", "sizing", "components/sizing.py prod"),
        ("api.quota", 0, "default", "components/sections"),
    ],
)
def test_a_value_says_where_it_stands(
    found: dict[str, Entry], key: str, value: object, layer: str, source: str
) -> None:
    """The line of the file, the row of the sizing table, or the section's default."""
    assert (found[key].value, found[key].layer, found[key].source) == (value, layer, source)


def test_what_a_value_covers_is_listed(found: dict[str, Entry]) -> None:
    """Highest first: the sizing table, then the default."""
    assert found["resources.lambda.memory_mb"].below == (
        ("sizing", "components/sizing.py prod", 1024),
        ("default", "components/sections", 512),
    )


def test_the_emulators_address_comes_from_the_environment() -> None:
    """For the local stack, where the engine finds it too; other stacks do not hear of it."""
    endpoint = "http://127.0.0.1:45001"
    local = {one.key: one for one in report(Places(ROOT), "local", endpoint=endpoint).entries}["runtime.endpoint"]
    assert (local.value, local.layer, local.source) == (endpoint, "environment", "AWS_ENDPOINT_URL")
    dev = {one.key: one for one in report(Places(ROOT), "dev", endpoint=endpoint).entries}["runtime.endpoint"]
    assert dev.layer == "default"


@pytest.mark.parametrize("stack", ["dev", "staging", "prod", "local"])
def test_every_setting_is_there_as_the_program_has_it(stack: str) -> None:
    """No key is missing, none has another value, and each says what it is and what is allowed."""
    settings = settings_of(Places(ROOT), stack)
    has = {
        (name, *path): value
        for name in SECTIONS
        for path, value in paths(getattr(settings, name).model_dump(by_alias=True))
    }
    entries = report(Places(ROOT), stack).entries
    assert {one.path: one.value for one in entries} == has
    for one in entries:
        assert one.description, one.key
        assert one.allowed, one.key
        assert one.example, one.key


def test_a_section_is_explained_whole(folder: Path) -> None:
    """All that lies below a key, and nothing beside it; the stack's namespace may stand before it."""
    told = report(Places(folder), "prod").only("quartermaster:resources.lambda")
    assert [one.path[2] for one in told.entries] == [
        "memory_mb",
        "timeout_s",
        "architecture",
        "concurrency_quota",
        "reserved_concurrency",
        "provisioned_concurrency",
    ]
    assert [one.key for one in told.consequences] == [
        "resources.lambda.reserved_concurrency",
        "resources.lambda.provisioned_concurrency",
    ]


def test_the_policy_of_a_key_of_yours_is_printed(folder: Path) -> None:
    """Whoever names a key of theirs reads what its policy needs, for this stack, before anything is refused."""
    (folder / "Pulumi.prod.yaml").write_text(
        FILE.replace("    name: prod\n", "    name: prod\n    account: '111122223333'\n")
    )
    told = report(Places(folder), "prod").only("keys.existing")
    statements = json.loads("\n".join(text(told).partition("administer it:\n")[2].partition("\n]")[:2]))
    assert {one["Sid"] for one in statements} == {
        "AccountUses",
        "ServicesOfTheAccountKeepUsing",
        "LogsEncrypts",
        "TrailEncrypts",
        "TrailLooks",
        "AlarmsPublish",
        "BudgetPublish",
    }
    uses = next(one for one in statements if one["Sid"] == "AccountUses")
    assert "secretsmanager.us-east-1.amazonaws.com" in uses["Condition"]["StringEquals"]["kms:ViaService"]
    assert "111122223333" in uses["Principal"]["AWS"]
    (entry,) = told.entries
    assert entry.as_json(explained=True)["paste"] == {"Version": "2012-10-17", "Statement": statements}


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("memory_mb", "did you mean resources.lambda.memory_mb?"),
        ("lambda.memory_mb", "did you mean resources.lambda.memory_mb?"),
        ("resources.lambda.memory", "did you mean resources.lambda.memory_mb?"),
        ("resource", "did you mean resources?"),
        ("zzz", "the sections are environment, project, features"),
    ],
)
def test_an_unknown_key_names_the_nearest(folder: Path, key: str, said: str) -> None:
    """The one that was probably meant, or the sections there are."""
    with pytest.raises(NotFoundError, match="there is no setting") as error:
        report(Places(folder), "prod").only(key)
    assert said in str(error.value)


def test_the_text_of_an_explanation(folder: Path) -> None:
    """Value, origin, what is covered, meaning, bounds and an example, and the next command."""
    assert text(report(Places(folder), "prod").only("resources.lambda.memory_mb")).splitlines() == [
        "resources.lambda.memory_mb = 2048",
        "  from       stack file, Pulumi.prod.yaml:12",
        "  covers     1024 (sizing, components/sizing.py prod)",
        "  covers     512 (default, components/sections)",
        "  what       memory of a function, and with it its processor",
        "  allowed    128 to 10240",
        "  example    memory_mb: 2048",
        "",
        "Next: qm plan --stack prod",
    ]


@pytest.mark.parametrize("value", ["3.13", "true", "no", "", "2026-06-30", "012", "a b", 12, True, [], ["a"], {}])
def test_a_value_is_shown_as_a_stack_file_would_have_it(value: object, tmp_path: Path) -> None:
    """Text that would be read as a number stands in quotes."""
    from delivery.yaml_files import read_mapping

    file = tmp_path / "x.yaml"
    file.write_text(f"a: {shown(value)}\n")
    assert read_mapping(file) == {"a": value}


def test_mistakes_are_told_with_their_lines(folder: Path) -> None:
    """Line of the key, or of what a key that is missing would stand in."""
    file = folder / "Pulumi.prod.yaml"
    file.write_text(FILE.replace("2048", "64").replace("    owner: o\n", "").replace("us-east-1", "us-east"))
    with pytest.raises(InvalidError) as error:
        report(Places(folder), "prod")
    assert [line.partition(" quartermaster:")[0] for line in str(error.value).splitlines()] == [
        "Pulumi.prod.yaml:4",
        "Pulumi.prod.yaml:5",
        "Pulumi.prod.yaml:11",
    ]


def test_a_secret_among_the_settings_is_refused(folder: Path) -> None:
    """As the engine would refuse it, and its text is not shown."""
    file = folder / "Pulumi.prod.yaml"
    file.write_text(f"{FILE}  quartermaster:api: {{secure: v1:abc}}\n")
    with pytest.raises(InvalidError, match="quartermaster:api: holds a secret") as error:
        report(Places(folder), "prod")
    assert "v1:abc" not in str(error.value)


@pytest.fixture
def qm() -> Callable[..., subprocess.CompletedProcess[str]]:
    command = shutil.which("qm", path=sysconfig.get_path("scripts"))
    assert command

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([command, "settings", *arguments], check=False, capture_output=True, text=True)

    return run


@pytest.mark.parametrize(("form", "parse"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_the_command_speaks_for_machines(
    qm: Callable[..., subprocess.CompletedProcess[str]],
    form: str,
    parse: Callable[[str], dict[str, list[dict[str, object]]]],
) -> None:
    """The same four keys in both formats; a setting has five, and eight when it is explained."""
    done = qm("--stack", "prod", "-o", form)
    assert done.returncode == 0, done.stderr
    told = parse(done.stdout)
    assert list(told) == ["stack", "settings", "derived", "advice"]
    assert {tuple(one) for one in told["settings"]} == {("key", "value", "layer", "source", "below")}
    assert "monitoring.alarm_emails" in {one["key"] for one in told["advice"]}
    (one,) = parse(qm("--stack", "prod", "--explain", "resources.lambda.memory_mb", "-o", form).stdout)["settings"]
    assert (one["value"], one["layer"], one["allowed"]) == (1024, "sizing", "128 to 10240")
    assert one["below"] == [{"layer": "default", "source": "components/sections", "value": 512}]


def test_another_folder_is_read(folder: Path, qm: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """As `qm plan` does with the same option."""
    done = qm("--stack", "prod", "-C", str(folder), "--explain", "resources.lambda.memory_mb")
    assert done.stdout.startswith("resources.lambda.memory_mb = 2048\n"), done.stderr


def test_the_command_ends_with_what_to_do_next(qm: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """A table with what follows and what to think about; exit 0."""
    done = qm("--stack", "prod")
    assert done.returncode == 0, done.stderr
    assert "What follows:" in done.stdout
    assert "To think about:\n  monitoring.alarm_emails: is empty" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Next: qm ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--stack", "prd"), "error: there is no stack 'prd', did you mean prod?"),
        (("--stack", "prod", "--explain", ""), "error: there is no key to explain. Name a setting or a section: env"),
        (("--stack", "prod", "--explain", "api.brust"), "error: there is no setting 'api.brust': did you mean api.bur"),
        ((), "Missing option"),
    ],
)
def test_what_is_unknown_is_a_usage_error(
    qm: Callable[..., subprocess.CompletedProcess[str]], arguments: tuple[str, ...], said: str
) -> None:
    """One line that says what to do, exit 2, nothing on stdout."""
    done = qm(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
