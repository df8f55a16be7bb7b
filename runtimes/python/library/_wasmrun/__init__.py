"""What wasmrun adds to Python's library, for a guest.

`command` is the command line that runs the program. The package `shims` changes what would not work
otherwise; docs/python.md lists each of its modules.
"""
