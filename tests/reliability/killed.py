"""Runs a program that writes, and kills it at some moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def run_and_kill(program: str, *arguments: object, least: int) -> list[str]:
    """Lets a program of this folder run until it acknowledged `least` writes, a line each, and kills it.

    Returns what it acknowledged; a line that the kill cut was none.
    """
    command = [sys.executable, str(Path(__file__).with_name(program)), *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        lines = [process.stdout.readline() for _ in range(least)]
    finally:
        process.kill()
    lines += process.stdout.read().splitlines(keepends=True)
    process.wait()
    process.stdout.close()
    whole = [line.strip() for line in lines if line.endswith("\n")]
    assert whole, "the writers stopped before the kill"
    return whole
