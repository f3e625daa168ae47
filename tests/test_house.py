"""What the repository says of itself is true: README, configuration, lock files, licence, image.

Each was broken once and seen to fail: a setting left out of the README and of the TOML file, a
default changed in both, an option renamed, a dead link, an index in a lock file, a lifetime, a
state of the feed, a warning and a question that decides left out, a figure changed.
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from typer.main import get_command

from ayon_proxy import __version__
from ayon_proxy.cache.background import LIMIT_SECONDS
from ayon_proxy.cache.feed_state import NoFeed
from ayon_proxy.cache.thumbnails import WAIT_SECONDS
from ayon_proxy.cache.watcher import AGAIN_SECONDS, STATES
from ayon_proxy.cache.writing import READ_BYTES
from ayon_proxy.cli.commands import commands
from ayon_proxy.policy import lifetimes
from ayon_proxy.policy.feed import bounds as feed
from ayon_proxy.policy.graphql.bounds import MOST_BODY_BYTES
from ayon_proxy.policy.invalidation.topic import ASSIGNED_SECONDS, SETTLE_SECONDS
from ayon_proxy.policy.shown.examining import DECIDING
from ayon_proxy.policy.writes.changes import MOST_OPERATIONS
from ayon_proxy.settings import Settings, Upstream, given_settings
from ayon_proxy.settings.quantities import KIB, MIB
from ayon_proxy.settings.sections import setting_names
from ayon_proxy.settings.sources import CONFIG, variable

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
TOML = ROOT / "config" / "ayon_proxy.toml"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK_FILES = sorted(ROOT.glob("requirements*.lock"))

NO_DEFAULT = {
    *(("upstream", name) for name in ("url", "api_key", "api_key_file")),
    *(("upstream", name) for name in ("ca_file", "client_certificate", "client_key")),
    *(("server", name) for name in ("tls_certificate", "tls_key", "tls_key_password_file")),
}
OF_THE_PLATFORM = ("storage", "data_dir")

_LIVES = {"short", "long"}
"""What the table of the feed's states says of lifetimes."""

DEFAULTS = Settings(upstream=Upstream(url="https://ayon.studio.example"))


def rows(first_cell: str) -> list[list[str]]:
    """The README's table rows whose first cell, without back ticks, matches."""
    cells = (line.strip("|").split("|") for line in README.splitlines() if line.startswith("|"))
    read = [[cell.strip() for cell in row] for row in cells]
    return [row for row in read if re.fullmatch(first_cell, row[0].strip("`"))]


def default(section: str, name: str) -> Any:
    return getattr(getattr(DEFAULTS, section), name)


def as_set(section: str, name: str, text: str) -> Any:
    """The value that a setting has when it is written like that."""
    values = {"upstream": {"url": "https://ayon.studio.example"}}
    values.setdefault(section, {})[name] = text
    return getattr(getattr(Settings.model_validate(values), section), name)


def test_the_readme_lists_every_setting_once() -> None:
    listed = [row[0].strip("`") for row in rows(r"AYON_PROXY_\w+")]
    assert sorted(listed) == sorted([*(variable(*place) for place in setting_names()), CONFIG])


@pytest.mark.parametrize("place", sorted(setting_names() - NO_DEFAULT - {OF_THE_PLATFORM}))
def test_the_readme_gives_the_default(place: tuple[str, str]) -> None:
    (row,) = rows(variable(*place))
    text = row[2].strip("`")
    assert as_set(*place, "" if text == "none" else text) == default(*place)


def uncommented() -> dict[str, dict[str, Any]]:
    """The TOML file with every setting switched on."""
    return tomllib.loads(re.sub(r"(?m)^#(?=\w+ = )", "", TOML.read_text()))


def test_the_file_holds_every_setting_and_no_other() -> None:
    listed = {(section, name) for section, names in uncommented().items() for name in names}
    assert listed == setting_names()


def test_the_file_as_it_is_sets_nothing() -> None:
    assert all(not names for names in tomllib.loads(TOML.read_text()).values())


