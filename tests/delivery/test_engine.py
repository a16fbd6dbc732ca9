"""Running pulumi: what it is given, and what is said when it cannot run."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from agents.errors import ForbiddenError, InvalidError, NotFoundError, SetupError
from delivery import cloud_stack, engine_environment, local_stack
from delivery.engine import Engine, EngineError, find_pulumi
from delivery.engine_environment import PASSPHRASE, cloud_environment, local_environment
from delivery.engine_files import policy_config
from delivery.places import Places
from delivery.plan import parameters
from delivery.stack_files import read_stack

HERE = Places.here()


def pulumi(folder: Path, script: str) -> str:
    """A `pulumi` that does what the script says; returns a PATH that holds it."""
    command = folder / "bin" / "pulumi"
    command.parent.mkdir(exist_ok=True)
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    return f"{command.parent}{os.pathsep}/usr/bin{os.pathsep}/bin"


def engine(folder: Path, script: str, said: list[str] | None = None) -> Engine:
    heard = [] if said is None else said
    environment = {"PATH": pulumi(folder, script)}
    return Engine(stack="dev", root=folder, environment=environment, echo=heard.append, interactive=False)


def test_without_pulumi_the_fix_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found before anything is built or started."""
    with pytest.raises(SetupError, match="pulumi command is not on PATH"):
        find_pulumi(str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    places = Places(HERE.root, kept=tmp_path / "var")
    with pytest.raises(SetupError, match="pulumi command is not on PATH"):
        local_stack.up(places, print)
    with pytest.raises(SetupError, match="pulumi command is not on PATH"):
        cloud_stack.up(places, "dev", yes=True)
    assert not (tmp_path / "var").exists()


def test_an_unknown_stack_is_named_first() -> None:
    """Also where there is no pulumi at all."""
    with pytest.raises(NotFoundError, match="no stack 'proud'"):
        cloud_stack.up(HERE, "proud", yes=True)


def test_a_stack_whose_secrets_have_no_passphrase_is_refused(tmp_path: Path) -> None:
    """One line that names the variable, not pulumi's prompt."""
    given = {"PULUMI_BACKEND_URL": f"file://{tmp_path}"}
    with pytest.raises(SetupError, match="PULUMI_CONFIG_PASSPHRASE is not set"):
        cloud_environment(HERE, "dev", given)
    for name in (PASSPHRASE, f"{PASSPHRASE}_FILE"):
        found = cloud_environment(Places(HERE.root, kept=tmp_path), "dev", given | {name: ""})
        assert found["PULUMI_BACKEND_URL"] == given["PULUMI_BACKEND_URL"]


def test_a_stack_with_a_key_of_its_own_needs_no_passphrase(tmp_path: Path) -> None:
    """`secretsprovider` in the stack's file says where its secrets are kept."""
    (tmp_path / "Pulumi.dev.yaml").write_text("secretsprovider: awskms://alias/qm\n")
    assert cloud_environment(Places(tmp_path), "dev", {"PULUMI_BACKEND_URL": "s3://state"})


def test_a_backend_must_be_chosen(tmp_path: Path) -> None:
    """By login, by token or by variable; without one pulumi would ask."""
    with pytest.raises(SetupError, match="pulumi login"):
        cloud_environment(HERE, "dev", {"HOME": str(tmp_path)})
    places = Places(HERE.root, kept=tmp_path / "var")
    assert cloud_environment(places, "dev", {"HOME": str(tmp_path), "PULUMI_ACCESS_TOKEN": "x"})
    (tmp_path / ".pulumi").mkdir()
    (tmp_path / ".pulumi" / "credentials.json").write_text('{"current": "https://api.pulumi.com"}')
    assert cloud_environment(places, "dev", {"HOME": str(tmp_path)})


def test_the_users_own_environment_reaches_a_stack_in_an_account(tmp_path: Path) -> None:
    """Profile, region and login are the user's choice."""
    given = {"PULUMI_ACCESS_TOKEN": "x", "AWS_PROFILE": "dev", "PATH": "/bin"}
    found = cloud_environment(Places(HERE.root, kept=tmp_path), "dev", given)
    assert given.items() <= found.items()


def test_the_local_stack_can_reach_no_account(tmp_path: Path) -> None:
    """Of the user's AWS and Pulumi settings nothing is left; state and passphrase are its own."""
    given = {"AWS_PROFILE": "prod", "AWS_SESSION_TOKEN": "x", "PULUMI_ACCESS_TOKEN": "x", "PATH": "/bin", "HOME": "/h"}
    emulator = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "test"}
    found = local_environment(Places(tmp_path), "local", emulator, given)
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "PULUMI_ACCESS_TOKEN"} & found.keys()
    assert emulator.items() <= found.items()
    assert found["PULUMI_BACKEND_URL"] == (tmp_path / "var" / "local" / "state").as_uri()
    assert found["HOME"] == "/h"


