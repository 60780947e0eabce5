"""docker-compose.yml and the scripts it starts: no default, no root, no password."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from tests.stack.compose import (
    FILE,
    ROOT,
    SCHEMA,
    Compose,
    filled_file,
    image_entrypoint,
    load_compose,
    seconds,
)

GIVEN = {"IGWATCH_UID": "10001", "IGWATCH_GID": "10001"}
DEPLOY = ROOT / "deploy"
COMPOSE = load_compose(GIVEN)
OURS = {name: s for name, s in COMPOSE.services.items() if s.image.startswith("igwatch:")}


def run(*command: str | Path, **environment: str) -> str:
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={"PATH": os.environ["PATH"], **environment},
    ).stdout


def test_the_services_of_airflow_3_are_there():
    assert set(OURS) == {"init", "api-server", "scheduler", "dag-processor", "triggerer", "worker"}
    assert {name for name, s in COMPOSE.services.items() if "workers" in s.profiles} == {
        "redis",
        "worker",
    }
    assert COMPOSE.services["worker"].deploy.replicas == 2


def faults_of(compose: dict) -> list[str]:
    """What the Compose specification's own schema says of a file."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return [fault.json_path for fault in Draft202012Validator(schema).iter_errors(compose)]


def test_the_file_is_as_the_compose_specification_says():
    assert faults_of(filled_file(GIVEN)) == []
    assert faults_of(yaml.safe_load(FILE.read_text())) == [], "with its variables not filled in"


@pytest.mark.parametrize(
    ("key", "value", "where"),
    [
        ("read_onyl", True, "$.services.scheduler"),
        ("restart", ["always"], "$.services.scheduler.restart"),
        ("healthcheck", {"interval": 5}, "$.services.scheduler.healthcheck.interval"),
        ("depends_on", {"postgres": {"condition": "soon"}}, "$.services.scheduler.depends_on"),
    ],
)
def test_the_schema_refuses_what_is_not_compose(key, value, where):
    broken = filled_file(GIVEN)
    broken["services"]["scheduler"] = broken["services"]["scheduler"] | {key: value}
    assert any(path.startswith(where) for path in faults_of(broken))


def test_a_misspelt_key_is_refused():
    broken = COMPOSE.model_dump()
    broken["services"]["scheduler"]["read_onyl"] = True
    with pytest.raises(ValidationError, match="read_onyl"):
        Compose.model_validate(broken)


def test_without_make_secrets_it_does_not_start():
    with pytest.raises(KeyError, match="make secrets"):
        load_compose({})


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_services_hold_no_rights_that_they_do_not_need(name):
    service = OURS[name]
    assert service.user == "10001:10001"
    assert service.read_only
    assert service.init
    assert service.cap_drop == ["ALL"]
    assert service.security_opt == ["no-new-privileges:true"]
    assert service.healthcheck or service.restart == "no"


@pytest.mark.parametrize("name", sorted(COMPOSE.services))
def test_every_service_is_bounded_in_rights_writing_and_memory(name):
    service = COMPOSE.services[name]
    assert service.cap_drop == ["ALL"]
    assert service.security_opt == ["no-new-privileges:true"]
    assert service.read_only
    assert service.init
    assert service.deploy
    assert service.ulimits == {"core": 1}
    # postgres begins as root, and steps down by itself
    begins_as_root = {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}
    assert set(service.cap_add) == (begins_as_root if name == "postgres" else set())


def test_the_home_is_mounted_only_where_tasks_run_and_to_read_where_dags_are_read():
    home = "./var/igwatch:/srv/igwatch"
    mounted = {
        name: volume.removeprefix(home)
        for name, service in COMPOSE.services.items()
        for volume in service.volumes
        if ":/srv/igwatch" in volume
    }
    assert mounted == {"scheduler": "", "worker": "", "dag-processor": ":ro"}


def test_a_secret_is_given_to_whom_it_serves():
    """Airflow 3: tokens are made by the scheduler and proved by the api-server; what is encrypted
    in the database is read there, by the scheduler and the triggerer; tasks ask the api-server."""
    given = {
        secret: {name for name, s in COMPOSE.services.items() if secret in s.secrets}
        for secret in COMPOSE.secrets
    }
    airflow = {"init", "api-server", "scheduler", "dag-processor", "triggerer", "worker"}
    assert given == {
        "database_password": {"postgres", *airflow},
        "redis_password": {"redis", "scheduler", "worker"},
        "fernet_key": {"api-server", "scheduler", "triggerer"},
        "jwt_secret": {"api-server", "scheduler"},
        "api_secret_key": {"api-server"},
        "api_passwords": {"api-server"},
        "pseudonym_key": {"scheduler", "worker"},
    }


def test_a_setting_names_no_secret_that_its_service_was_not_given():
    """Airflow reads all settings when it starts: one whose file is not there would end it."""
    for name, service in COMPOSE.services.items():
        said = " ".join(service.environment.values())
        read = set(re.findall(r"/run/secrets/(\w+)", said))
        read |= {"redis_password"} if "connection broker" in said else set()
        assert read <= set(service.secrets), name


def test_every_image_can_be_given_by_its_digest():
    digest = "postgres:16@sha256:" + "0" * 64
    filled = load_compose(GIVEN | {"IGWATCH_POSTGRES": digest, "IGWATCH_REDIS": digest})
    assert filled.services["postgres"].image == filled.services["redis"].image == digest
    python = load_compose(GIVEN | {"IGWATCH_PYTHON": "3.12@sha256:0"}).services["init"].build
    assert python
    assert python.args["PYTHON"] == "3.12@sha256:0"


