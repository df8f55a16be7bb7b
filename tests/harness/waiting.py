"""Waiting for what nobody tells of: it is looked at again and again, up to a limit."""

import time

PAUSE_S = 0.02


def until(look, limit_s, pause_s=PAUSE_S):
    """What `look` gives at last: what is wanted is true, and what is not when the limit has come is false."""
    end = time.monotonic() + limit_s
    while not (seen := look()) and time.monotonic() < end:
        time.sleep(pause_s)
    return seen
