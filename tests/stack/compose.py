"""docker-compose.yml as data: the part of the Compose specification that we use, and no more.

A key we do not know is refused, so a misspelt one is a failing test and not a silent default.
Names and forms: compose-spec.io, `spec.md` (services, networks, volumes, secrets, interpolation).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
# the Compose specification's own schema (compose-spec/compose-spec, schema/compose-spec.json,
# Apache-2.0, as the PyPI package check-jsonschema 0.39.0 ships it)
SCHEMA = Path(__file__).with_name("compose-spec.json")
DOCKERFILE = ROOT / "Dockerfile"
Duration = Annotated[str, StringConstraints(pattern=r"^(\d+h)?(\d+m)?(\d+s)?$", min_length=2)]
VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?:(:[-?])([^}]*))?\})")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HealthCheck(Strict):
    test: list[str]
    interval: Duration
    timeout: Duration
    retries: int
    start_period: Duration = "0s"


class Condition(Strict):
    condition: Literal["service_started", "service_healthy", "service_completed_successfully"]


class Limits(Strict):
    memory: Annotated[str, StringConstraints(pattern=r"^\d+[mg]$")]
    cpus: Annotated[str, StringConstraints(pattern=r"^\d+(\.\d+)?$")]


class Resources(Strict):
    limits: Limits


class Deploy(Strict):
    resources: Resources
    replicas: int = 1


class Build(Strict):
    context: str
    args: dict[str, str]


class Service(Strict):
    image: str
    command: list[str]
    environment: dict[str, str]
    networks: list[str]
    secrets: list[str]
    build: Build | None = None
    profiles: list[str] = []
    user: Annotated[str, StringConstraints(pattern=r"^\d+:\d+$")] | None = None
    init: bool = False
    read_only: bool = False
    cap_drop: list[str] = []
    cap_add: list[str] = []
    security_opt: list[str] = []
    ulimits: dict[str, int] = {}
    restart: Literal["no", "always", "on-failure", "unless-stopped"] = "no"
    tmpfs: list[str] = []
    volumes: list[str] = []
    ports: list[str] = []
    depends_on: dict[str, Condition] = {}
    healthcheck: HealthCheck | None = None
    stop_grace_period: Duration = "10s"
    deploy: Deploy | None = None


class Network(Strict):
    internal: bool = False


class Secret(Strict):
    file: str


class Compose(Strict):
    name: str
    services: dict[str, Service]
    networks: dict[str, Network]
    volumes: dict[str, dict[str, str]]
    secrets: dict[str, Secret]


def load_compose(given: Mapping[str, str]) -> Compose:
    """The compose file with these variables put in. Raises KeyError for one that must be given."""
    filled = filled_file(given)
    return Compose.model_validate(
        {name: part for name, part in filled.items() if not name.startswith("x-")}
    )


def filled_file(given: Mapping[str, str]) -> dict:
    """All of the compose file with these variables put in."""
    return _filled(yaml.safe_load(FILE.read_text(encoding="utf-8")), given)


def image_environment() -> dict[str, str]:
    """What the ENV lines of the Dockerfile set."""
    lines = DOCKERFILE.read_text(encoding="utf-8").splitlines()
    pairs = [line.removeprefix("ENV ") for line in lines if line.startswith("ENV ")]
    return dict(pair.split("=", 1) for pair in pairs)


def image_entrypoint() -> list[str]:
    """What the ENTRYPOINT line of the Dockerfile starts."""
    (line,) = re.findall(r"^ENTRYPOINT (.*)$", DOCKERFILE.read_text(encoding="utf-8"), re.M)
    return yaml.safe_load(line)


def seconds(duration: str) -> int:
    """`1m30s` -> 90."""
    sizes = {"h": 3600, "m": 60, "s": 1}
    return sum(int(n) * sizes[unit] for n, unit in re.findall(r"(\d+)([hms])", duration))


def _filled(part: object, given: Mapping[str, str]) -> object:
    if isinstance(part, dict):
        return {key: _filled(value, given) for key, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, given) for value in part]
    return VARIABLE.sub(lambda found: _value(found, given), part) if isinstance(part, str) else part


def _value(found: re.Match[str], given: Mapping[str, str]) -> str:
    dollar, name, operator, text = found.groups()
    if dollar:
        return "$"
    if given.get(name):
        return given[name]
    if operator == ":-":
        return text
    raise KeyError(f"{name} is not set: {text or 'it has no default'}")
