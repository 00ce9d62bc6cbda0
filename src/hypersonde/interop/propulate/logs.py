"""What is said during a search, set up as Propulate's scripts do."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from hypersonde.launch import launched
from hypersonde.study.log import logger

__all__ = ["set_logger_config"]


def set_logger_config(
    level: int = logging.INFO,
    log_file: str | Path | None = None,
    log_to_stdout: bool = True,
    log_rank: bool = False,
    colors: bool = True,
) -> None:
    """Show the log of a search on stdout and in a file; `colors` is taken and not needed."""
    rank = f"{launched()[0]}:" if log_rank else ""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stdout)] if log_to_stdout else []
    if log_file is not None:
        Path(log_file).parent.mkdir(parents=True, exist_ok=True)
        handlers.append(logging.FileHandler(log_file))
    for handler in handlers:
        handler.setFormatter(logging.Formatter(f"{rank}[%(asctime)s][%(levelname)s] %(message)s"))
        logger.addHandler(handler)
    logger.setLevel(level)
