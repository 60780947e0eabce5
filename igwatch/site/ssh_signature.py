"""Signatures of files by OpenSSH's own `ssh-keygen -Y`: who may sign stands in allowed_signers.

The format of both is OpenSSH's (ssh-keygen(1), ALLOWED SIGNERS; PROTOCOL.sshsig). A signature
holds no time that could be trusted, so a key must be valid on the day on which it is looked at.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from igwatch.base.error import IgwatchError
from igwatch.base.printable import printable

NAMESPACE = "igwatch-signoff"
SECONDS = 30
# what ssh-keygen says -> what it means, and the mend
MEANINGS = (
    ("key has expired", "its key has expired",
     "sign again with a key that is valid; or give it a later valid-before in allowed_signers"),
    ("key is not yet valid", "its key is not valid yet", "see valid-after in allowed_signers"),
    ("not permitted for use in signature namespace", "its key may not sign rules",
     f"allowed_signers must allow it the namespace {NAMESPACE}"),
    ("incorrect signature", "the file is not as it was when it was signed",
     "ask the signer for the file as it left the page, and sign that"),
    ("namespace does not match", "it was signed for something else",
     f"sign it with -n {NAMESPACE}"),
    ("missing key", "allowed_signers has a line without a key",
     "a line is: PRINCIPAL [options] KEYTYPE KEY"),
    ("Couldn't parse signature", "its signature is none",
     "sign it with: ssh-keygen -Y sign"),
    ("No user exists for uid", "signatures cannot be checked: this account has no name",
     "give its number a line in /etc/passwd; in the image the number 10001 has one"),
    ("No principal matched", "no key of allowed_signers made this signature",
     "add the signer's public key to allowed_signers once you know that it is theirs"),
)  # fmt: skip


class SignatureError(IgwatchError):
    """A signature that is not accepted, or cannot be checked; one line with the mend."""


def sign_file(path: Path, key: Path) -> Path:
    """Sign a file with this private key (or the public one of an agent's); return `<file>.sig`.

    ssh-keygen itself asks for a passphrase, on the terminal. Raises SignatureError.
    """
    signature = path.with_name(f"{path.name}.sig")
    signature.unlink(missing_ok=True)
    done = _keygen("sign", "-f", str(key), "-n", NAMESPACE, str(path), seconds=None)
    if done.returncode or not signature.exists():
        said = (done.stderr.strip().splitlines() or ["ssh-keygen gave no reason"])[-1]
        raise SignatureError(f"{path.name} could not be signed with that key ({said})", "see --key")
    return signature


def verify_signature(
    content: bytes, signature: Path, signer: str, allowed: Path, revoked: Path | None = None
) -> None:
    """Raises SignatureError unless `signer`, by a key that `allowed` gives to that name today,
    signed exactly these bytes."""
    if not signature.is_file():
        raise SignatureError("it is not signed", f"ssh-keygen -Y sign -n {NAMESPACE} -f KEY FILE")
    if not allowed.is_file():
        raise SignatureError(
            "there is no allowed_signers, so nobody may sign",
            f"write {allowed}: a line for each clinician who may (docs/sign.md)",
        )
    known = ("-s", str(signature), "-f", str(allowed))
    asked = ("verify", "-n", NAMESPACE, "-I", signer, *known)
    done = _keygen(*asked, content=content)
    found = _keygen("find-principals", *known)
    if done.returncode:
        raise _fault(signer, done.stderr + found.stderr, found.stdout)
    _refuse_patterns(found.stdout)
    is_revoked = ("-r", str(revoked)) if revoked and revoked.is_file() else None
    if is_revoked and _keygen(*asked, *is_revoked, content=content).returncode:
        raise SignatureError("its key is revoked", "sign again with another key")


def _fault(signer: str, said: str, principals: str) -> SignatureError:
    """What ssh-keygen means: its reason, else whose key it is."""
    for words, means, mend in MEANINGS:
        if words in said:
            return SignatureError(means, mend)
    others = sorted(set(principals.split()) - {signer})
    if others:
        return SignatureError(
            f"the file says {printable(signer)}, its key is that of {', '.join(others)}",
            "the name on the page must be the one in allowed_signers",
        )
    return SignatureError("its signature does not hold", "ssh-keygen -Y verify says more")


def _refuse_patterns(principals: str) -> None:
    """A key that is given to a pattern of names would let its owner sign as anybody."""
    patterns = [name for name in principals.split() if set(name) & set("*?!")]
    if patterns:
        raise SignatureError(
            f"allowed_signers gives its key to {', '.join(patterns)}, which is nobody's name",
            "name one signer on each line",
        )


def _keygen(
    action: str, *words: str, content: bytes | None = None, seconds: int | None = SECONDS
) -> subprocess.CompletedProcess[str]:
    try:
        done = subprocess.run(
            ["ssh-keygen", "-Y", action, *words],
            input=content,
            stdin=None if content is not None or seconds is None else subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except FileNotFoundError:
        raise SignatureError(
            "signatures cannot be checked: there is no ssh-keygen on this machine",
            "apt-get install openssh-client",
        ) from None
    except subprocess.TimeoutExpired:
        raise SignatureError("ssh-keygen did not answer", "ask again") from None
    said = (done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
    return subprocess.CompletedProcess(done.args, done.returncode, *said)
