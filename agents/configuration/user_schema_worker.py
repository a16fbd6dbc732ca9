"""Evaluates one JSON Schema that a user wrote, as a process of its own: `user_schema` starts it, and limits it.

It is run by its path, without the environment and without site packages, so it imports nothing of ours. It reads
`{"path": [...], "schema": {...}, "content": {...} | null}` and writes a list of [pointer, message].
"""

from __future__ import annotations

import contextlib
import itertools
import json
import resource
import signal
import sys

CPU_S = 0.3
MEMORY_BYTES = 512 * 2**20  # of addresses; a Python that did nothing has about a tenth
REGEX_BYTES = 2**20
MAX_ERRORS = 50
MAX_MESSAGE = 300


def main() -> None:
    # The kernel ends what takes longer, also inside of native code.
    signal.setitimer(signal.ITIMER_PROF, CPU_S)
    with contextlib.suppress(ValueError, OSError):  # macOS has no such limit; there, time alone bounds it
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    asked = json.load(sys.stdin)
    sys.path = [*sys.path, *asked["path"]]
    import jsonschema_rs  # noqa: PLC0415 - its place is known only now

    # No reference is fetched or read; and patterns are of the engine that takes time in proportion to the text.
    options = jsonschema_rs.RegexOptions(size_limit=REGEX_BYTES, dfa_size_limit=REGEX_BYTES)
    try:
        validator = jsonschema_rs.validator_for(
            asked["schema"], offline=True, validate_formats=False, mask="the value", pattern_options=options
        )
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        at = getattr(error, "instance_path", [])
        message = getattr(error, "message", str(error))
        sys.stdout.write(json.dumps([[_pointer(at), message[:MAX_MESSAGE]]]))
        return
    content = asked["content"]
    found = itertools.islice(validator.iter_errors(content), MAX_ERRORS) if content is not None else ()
    sys.stdout.write(json.dumps([[_pointer(one.instance_path), one.message[:MAX_MESSAGE]] for one in found]))


def _pointer(path: list[str | int]) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


if __name__ == "__main__":
    main()
