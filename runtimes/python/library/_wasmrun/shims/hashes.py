"""hashlib.pbkdf2_hmac() in Python, for hashlib has it from OpenSSL only. Django's passwords need it.

It takes a few seconds for a million rounds. There is no scrypt(), which would take minutes.
"""
import hashlib


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


def apply():
    if not hasattr(hashlib, "pbkdf2_hmac"):
        hashlib.pbkdf2_hmac = pbkdf2_hmac