def test_what_plugins_leave_behind_stays_private_under_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a stack in an account too; where a socket's path would be too long, the system's own folder is used."""
    monkeypatch.setattr(engine_environment, "MAX_SOCKET_PATH", 1000)
    given = {"PULUMI_ACCESS_TOKEN": "x", "TMPDIR": "/tmp/mine", PASSPHRASE: "x"}
    places = Places(tmp_path)
    (tmp_path / "var" / "dev" / "tmp").mkdir(parents=True)
    for stack, found in (
        ("dev", cloud_environment(places, "dev", given)),
        ("local", local_environment(places, "local", {}, given)),
    ):
        assert found["TMPDIR"] == str(tmp_path / "var" / stack / "tmp")
        assert stat.S_IMODE(Path(found["TMPDIR"]).stat().st_mode) == 0o700
    monkeypatch.setattr(engine_environment, "MAX_SOCKET_PATH", 10)
    assert local_environment(places, "local", {}, given)["TMPDIR"] == "/tmp/mine"


def test_the_local_passphrase_is_made_once_and_private(tmp_path: Path) -> None:
    """It stays the same, so that a second run can read what the first wrote."""
    first, second = (local_environment(Places(tmp_path), "local", {}, {})[PASSPHRASE] for _ in range(2))
    assert first == second
    assert len(first) > 30
    assert stat.S_IMODE((tmp_path / "var" / "local" / "passphrase").stat().st_mode) == 0o600
    assert local_environment(Places(tmp_path), "local", {}, {PASSPHRASE: "mine"})[PASSPHRASE] == "mine"


def test_what_pulumi_says_is_passed_on_as_it_comes(tmp_path: Path) -> None:
    """Line by line, its standard error too."""
    said: list[str] = []
    engine(tmp_path, "echo one; echo two >&2", said).up(yes=True)
    assert said == ["one", "two"]


def test_a_deployment_always_has_the_policies(tmp_path: Path) -> None:
    """Preview and up name the pack; only a confirmed up says yes."""
    said: list[str] = []
    runs = engine(tmp_path, 'echo "$@"', said)
    runs.up(yes=False)
    runs.up(yes=True)
    runs.preview(expect_no_changes=True)
    up, confirmed, preview = said
    assert all("--policy-pack policies" in line for line in said)
    assert "--yes" not in up
    assert "--yes" in confirmed
    assert "--expect-no-changes" in preview


def test_a_failed_run_says_pulumis_last_error(tmp_path: Path) -> None:
    """One line of ours, after pulumi's own messages."""
    with pytest.raises(EngineError, match="pulumi up failed: the bucket is taken") as caught:
        engine(tmp_path, "echo 'error: the bucket is taken'; exit 255").up(yes=True)
    assert "run the same command again" in caught.value.fix


def test_a_mandatory_violation_is_a_refusal(tmp_path: Path) -> None:
    """Another exit code than a machine that lacks something."""
    with pytest.raises(ForbiddenError, match="policy refuses the stack dev"):
        engine(tmp_path, "echo '    - [mandatory]  s3-no-public-acl'; exit 255").up(yes=True)


def test_the_policies_know_the_words_of_the_stacks_names(tmp_path: Path) -> None:
    """The same parameters as for a plan, in a file that the engine reads."""
    file = policy_config(Places(HERE.root, kept=tmp_path), "dev")
    assert json.loads(file.read_text()) == parameters(read_stack(HERE.root, "dev"))
    assert file.is_relative_to(tmp_path / "dev")
    said: list[str] = []
    runs = replace(engine(tmp_path, 'echo "$@"', said), policy_config=file)
    runs.up(yes=True)
    runs.preview()
    assert all(f"--policy-pack policies --policy-pack-config {file}" in line for line in said)


def test_a_failed_preview_does_not_ask_to_go_on(tmp_path: Path) -> None:
    """It has begun nothing that another run could end."""
    with pytest.raises(EngineError) as caught:
        engine(tmp_path, "echo 'error: changes occurred'; exit 255").preview(expect_no_changes=True)
    assert caught.value.fix == "Nothing was changed. Mend it, then look again before you deploy."


def test_outputs_are_read_as_text(tmp_path: Path) -> None:
    """What is not text is not for us."""
    assert engine(tmp_path, """echo '{"url": "http://x", "list": [1]}'""").outputs() == {"url": "http://x"}


def test_a_cloud_stack_is_never_confirmed_by_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a terminal, and without --yes, nothing is deployed or removed."""
    monkeypatch.setenv("PATH", pulumi(tmp_path, f"touch {tmp_path}/ran"))
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "x")
    for refused in (cloud_stack.up, cloud_stack.down):
        with pytest.raises(InvalidError, match="--yes"):
            refused(Places(HERE.root, kept=tmp_path / "var"), "dev", yes=False)
    assert not (tmp_path / "ran").exists()


def test_a_stack_that_is_not_up_says_so(tmp_path: Path) -> None:
    """Verify and preview need it; removing it again does not."""
    places = Places(HERE.root, kept=tmp_path / "var")
    with pytest.raises(SetupError, match="the stack local is not up"):
        local_stack.running_stack(places)
    with pytest.raises(SetupError, match="the stack local is not up"):
        local_stack.preview(places, print)
    local_stack.down(places, print)
    assert not places.stack("local").exists()
