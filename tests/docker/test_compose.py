"""The compose file keeps the rules that it claims to keep; whether Docker likes it, no test here can tell."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
ONCE = {"prepare", "migrate"}
OURS = {"web", "worker", "mailer", "owner", "scheduler", *ONCE}
A_VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_]+)")
A_ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]+)`", re.MULTILINE)
A_NEEDED_ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]+)`.*\*\*needed\*\*", re.MULTILINE)
GIVEN_TO_DOCKERS_OWN = {"POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS"}


def documented():
    return set(A_ROW.findall((ROOT / "docs" / "configuration.md").read_text()))


def settings_of(service):
    """The variables that a container gets, without the ``_FILE`` of those that come as files."""
    return {name.removesuffix("_FILE") for name in SERVICES[service].get("environment", {})}


@pytest.mark.parametrize("name", SERVICES)
class TestEveryService:
    def test_runs_without_root_capabilities_or_a_disk_to_write_on(self, name):
        service = SERVICES[name]

        uid, gid = service["user"].split(":")
        assert int(uid) > 0
        assert int(gid) > 0
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service
        assert "cap_add" not in service

    def test_has_limits_and_a_tag_that_is_not_latest(self, name):
        service = SERVICES[name]

        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
        tag = service["image"].rpartition(":")[2]
        assert tag not in {service["image"], "latest"}

    def test_is_watched_and_started_again_unless_it_runs_once(self, name):
        service = SERVICES[name]

        if name in ONCE:
            assert (service["restart"], service["healthcheck"]) == ("no", {"disable": True})
        else:
            assert service["restart"] == "unless-stopped"
            assert service["healthcheck"]["test"]

    def test_waits_for_what_it_needs_to_be_well(self, name):
        needed = SERVICES[name].get("depends_on", {})

        for other, how in needed.items():
            expected = "service_completed_successfully" if other in ONCE else "service_healthy"
            assert how == {"condition": expected}

    def test_mounts_each_secret_that_its_environment_names_and_no_other(self, name):
        service = SERVICES[name]
        named = {
            value.removeprefix("/run/secrets/")
            for variable, value in service.get("environment", {}).items()
            if variable.endswith("_FILE")
        }

        assert named <= set(COMPOSE["secrets"])
        if name in OURS:
            assert set(service["secrets"]) == named


class TestTheWhole:
    def test_opens_no_port_but_the_proxys(self):
        assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
            "proxy": ["80:8080", "443:8443"]
        }

    def test_keeps_database_and_broker_on_a_network_without_a_way_out(self):
        assert SERVICES["postgres"]["networks"] == SERVICES["valkey"]["networks"] == ["back"]
        assert COMPOSE["networks"]["back"] == {"internal": True}
        assert "back" not in SERVICES["proxy"]["networks"]

    def test_gives_the_owners_and_the_administrators_login_to_those_who_need_them(self):
        holders = {
            login: {name for name in SERVICES if login in settings_of(name)}
            for login in ("DATABASE_OWNER_URL", "DATABASE_ADMIN_URL")
        }

        assert holders == {
            "DATABASE_OWNER_URL": {"owner", "prepare", "migrate"},
            "DATABASE_ADMIN_URL": {"prepare"},
        }

    def test_says_no_secret_in_words(self):
        values = [value for name in OURS for value in SERVICES[name]["environment"].items()]

        assert [
            name for name, value in values if re.search(r"KEY|URL|TOKEN", name) and "/run/" not in value
        ] == []

    def test_believes_the_proxys_fixed_address_alone(self):
        address = SERVICES["proxy"]["networks"]["front"]["ipv4_address"]

        assert {SERVICES[name]["environment"]["TRUSTED_PROXIES"] for name in OURS} == {address}

    def test_works_every_queue(self):
        from regulars.settings import base

        queues = {base.CELERY_TASK_DEFAULT_QUEUE, *(r["queue"] for r in base.CELERY_TASK_ROUTES.values())}
        worked = [SERVICES[name]["environment"].get("WORKER_QUEUES", "") for name in ("worker", "mailer")]

        assert sorted([*",".join(worked).split(","), "provision"]) == sorted(queues)

    def test_names_only_variables_that_are_documented(self):
        named = set(A_VARIABLE.findall((DOCKER / "compose.yaml").read_text()))
        named |= set().union(*(settings_of(name) for name in SERVICES)) - GIVEN_TO_DOCKERS_OWN

        assert named - documented() == set()
        assert set(re.findall(r"^([A-Z_]+)=", (DOCKER / ".env.example").read_text(), re.M)) <= documented()

    def test_gives_what_production_refuses_to_start_without(self):
        needed = set(A_NEEDED_ROW.findall((ROOT / "docs" / "configuration.md").read_text()))

        assert {name: needed - settings_of(name) for name in OURS if needed - settings_of(name)} == {}

    def test_has_a_maker_for_every_secret_but_the_certificate(self):
        made = set(re.findall(r"^kept ([a-z_]+) ", (DOCKER / "make-secrets").read_text(), re.M))

        assert set(COMPOSE["secrets"]) - made == {"certificate", "certificate_key"}


class TestTheImage:
    def test_reads_every_secret_that_the_settings_know_from_a_file(self):
        entrypoint = (DOCKER / "entrypoint").read_text()
        read = set(re.search(r"for name in (.*?); do", entrypoint, re.S)[1].replace("\\", "").split())
        table = (ROOT / "docs" / "configuration.md").read_text().split("\n## ")[1]

        secret = {name for name in A_ROW.findall(table) if re.search(r"KEY|_URL|SECRET|TOKEN|DSN", name)}

        assert read == secret

    def test_runs_as_the_user_that_the_compose_file_says(self):
        users = re.findall(r"^USER (\S+)$", (DOCKER / "Dockerfile").read_text(), re.M)

        assert users == ["10001:10001"]
        assert {SERVICES[name]["user"] for name in OURS} == {"10001:10001"}

    def test_is_built_from_nothing_but_what_the_dockerfile_names(self):
        ignored = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
        let_in = {line[1:] for line in ignored if line.startswith("!")}
        copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (DOCKER / "Dockerfile").read_text(), re.M)

        assert ignored[1] == "*"
        assert let_in == {name for line in copied for name in line.split()}
