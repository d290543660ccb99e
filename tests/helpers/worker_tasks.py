"""What tests ask of a contender's process."""

import os
import time


def fail(name: str) -> None:
    """Complain."""
    print("what it printed")
    raise ValueError(f"{name} cannot")


def die(name: str) -> None:
    """End in the middle of an answer."""
    os._exit(7)


def sleep(name: str) -> None:
    """Be at work for long."""
    time.sleep(600)


def environment(name: str) -> dict:
    """What the process may use."""
    return {"variables": dict(os.environ), "cores": len(os.sched_getaffinity(0)), "pid": os.getpid()}
