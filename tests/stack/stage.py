"""Where Docker would be: each compose service as a process of its own user, mounts and host name.

Runs inside `tests/stack/apart`, as root. A service gets its own command and environment from
docker-compose.yml and the Dockerfile, a read-only root, its own tmpfs, and only its own secrets.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from tests.stack.compose import (
    Compose,
    Service,
    image_entrypoint,
    image_environment,
    load_compose,
    seconds,
)

NOBODY_IN_PARTICULAR = "10001"
LONGEST_START_SECONDS = 420


class Stage:
    """The services of the compose file; `start` one, wait until it is `healthy`, `kill` it."""

    def __init__(self, folder: Path, **given: str) -> None:
        ids = {"IGWATCH_UID": NOBODY_IN_PARTICULAR, "IGWATCH_GID": NOBODY_IN_PARTICULAR}
        self.folder = folder
        self.compose: Compose = load_compose(ids | given)
        self.running: dict[str, subprocess.Popen] = {}
        subprocess.run(["deploy/secrets", str(folder / "secrets")], check=True, timeout=20)
        for name in ("home", "log"):
            os.chown(folder / name, int(NOBODY_IN_PARTICULAR), int(NOBODY_IN_PARTICULAR))

    def secret(self, name: str) -> str:
        return (self.folder / "secrets" / name).read_text()

    def start(self, name: str, host: str | None = None) -> None:
        """Start a service, as `host` where it has more than one copy."""
        service = self.compose.services[name]
        host = host or name
        command = (image_entrypoint() if service.build else []) + service.command
        log = (self.folder / f"{host}.out").open("ab")
        self.running[host] = subprocess.Popen(
            self._contained(service, host, command),
            env=self._environment(name),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def finish(self, name: str) -> None:
        """Start a service that does its work and ends, and wait for that."""
        self.start(name)
        if self.running.pop(name).wait(LONGEST_START_SECONDS):
            raise AssertionError(f"{name} did not succeed:\n{self.said(name)}")

    def healthy(self, name: str, host: str | None = None) -> None:
        """Wait until the service's own health check says that it is well."""
        host = host or name
        check = self.compose.services[name].healthcheck
        kind, *rest = check.test
        command = ["sh", "-c", *rest] if kind == "CMD-SHELL" else rest
        until = time.monotonic() + LONGEST_START_SECONDS
        while time.monotonic() < until:
            assert self.running[host].poll() is None, f"{host} has ended:\n{self.said(host)}"
            if self._passes(name, host, command, max(60, seconds(check.timeout))):
                return
            time.sleep(2)
        raise AssertionError(f"{host} did not become healthy:\n{self.said(host)}")

    def kill(self, host: str) -> None:
        """As if the machine had lost its power: every process of the service at once."""
        process = self.running.pop(host)
        for pid in [process.pid, *_descendants(process.pid)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait(20)

    def close(self) -> None:
        for host in list(self.running):
            self.kill(host)

    def said(self, host: str, n_chars: int = 4000) -> str:
        return (self.folder / f"{host}.out").read_text(errors="replace")[-n_chars:]

    def make_database(self) -> None:
        """What the entry point of the postgres image does the first time it starts."""
        data = self.folder / "database"
        os.chmod(self.folder, 0o755)
        subprocess.run(["chown", "postgres", str(data)], check=True)
        password = self.folder / "database_password"
        password.write_text(self.secret("database_password"))
        subprocess.run(["chown", "postgres", str(password)], check=True)
        make = (
            f"initdb -D {data} -U airflow --pwfile={password} --auth-host=scram-sha-256 "
            f"--auth-local=trust && echo 'CREATE DATABASE airflow' | "
            f"postgres --single -D {data} postgres"
        )
        subprocess.run(
            ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "sh", "-c", make],
            check=True,
            timeout=180,
            env=self._environment("postgres"),
            stdout=subprocess.DEVNULL,
        )

    def _passes(self, name: str, host: str, command: list[str], timeout: int) -> bool:
        service = self.compose.services[name]
        try:
            return (
                subprocess.run(
                    self._contained(service, host, command),
                    env=self._environment(name),
                    timeout=timeout,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                ).returncode
                == 0
            )
        except subprocess.TimeoutExpired:
            return False

    def _environment(self, name: str) -> dict[str, str]:
        service = self.compose.services[name]
        (postgres,) = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
        image = (
            image_environment()
            if service.build
            else {"PATH": f"{postgres}:/usr/bin:/bin", "PGDATA": "/run/database"}
        )
        return {"LANG": "C.UTF-8"} | image | service.environment

    def _contained(self, service: Service, host: str, command: list[str]) -> list[str]:
        """The command below its own mounts, host name and user."""
        user, group = (service.user or "postgres:postgres").split(":")
        steps = [f"hostname {host}", "mount -t tmpfs -o mode=755 none /run/secrets"]
        for secret in service.secrets:
            steps.append(
                f"install -m 400 -o {user} -g {group} "
                f"{self.folder}/secrets/{secret} /run/secrets/{secret}"
            )
        for place in (place.split(":")[0] for place in service.tmpfs):
            if place != "/tmp":
                steps.append(f"mount -t tmpfs -o mode=0700 none {place}")
                steps.append(f"chown {user}:{group} {place}")
        steps += [*self._home(service), *self._volumes(service), "cd /opt/igwatch"]
        if service.read_only:
            steps += ["mount -o remount,bind,ro /", "mount -t tmpfs -o mode=1777 none /tmp"]
            root = os.environ["IGWATCH_ROOT"]
            if root.startswith("/tmp/"):  # the packages' own first lines name the checkout
                steps += [f"mkdir -p {root}", f"mount --bind /opt/igwatch {root}"]
        rights = "--no-new-privs --bounding-set=-all --inh-caps=-all" if service.cap_drop else ""
        steps.append(
            f"exec setpriv --reuid={user} --regid={group} --clear-groups {rights} "
            f"{shlex.join(command)}"
        )
        return ["unshare", "--mount", "--uts", "sh", "-euc", "\n".join(steps)]

    def _home(self, service: Service) -> list[str]:
        """The home as the service has it: as it is, to read only, or not at all."""
        given = [volume for volume in service.volumes if ":/srv/igwatch" in volume]
        if not given:
            return ["mount -t tmpfs -o ro,mode=000 none /srv/igwatch"]
        return ["mount -o remount,bind,ro /srv/igwatch"] if given[0].endswith(":ro") else []

    def _volumes(self, service: Service) -> list[str]:
        """The database's volume, where its image would have it."""
        if not any(volume.split(":")[0] in self.compose.volumes for volume in service.volumes):
            return []
        return ["mkdir -p /run/database", f"mount --bind {self.folder}/database /run/database"]


def _descendants(pid: int) -> list[int]:
    told = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    parents = {
        int(child): int(parent) for child, parent in map(str.split, told.stdout.splitlines())
    }
    found, wanted = [], {pid}
    while fresh := {child for child, parent in parents.items() if parent in wanted} - set(found):
        found += sorted(fresh)
        wanted = fresh
    return found
