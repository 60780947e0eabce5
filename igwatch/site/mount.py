"""On which file system a folder lies, and whether it is encrypted as far as this machine tells."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

MOUNTS = Path("/proc/self/mounts")
BLOCK = Path("/sys/dev/block")
ENCRYPTING = {"ecryptfs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs"}
IN_MEMORY = {"tmpfs", "ramfs"}
OF_OTHERS = {"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "virtiofs", "overlay"}
CRYPT = "CRYPT-"  # how device mapper's uuid of a LUKS or plain dm-crypt volume begins


@dataclass(frozen=True)
class Mount:
    """One mounted file system; `is_plain`: it was looked at and is not encrypted."""

    point: str
    source: str
    kind: str
    encryption: str

    @property
    def is_plain(self) -> bool:
        return self.encryption == "not encrypted"


def mount_of(place: Path) -> Mount | None:
    """The mount on which this folder lies; None where the machine does not tell."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    where, found = place.resolve(), None
    for line in lines:
        source, point, kind, *_ = (part.replace("\\040", " ") for part in line.split(" "))
        if where.is_relative_to(point) and (found is None or len(point) >= len(found[1])):
            found = (source, point, kind)
    return None if found is None else Mount(found[1], found[0], found[2], _encryption(*found))


def _encryption(source: str, point: str, kind: str) -> str:
    """In words; what cannot be seen from here is said to be so and is no fault."""
    if kind in ENCRYPTING:
        return "encrypted"
    if kind in IN_MEMORY:
        return "in memory"
    if kind in OF_OTHERS or not source.startswith("/dev/"):
        return "cannot be seen from here: ask whose storage it is"
    try:
        number = os.stat(point).st_dev
    except OSError:
        return "cannot be seen from here"
    device = BLOCK / f"{os.major(number)}:{os.minor(number)}"
    if not device.exists():
        return "cannot be seen from here"
    return "encrypted" if _is_crypt(device.resolve()) else "not encrypted"


def _is_crypt(device: Path) -> bool:
    """Whether a block device is a dm-crypt volume, or lies on one (LVM on LUKS)."""
    uuid = device / "dm" / "uuid"
    if uuid.exists() and uuid.read_text(encoding="utf-8").startswith(CRYPT):
        return True
    below = device / "slaves"
    return below.is_dir() and any(_is_crypt(part.resolve()) for part in below.iterdir())
