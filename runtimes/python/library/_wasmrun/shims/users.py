"""os.getuid() and its relatives, which packages call without asking whether they are there: 1000."""
import os

ID = 1000


def own_id():
    return ID


def apply():
    for name in ("getuid", "geteuid", "getgid", "getegid"):
        if not hasattr(os, name):
            setattr(os, name, own_id)
