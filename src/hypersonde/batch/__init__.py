"""Searches in the jobs of a batch queue: a directory that has all of one, a script, the queue that runs it."""

from hypersonde.batch.run import Allocation, Job, Layout, Run, runs_in
from hypersonde.batch.scheduler import Scheduler, Standing, State, wait_until_gone
from hypersonde.batch.schedulers import SCHEDULERS, installed_scheduler
from hypersonde.batch.script import MODES

__all__ = [
    "MODES",
    "SCHEDULERS",
    "Allocation",
    "Job",
    "Layout",
    "Run",
    "Scheduler",
    "Standing",
    "State",
    "installed_scheduler",
    "runs_in",
    "wait_until_gone",
]
