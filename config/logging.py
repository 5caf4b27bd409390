"""Logs: one line an event, JSON in production, with the request or task it belongs to."""

import logging
from typing import Any

import structlog
from structlog.typing import Processor

FOR_ALL: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(*, level: str, as_json: bool) -> dict[str, Any]:
    """Sets up structlog; returns Django's LOGGING, which sends the standard library's lines the same way."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *FOR_ALL,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: list[Processor] = (
        [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"expected": {"()": "config.logging.Expected"}},
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*FOR_ALL, structlog.stdlib.ExtraAdder()],
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            # The middleware's own lines say the same with more: who, which request.
            "django.request": {"filters": ["expected"]},
        },
    }


class Expected(logging.Filter):
    """Leaves out what is no event for whoever runs the desk: answers below 500, and health checks."""

    def filter(self, record: logging.LogRecord) -> bool:
        path = getattr(getattr(record, "request", None), "path", "")
        return int(getattr(record, "status_code", 500)) >= 500 and not path.startswith("/healthz/")
