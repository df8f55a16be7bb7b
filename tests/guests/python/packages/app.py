"""Imports what is installed, by the names that packages themselves give, and tells what fails."""
import importlib
import importlib.metadata
import sys

RENAMED = {"attrs": "attr", "beautifulsoup4": "bs4", "pyjwt": "jwt", "python-dateutil": "dateutil",
           "python-dotenv": "dotenv", "pyyaml": "yaml"}

failed = []
names = [line.strip() for line in open("/requirements.txt")]
for name in names:
    try:
        importlib.import_module(RENAMED.get(name, name.replace("-", "_")))
    except Exception as error:
        failed.append(f"{name}: {error!r}")
print("\n".join([f"{len(names) - len(failed)} imported", *failed]))
sys.exit(bool(failed))