@pytest.mark.parametrize("place", sorted(setting_names() - NO_DEFAULT - {OF_THE_PLATFORM}))
def test_the_file_gives_the_default(place: tuple[str, str]) -> None:
    section, name = place
    assert as_set(section, name, uncommented()[section][name]) == default(section, name)


def test_the_file_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CONFIG, raising=False)
    file = tmp_path / "all.toml"
    keys = re.compile(r"(?m)^#(?=\w+ = )(?!api_key|ca_file|client_|tls_)")
    file.write_text(keys.sub("", TOML.read_text()))
    settings = given_settings(config=str(file))
    for section, name in setting_names() - {OF_THE_PLATFORM}:
        assert getattr(getattr(settings, section), name) == default(section, name)


def test_the_readme_lists_every_command_with_its_options() -> None:
    listed = {
        row[0].strip("`").removeprefix("ayon-proxy "): set(re.findall(r"--[a-z-]+", row[1]))
        for row in rows(r"ayon-proxy \w+")
    }
    assert listed == {
        name: {
            max((*option.opts, *option.secondary_opts), key=len)
            for option in command.params
            if "--help" not in option.opts
        }
        for name, command in get_command(commands).commands.items()  # type: ignore[attr-defined]
    }


def test_the_readme_lists_every_make_target() -> None:
    targets = set(re.findall(r"(?m)^([a-z]+):.*##", (ROOT / "Makefile").read_text()))
    assert {row[0].strip("`") for row in rows(r"`?make \w+")} == {
        f"make {target}" for target in targets - {"help"}
    }


def test_the_readme_links_to_what_is_there() -> None:
    headings = {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-")
        for heading in re.findall(r"(?m)^#+ (.+)$", README)
    }
    for target in re.findall(r"\]\((?!https?://)([^)]+)\)", README):
        path, _, anchor = target.partition("#")
        assert not path or (ROOT / path).exists(), target
        assert not anchor or anchor in headings, target


def test_the_readme_names_modules_that_are_there() -> None:
    for name in re.findall(r"`((?:policy|cache|storage|upstream|web)/[\w/.]+)`", README):
        assert (ROOT / "ayon_proxy" / name).exists(), name


def test_the_readme_says_how_long_answers_of_each_class_live() -> None:
    classes = {
        name: (each.of(watched=True), each.of(watched=False))
        for name, each in vars(lifetimes).items()
        if isinstance(each, lifetimes.Lifetimes) and each is not lifetimes.NONE
    }
    said = {
        row[0].strip("`"): (float(row[2]), float(row[3]))
        for row in rows("[A-Z_]+")
        if row[0].strip("`") in classes
    }
    assert said == classes


def test_the_readme_says_what_the_config_file_says_of_lifetimes() -> None:
    longest = f"for up to {lifetimes.ENTITY.watched / 60:.0f} minutes"
    assert longest in TOML.read_text()
    assert f"{lifetimes.ENTITY.unwatched:.0f} s for entities" in TOML.read_text()


def test_the_readme_lists_every_question_that_decides() -> None:
    (row,) = rows("Deciding reads")
    named = set(re.findall(r"`(\w+)`", row[1]))
    assert named == {name.split("(")[-1].rstrip(")") for name in DECIDING}


def test_the_readme_lists_every_state_of_the_feed() -> None:
    assert {row[0].strip("`") for row in rows("[a-z_]+") if len(row) == 3 and row[2] in _LIVES} == {
        *STATES.values(),
        NoFeed(0.0).state.state,
    }


def test_the_readme_lists_every_warning() -> None:
    """And `feed_failed`, which is an error."""
    sources = [file.read_text() for file in (ROOT / "ayon_proxy").rglob("*.py")]
    logged = {
        event
        for source in sources
        for event in re.findall(r"\blog\.(?:warning|error|exception)\(\s*\"(\w+)\"", source)
    }
    begin = README.index("Worth an alarm")
    section = README[begin : README.index("\n## ", begin)]
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", section)) == logged


