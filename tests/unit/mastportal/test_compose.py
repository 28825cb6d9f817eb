"""The containers are what the compose specification allows, and the same processes as those of `make run`."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from mastportal import environment
from mastportal.launcher import process, services
from mastportal.launcher.services import Addresses

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_it_follows_the_compose_specification(compose: dict[str, Any]) -> None:
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(compose)] == []
    assert not validator.is_valid(compose | {"services": {"web": {"imagine": "nothing"}}})


def test_it_runs_the_processes_of_make_run(compose: dict[str, Any]) -> None:
    doors = services.doors(ROOT, Addresses("127.0.0.1", 8000, 8001, "127.0.0.1", 2121))
    expected = {service.name for service in [*services.workers(), *doors]} | {"prepare", "sky"}
    assert expected == set(process.command_lines())
    for name in expected:
        assert compose["services"][name]["command"] == ["python", "-m", "mastportal.launcher.process", name]


def test_every_lasting_service_has_a_health_check_and_keeps_its_data(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["volumes"], name
        assert ("healthcheck" in service) == (name not in {"prepare", "sky"}), name
    mounted = {volume.partition(":")[0] for service in compose["services"].values() for volume in service["volumes"]}
    assert mounted == set(compose["volumes"])


def test_every_variable_is_one_that_the_portal_reads(compose: dict[str, Any]) -> None:
    source = (ROOT / "mastportal" / "settings.py").read_text() + Path(str(environment.__file__)).read_text()
    own = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS", "REMAP_SIGTERM"}
    for service in compose["services"].values():
        for variable in set(service.get("environment", {})) - own:
            assert f'"{variable}"' in source, variable


def test_services_wait_only_for_services_that_exist(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service.get("depends_on", {})) <= set(compose["services"])
