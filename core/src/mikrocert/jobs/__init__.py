"""Jobs: what is done later, by workers, and batches of records that are worked through so.

A job is written down within the transaction of what it follows from, so that both are there or neither. A worker takes it on a lease
that it keeps renewing; a worker that is gone loses its leases, and another one does the job again. So whatever a job does is
done in such a way that doing it twice is the same as once.
"""

from mikrocert.jobs.batches import Batch, BatchResult, BatchState
from mikrocert.jobs.changes import Changes
from mikrocert.jobs.queue import Job, Queue, QueuedJob, Taken
from mikrocert.jobs.requests import Requests
from mikrocert.jobs.worker import Task, Worker

__all__ = [
    "Batch",
    "BatchResult",
    "BatchState",
    "Changes",
    "Job",
    "Queue",
    "QueuedJob",
    "Requests",
    "Taken",
    "Task",
    "Worker",
]