@pytest.mark.parametrize(
    "said",
    [
        f"JSON of up to {READ_BYTES // MIB} MiB",
        f"no batch of more than {MOST_OPERATIONS:,} operations",
        f"by a scan every {feed.SCAN_SECONDS:.0f} s",
        f"read back every {feed.POLL_SECONDS:.0f} s",
        f"and every {feed.SCAN_SECONDS:.0f} s what changed without one",
        f"longer than {feed.LONGEST_GAP_SECONDS / 3600:.0f} h or {feed.LONGEST_GAP_EVENTS:,} ev",
        f"after {feed.RECONNECT_SECONDS[0]:.0f} to {2 * feed.RECONNECT_SECONDS[0]:.0f} s, then",
        f"{feed.RECONNECT_SECONDS[1]:.0f} s at most",
        f"is dropped again {SETTLE_SECONDS:.0f} s later",
        f"after {ASSIGNED_SECONDS:.0f} s. A thumbnail",
        f"its readers wait, {WAIT_SECONDS:.0f} s at most",
        f"over {MOST_BODY_BYTES // KIB} KiB",
        f"was followed for {LIMIT_SECONDS / 60:.0f} min",
        f"begins anew after {AGAIN_SECONDS:.0f} s",
    ],
)
def test_a_figure_of_the_readme_is_that_of_the_code(said: str) -> None:
    assert said in " ".join(README.split())


@pytest.mark.parametrize("file", LOCK_FILES, ids=lambda file: str(file.name))
def test_a_lock_file_pins_names_and_names_no_index(file: Path) -> None:
    text = file.read_text()
    assert "://" not in text
    for line in text.splitlines():
        if line and not line.lstrip().startswith("#"):
            requirement = Requirement(line)
            assert [it.operator for it in requirement.specifier] == ["=="]
            assert requirement.url is None


def test_the_lock_files_hold_every_dependency() -> None:
    project = PYPROJECT["project"]
    wanted = {
        "requirements.lock": project["dependencies"],
        "requirements-test.lock": project["optional-dependencies"]["test"],
    }
    for file in LOCK_FILES:
        pins = (re.match(r"[\w.-]+", line) for line in file.read_text().splitlines())
        pinned = {canonicalize_name(pin[0]) for pin in pins if pin}
        names = {canonicalize_name(Requirement(text).name) for text in wanted[file.name]}
        assert names <= pinned


def test_the_licence_is_apache_2_and_in_the_package() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text()
    assert PYPROJECT["project"]["license"] == "Apache-2.0"
    assert PYPROJECT["project"]["license-files"] == ["LICENSE"]


def test_the_installed_package_says_what_it_is() -> None:
    package = distribution("ayon-proxy")
    assert package.version == __version__
    assert package.metadata["License-Expression"] == "Apache-2.0"
    assert package.metadata["Requires-Python"] == ">=3.11"
    (script,) = package.entry_points.select(group="console_scripts")
    assert (script.name, script.value) == ("ayon-proxy", "ayon_proxy.cli:main")
    assert package.metadata["Description-Content-Type"] == "text/markdown"


def test_the_wheel_ships_the_migrations() -> None:
    assert PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"] == {
        "migrations": "ayon_proxy/_migrations"
    }


def test_the_change_log_knows_this_version_or_what_is_to_come() -> None:
    headings = re.findall(r"(?m)^## (.+)$", (ROOT / "CHANGELOG.md").read_text())
    assert headings[0] == "Unreleased" or headings[0].startswith(__version__)


@pytest.mark.parametrize("file", ["Dockerfile", "config/docker-compose.yml"])
def test_the_image_is_set_up_by_settings_that_exist(file: str) -> None:
    known = {variable(*place) for place in setting_names()}
    named = set(re.findall(r"AYON_PROXY_\w+", (ROOT / file).read_text()))
    assert named
    assert named <= known


def test_the_image_runs_without_rights_and_is_built_from_what_is_there() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    instructions = [line.split(maxsplit=1) for line in lines if re.match(r"[A-Z]+ ", line)]
    users = [rest for name, rest in instructions if name == "USER"]
    assert users == ["ayon-proxy"]
    copied = [
        source
        for name, rest in instructions
        if name == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]
    let_through = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")
    }
    assert set(copied) == let_through
    assert all((ROOT / source).exists() for source in copied)
