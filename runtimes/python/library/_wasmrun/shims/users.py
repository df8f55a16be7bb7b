"""The one user: os.getuid() and its relatives, and the modules pwd and grp, which packages use without asking
whether they are there. It is number 1000, "user", and its folder is $HOME, else "/"."""
import os
import sys
import types

ID = 1000
NAME = "user"


def own_id():
    return ID


class struct_passwd(tuple):
    """pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell"""

    pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell = (
        property(lambda self, i=i: self[i]) for i in range(7))


class struct_group(tuple):
    """gr_name, gr_passwd, gr_gid, gr_mem"""

    gr_name, gr_passwd, gr_gid, gr_mem = (property(lambda self, i=i: self[i]) for i in range(4))


def user():
    return struct_passwd((NAME, "x", ID, ID, "", os.environ.get("HOME", "/"), "/bin/sh"))


def group():
    return struct_group((NAME, "x", ID, [NAME]))


def found(what, entry, key, wanted):
    if wanted != key:
        raise KeyError(f"{what}(): {'name' if isinstance(wanted, str) else 'uid'} not found: {wanted!r}")
    return entry()


def modules():
    pwd, grp = types.ModuleType("pwd"), types.ModuleType("grp")
    pwd.struct_passwd, grp.struct_group = struct_passwd, struct_group
    pwd.getpwuid = lambda uid, /: found("getpwuid", user, ID, uid)
    pwd.getpwnam = lambda name, /: found("getpwnam", user, NAME, name)
    pwd.getpwall = lambda: [user()]
    grp.getgrgid = lambda gid: found("getgrgid", group, ID, gid)
    grp.getgrnam = lambda name: found("getgrnam", group, NAME, name)
    grp.getgrall = lambda: [group()]
    return pwd, grp


def apply():
    for name in ("getuid", "geteuid", "getgid", "getegid"):
        if not hasattr(os, name):
            setattr(os, name, own_id)
    for module in modules():
        sys.modules.setdefault(module.__name__, module)
