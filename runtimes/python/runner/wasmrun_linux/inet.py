"""inet_pton() and inet_ntop(), with Linux's numbers for the families."""
import errno

import _socket as base

from .numbers import SOCKET as N

# Of wasi-libc.
FAMILIES = {N["AF_INET"]: base.AF_INET, N["AF_INET6"]: base.AF_INET6}


def family_of(number):
    try:
        return FAMILIES[number]
    except KeyError:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol") from None


def inet_pton(family, text, /):
    return base.inet_pton(family_of(family), text)


def inet_ntop(family, packed, /):
    if family not in FAMILIES:
        raise ValueError(f"unknown address family {family}")
    return base.inet_ntop(FAMILIES[family], packed)
