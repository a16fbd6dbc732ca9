"""The front door: `qm demo` as a newcomer sees it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEMO = (sys.executable, "-m", "agents.entry.cli", "demo")


def test_the_demo_plans_and_answers_for_each_persona(tmp_path: Path) -> None:
    """It prints the plan of dev and three answers with figures, and leaves nothing running."""
    done = subprocess.run(
        [*DEMO, "--exit", "--port", "0"], check=False, capture_output=True, text=True, cwd=ROOT,
        env=os.environ | {"QM_HOME": str(tmp_path)}, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.search(r"^dev: \d+ resources, 0 mandatory", done.stdout, re.MULTILINE)
    for persona in ("warehouse_manager", "field_engineer", "procurement_specialist"):
        assert f"== {persona} asks: " in done.stdout
    assert re.search(r"^\d+ products will probably run out in WH01", done.stdout, re.MULTILINE)
    assert re.search(r"^\d+ purchase orders are late", done.stdout, re.MULTILINE)
    assert done.stdout.count(" ms, configuration sha256:") == 3
    assert done.stderr == ""


def test_the_demo_takes_a_free_port_and_runs_until_it_is_stopped(tmp_path: Path) -> None:
    """With its port taken it says so, serves on another, prints a token that works, and ends on an interrupt."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = subprocess.Popen(
            [*DEMO, "--port", str(port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
            env=os.environ | {"QM_HOME": str(tmp_path)}, start_new_session=True,
        )  # fmt: skip
        try:
            said = []
            for line in demo.stdout:
                said.append(line)
                if line.startswith("Ask it: "):
                    break
            text = "".join(said)
            assert f"(port {port} is taken; using a free one)" in text
            url = re.search(r"Running at (http://127\.0\.0\.1:\d+)", text)[1]
            token = next(line for line in said if line.count(".") == 2 and line.startswith("ey")).strip()
            request = urllib.request.Request(
                f"{url}/v1/ask",
                data=b'{"question": "stock value per warehouse"}',
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request, timeout=30) as answer:
                assert answer.status == 200
        finally:
            os.killpg(demo.pid, signal.SIGINT)
            demo.communicate(timeout=30)
    with socket.socket() as gone:
        assert gone.connect_ex(("127.0.0.1", int(url.rsplit(":", 1)[1]))) != 0


def test_a_demo_that_is_ended_takes_its_server_along(tmp_path: Path) -> None:
    """SIGTERM of the demo leaves no server that holds the port and hands out answers."""
    demo = subprocess.Popen(
        [*DEMO, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env=os.environ | {"QM_HOME": str(tmp_path)},
    )
    text = ""
    for line in demo.stdout:
        text += line
        if line.startswith("Ask it: "):
            break
    url = re.search(r"Running at (http://127\.0\.0\.1:\d+)", text)[1]
    demo.terminate()
    demo.communicate(timeout=30)
    assert demo.returncode == 128 + signal.SIGTERM
    with socket.socket() as gone:
        assert gone.connect_ex(("127.0.0.1", int(url.rsplit(":", 1)[1]))) != 0
