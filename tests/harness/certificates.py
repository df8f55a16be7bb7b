"""Keys and certificates of the tests, made with openssl when they are needed."""

import shutil
import subprocess

from harness import guests

NAMES = "DNS:localhost,DNS:*.example.test,IP:127.0.0.1,IP:::1,email:a@example.test,URI:http://example.test/"
EXTENSIONS = f"""subjectAltName={NAMES}
extendedKeyUsage=serverAuth,clientAuth
keyUsage=digitalSignature
authorityInfoAccess=OCSP;URI:http://ocsp.example.test/,caIssuers;URI:http://ca.example.test/ca.pem
"""


def openssl(folder, words):
    done = subprocess.run(["openssl", *words.split()], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def certificate(folder, name, words="-days 2"):
    """NAME.pem of the key NAME.key, by the authority ca.pem."""
    openssl(folder, f"req -new -key {name}.key -subj /C=DE/O=Example/OU=One/OU=Two/CN=localhost -out {name}.csr")
    openssl(folder, f"x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -set_serial 0x1122334455667788 -extfile extensions "
                    f"-out {name}.pem {words}")


def make(folder):
    """ca, rsa, ec and old (which has expired), each .key and .pem, and self.pem, which is its own authority."""
    if not shutil.which("openssl"):
        guests.lack("openssl")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "extensions").write_text(EXTENSIONS)
    for name in ("ca", "rsa"):
        openssl(folder, f"genrsa -traditional -out {name}.key 2048")
    for name in ("ec", "old"):
        openssl(folder, f"ecparam -name prime256v1 -genkey -out {name}.key")
    for name, key in (("ca", "ca"), ("self", "rsa")):
        openssl(folder, f"req -x509 -new -key {key}.key -subj /C=US/O=Test,Inc./CN=localhost-{name} -days 2 -out {name}.pem")
    certificate(folder, "rsa")
    certificate(folder, "ec")
    certificate(folder, "old", "-days -1")
    openssl(folder, "pkcs8 -topk8 -v2 aes-256-cbc -in rsa.key -passout pass:secret -out rsa_encrypted.key")
    openssl(folder, "rsa -aes128 -traditional -in rsa.key -passout pass:secret -out rsa_encrypted_old.key")
    openssl(folder, "pkcs8 -topk8 -nocrypt -in ec.key -out ec_plain.key")
    return folder
