"""The id of the request that is being answered, and how it gets into every line of the log."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import Final

REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id", default="")  # ours
CLIENT_REQUEST_ID: Final[ContextVar[str]] = ContextVar("client_request_id", default="")  # the caller's, if it sent one


class RequestIds(logging.Filter):
    """Of a log's handler: puts the id before what is said while a request is answered, and with it the caller's."""

    def filter(self, record: logging.LogRecord) -> bool:
        request_id = REQUEST_ID.get()
        if request_id and not hasattr(record, "request_id"):  # two handlers see one record
            record.request_id = request_id
            record.client_request_id = theirs = CLIENT_REQUEST_ID.get()
            record.msg = f"[{request_id}{f' client={theirs}' if theirs else ''}] {record.msg}"
        return True


def log_request_ids() -> None:
    """Adds it to the handlers that the process logs by."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(RequestIds())
