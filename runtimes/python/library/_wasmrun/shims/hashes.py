"""hashlib.pbkdf2_hmac() and scrypt(), for hashlib has them from OpenSSL only. Passwords of Django and of werkzeug need them.

The first is written in Python, and takes a few seconds for a million rounds. What takes time in the second is in C.
"""
import hashlib

try:
    from wasmrun_hashes import ro_mix
except ImportError:  # built without a compiler
    ro_mix = None

SCRYPT_MEMORY_MAX = 32 << 20  # OpenSSL's own, unless the caller says more
INT_MAX = (1 << 31) - 1


def keyed_hashes(hash_name, key):
    """The two hashes of HMAC (RFC 2104), each after its key."""
    block_size = hashlib.new(hash_name).block_size
    if len(key) > block_size:
        key = hashlib.new(hash_name, key).digest()
    key = key.ljust(block_size, b"\0")
    return [hashlib.new(hash_name, bytes(byte ^ pad for byte in key)) for pad in (0x36, 0x5C)]


def pbkdf2_hmac(hash_name, password, salt, iterations, dklen=None):
    if iterations < 1:
        raise ValueError("iterations value must be greater than 0.")
    inner, outer = keyed_hashes(hash_name, bytes(password))
    wanted = inner.digest_size if dklen is None else dklen
    if wanted < 1:
        raise ValueError("key length must be greater than 0.")

    def mac(message):
        first, second = inner.copy(), outer.copy()
        first.update(message)
        second.update(first.digest())
        return second.digest()

    derived = b""
    block = 0
    while len(derived) < wanted:
        block += 1
        last = mac(bytes(salt) + block.to_bytes(4, "big"))
        sum_of_all = int.from_bytes(last, "big")
        for _ in range(iterations - 1):
            last = mac(last)
            sum_of_all ^= int.from_bytes(last, "big")
        derived += sum_of_all.to_bytes(len(last), "big")
    return derived[:wanted]


def scrypt(password, *, salt=None, n=None, r=None, p=None, maxmem=0, dklen=64):
    if salt is None:
        raise TypeError("salt is required")
    if not isinstance(n, int):
        raise TypeError("n is required and must be an unsigned int")
    if n < 2 or n & (n - 1):
        raise ValueError("n must be a power of 2.")
    if not isinstance(r, int):
        raise TypeError("r is required and must be an unsigned int")
    if not isinstance(p, int):
        raise TypeError("p is required and must be an unsigned int")
    if not 0 <= maxmem <= INT_MAX:
        raise ValueError(f"maxmem must be positive and smaller than {INT_MAX}")
    if not 1 <= dklen <= INT_MAX:
        raise ValueError(f"dklen must be greater than 0 and smaller than {INT_MAX}")
    size = 128 * r
    if r < 1 or p < 1 or size * (n + p) + size // 4 > (maxmem or SCRYPT_MEMORY_MAX):
        raise ValueError("Invalid parameter combination for n, r, p, maxmem.")
    blocks = pbkdf2_hmac("sha256", password, salt, 1, size * p)
    mixed = b"".join(ro_mix(blocks[i:i + size], n, r) for i in range(0, len(blocks), size))
    return pbkdf2_hmac("sha256", password, mixed, 1, dklen)


def apply():
    if not hasattr(hashlib, "pbkdf2_hmac"):
        hashlib.pbkdf2_hmac = pbkdf2_hmac
    if ro_mix and not hasattr(hashlib, "scrypt"):
        hashlib.scrypt = scrypt