def test_workers_have_an_image_with_celery_and_one_machine_has_none():
    assert {s.image for s in OURS.values()} == {"igwatch:0.2.0-runtime"}
    with_workers = load_compose(GIVEN | {"IGWATCH_IMAGE": "workers"}).services["worker"]
    assert with_workers.image == "igwatch:0.2.0-workers"
    assert with_workers.build
    assert with_workers.build.args["LOCK"] == "workers"
    makefile = (ROOT / "Makefile").read_text()
    assert "$(if $(WORKERS),IGWATCH_EXECUTOR=CeleryExecutor IGWATCH_IMAGE=workers )" in makefile


def test_every_service_knows_only_secrets_networks_and_services_that_exist():
    for service in COMPOSE.services.values():
        assert set(service.secrets) <= set(COMPOSE.secrets)
        assert set(service.networks) <= set(COMPOSE.networks)
        assert set(service.depends_on) <= set(COMPOSE.services)
        assert all(
            source.split(":")[0] in COMPOSE.volumes or source[0] in "./"
            for source in service.volumes
        )


def test_only_the_api_server_can_be_reached_and_only_from_this_machine():
    ports = {name: s.ports for name, s in COMPOSE.services.items() if s.ports}
    assert ports == {"api-server": ["127.0.0.1:8080:8080"]}
    assert COMPOSE.networks["inside"].internal
    assert [name for name, s in COMPOSE.services.items() if "door" in s.networks] == ["api-server"]


def test_no_password_stands_in_the_file_or_an_environment():
    secret = re.compile(r"(?i)(password|secret|key|conn|broker|backend)")
    for service in COMPOSE.services.values():
        for name, value in service.environment.items():
            if secret.search(name):
                assert name.endswith(("_CMD", "_FILE")), name
                assert value.startswith(("/", "cat /run/secrets/")), name
    assert re.findall(r"(?i)(password|secret|key):[-=]\w", FILE.read_text()) == []


def test_airflow_reads_every_secret_setting_by_command():
    """_CMD is heard only for settings that Airflow calls sensitive; else a default would rule."""
    code = (
        "from airflow.configuration import conf;"
        "print(['__'.join(('AIRFLOW', *o)).upper() for o in conf.sensitive_config_values])"
    )
    told = run(ROOT / ".venv/bin/python", "-c", code, AIRFLOW_HOME="/tmp/igwatch-none")
    by_command = {
        name.removesuffix("_CMD")
        for service in OURS.values()
        for name in service.environment
        if name.endswith("_CMD")
    }
    assert by_command <= set(re.findall(r"'(\w+)'", told))
    assert len(by_command) == 6


def test_secrets_are_made_once_for_the_owner_alone(tmp_path):
    folder = tmp_path / "secrets"
    run(DEPLOY / "secrets", folder)
    first = {path.name: path.read_text() for path in folder.iterdir()}
    run(DEPLOY / "secrets", folder)
    assert {path.name: path.read_text() for path in folder.iterdir()} == first
    assert set(first) == set(COMPOSE.secrets)
    assert len(set(first.values())) == len(first)
    assert {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()} == {"0o600"}
    assert json.loads(first["api_passwords"]).keys() == {"igwatch"}
    assert re.search(r"IGWATCH_UID=[1-9]", (tmp_path / ".env").read_text())


@pytest.mark.parametrize(
    ("memory", "cpu", "limit", "threads"),
    [
        ("4294967296", "200000 100000", "2048MiB", "2"),
        ("1073741824", "150000 100000", "512MiB", "2"),  # one processor and a half: two threads
        ("max", "max 100000", "", ""),  # no limit: igwatch's own defaults
    ],
)
def test_duckdb_is_told_what_the_container_may_use(tmp_path, memory, cpu, limit, threads):
    (tmp_path / "memory.max").write_text(memory + "\n")
    (tmp_path / "cpu.max").write_text(cpu + "\n")
    told = run(
        DEPLOY / "entry",
        "sh",
        "-c",
        'echo "${IGWATCH_MEMORY_LIMIT:-},${IGWATCH_THREADS:-}"',
        IGWATCH_CGROUP=str(tmp_path),
    )
    assert told.strip() == f"{limit},{threads}"


def test_what_a_site_sets_itself_is_left_alone(tmp_path):
    (tmp_path / "memory.max").write_text("4294967296\n")
    told = run(
        DEPLOY / "entry",
        "sh",
        "-c",
        'echo "$IGWATCH_MEMORY_LIMIT"',
        IGWATCH_CGROUP=str(tmp_path),
        IGWATCH_MEMORY_LIMIT="700MB",
    )
    assert told.strip() == "700MB"


def test_every_command_and_the_entry_point_exist_and_may_be_run():
    named = [
        p
        for s in OURS.values()
        for p in [*s.command, *(s.healthcheck.test if s.healthcheck else [])]
        if p.startswith("/opt/igwatch/")
    ]
    for path in {*named, *image_entrypoint()}:
        assert os.access(ROOT / path.removeprefix("/opt/igwatch/"), os.X_OK), path


def test_the_image_takes_only_what_it_needs():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert not {"!secrets", "!var", "!.env", "!tests", "!.git"} & set(ignored)
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes" in dockerfile
    assert re.search(r"^USER \d+:\d+$", dockerfile, re.M)


def test_durations_are_read():
    assert [seconds(d) for d in ("30s", "10m", "1m30s")] == [30, 600, 90]
