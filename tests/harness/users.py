"""Who runs wasmrun: root, or somebody without any privilege."""

import os
import shutil
from pathlib import Path

# No account has this number; wasmrun must not need one.
UNPRIVILEGED_ID = 64321

# All rights over namespaces of its own, for what a plain user may not do on the host.
OWN_NAMESPACES = ["unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child"]


class User:
    def __init__(self, name, folder):
        self.name = name
        self.is_root = name == "root"
        self.home = Path(folder) / f"home-{name}"
        self.changes_id = os.geteuid() == 0 and not self.is_root
        for sub in ("", "cache", "config", "state", "run", "tmp", "work"):
            self.make_folder(self.home / sub, 0o700)

    def own(self, path):
        if self.changes_id:
            os.chown(path, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
        return path

    def make_folder(self, path, mode=0o755):
        path.mkdir(exist_ok=True)
        path.chmod(mode)
        return self.own(path)

    def write(self, path, content):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self.own(path)

    @property
    def cache(self):
        return self.home / "cache"

    @property
    def runtime(self):
        return self.home / "run"

    def prefix(self):
        """What to put before a command so that this user runs it, in the same process."""
        if not self.changes_id:
            return []
        return [shutil.which("setpriv"), f"--reuid={UNPRIVILEGED_ID}", f"--regid={UNPRIVILEGED_ID}", "--clear-groups", "--"]

    def env(self, path):
        return {
            "PATH": path,
            "HOME": str(self.home),
            "TMPDIR": str(self.home / "tmp"),
            "XDG_CACHE_HOME": str(self.cache),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "LANG": "C.UTF-8",
        }
