"""Settings: where they come from, what they may be, and how a mistake is told.

Each of these was broken once and seen to fail: the order of the sources; the refusal of unknown
variables; hiding the key, and a URL's password, in a sentence; `env_ignore_empty`; the key that is
given twice.
"""

from __future__ import annotations

import os
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from ayon_proxy.errors import CannotStart
from ayon_proxy.settings import Settings, Upstream, given_settings
from ayon_proxy.settings.quantities import duration, size
from ayon_proxy.settings.sources import variable

UPSTREAM = {("upstream", "url"): ("--upstream", "https://ayon.example")}


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("AYON_PROXY_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def complaint(config: Path | None = None, *, upstream: bool = True) -> str:
    with pytest.raises(CannotStart) as stopped:
        given_settings(UPSTREAM if upstream else {}, str(config) if config else None)
    assert stopped.value.exit_status == 2
    sentence = str(stopped.value)
    assert "\n" not in sentence
    assert sentence.endswith((".", "?"))
    return sentence


def test_every_source_goes_before_the_next_and_leaves_the_rest_to_it(
    monkeypatch: pytest.MonkeyPatch, toml: Path
) -> None:
    toml.write_text(
        '[upstream]\nurl = "https://file.example"\n[server]\nhost = "::1"\nport = 1\n'
        '[offline]\nwait_seconds = "3s"\n[storage]\nmax_bytes = "1GiB"\n'
    )
    monkeypatch.setenv("AYON_PROXY_SERVER__PORT", "2")
    monkeypatch.setenv("AYON_PROXY_STORAGE__MAX_BYTES", "2GiB")
    settings = given_settings(
        {("server", "port"): ("--port", "3"), ("storage", "data_dir"): ("--data-dir", "/here")},
        str(toml),
    )
    assert settings.upstream.url == "https://file.example"
    assert settings.server.host == "::1"
    assert settings.server.port == 3
    assert settings.storage.max_bytes == 2 * 1024**3
    assert settings.storage.data_dir == Path("/here")
    assert settings.offline.wait_seconds == 3
    assert settings.offline.identity_grace == 72 * 3600


def test_the_file_is_found_by_its_variable(monkeypatch: pytest.MonkeyPatch, toml: Path) -> None:
    toml.write_text('[upstream]\nurl = "https://file.example"\n')
    monkeypatch.setenv("AYON_PROXY_CONFIG", str(toml))
    assert given_settings().upstream.url == "https://file.example"


def test_an_empty_variable_gives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AYON_PROXY_SERVER__PORT", "")
    monkeypatch.setenv("AYON_PROXY_CONFIG", "")
    assert given_settings(UPSTREAM).server.port == 8080


def test_settings_made_from_values_read_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AYON_PROXY_SERVER__PORT", "2")
    monkeypatch.setenv("AYON_PROXY_NONSENSE", "2")
    assert Settings(upstream=Upstream(url="http://a")).server.port == 8080


@pytest.mark.parametrize(
    ("section", "name", "text", "value"),
    [
        ("upstream", "url", "https://ayon.example/", "https://ayon.example"),
        ("upstream", "url", "http://[::1]:5000/studio//", "http://[::1]:5000/studio"),
        ("upstream", "url", " HTTPS://Ayon.Example:443 ", "HTTPS://Ayon.Example:443"),
        ("upstream", "harmless_topics", "farm.heartbeat, kitsu.*", ("farm.heartbeat", "kitsu.*")),
        ("server", "host", "[::]", "::"),
        ("server", "host", "proxy.studio.example", "proxy.studio.example"),
        ("server", "port", "0", 0),
        ("server", "port", " 65535 ", 65535),
        (
            "server",
            "trusted_proxies",
            "10.0.0.7, 192.168.0.0/16,fd00::/8",
            (ip_network("10.0.0.7"), ip_network("192.168.0.0/16"), ip_network("fd00::/8")),
        ),
        ("storage", "max_bytes", "1.5GiB", 3 * 1024**3 // 2),
        ("storage", "max_bytes", "2097152", 2 * 1024**2),
        ("storage", "memory_bytes", "64 MiB", 64 * 1024**2),
        ("storage", "memory_bytes", "0", 0),
        ("storage", "adopt", "True", True),
        ("identity", "sharing", "USER", "user"),
        ("identity", "recheck_seconds", "1m", 60.0),
        ("offline", "identity_grace", "3d", 3 * 86400.0),
        ("offline", "identity_grace", "0", 0.0),
        ("offline", "wait_seconds", "0.5", 0.5),
        ("bandwidth", "max_file_bytes_per_second", "2.5MiB", 5 * 1024**2 // 2),
        ("bandwidth", "max_file_bytes_per_second", "0", 0),
        ("log", "level", "DEBUG", "debug"),
    ],
)
def test_a_variable_may_be_written_as(
    monkeypatch: pytest.MonkeyPatch, section: str, name: str, text: str, value: object
) -> None:
    monkeypatch.setenv(variable(section, name), text)
    options = UPSTREAM if name != "url" else {}
    assert getattr(getattr(given_settings(options), section), name) == value


@pytest.mark.parametrize(
    ("section", "name", "text", "fix"),
    [
        ("upstream", "url", "ayon.example", "write https://ayon.example"),
        ("upstream", "url", "ftp://ayon.example", "must be http or https, not ftp"),
        ("upstream", "url", "https://", "names no host"),
        ("upstream", "url", "https:///x", "names no host"),
        ("upstream", "url", "https://a:99999", "can't be read"),
        ("upstream", "url", "https://a:0", "names no host"),
        ("upstream", "url", "https://[::1", "can't be read"),
        ("upstream", "url", "https://a b", "no blank"),
        ("upstream", "url", "https://a..b", "could be looked up"),
        ("upstream", "url", "https://a/?x=1", "from the ? or # on"),
        ("upstream", "url", "https://a/#", "from the ? or # on"),
        ("upstream", "url", " ", "like https://ayon.studio.example"),
        ("upstream", "api_key_file", "/nowhere/key", "can't be read"),
        ("server", "host", "http://0.0.0.0", "a host is a name or an address"),
        ("server", "host", "0.0.0.0:80", "the port is a setting of its own"),
        ("server", "port", "http", "a number from 0 to 65535"),
        ("server", "port", "65536", "a number from 0 to 65535"),
        ("server", "port", "9" * 5000, "a number from 0 to 65535"),
        ("server", "port", "-1", "a number from 0 to 65535"),
        ("server", "port", "٨", "a number from 0 to 65535"),
        ("server", "trusted_proxies", "10.0.0.1 10.0.0.2", "neither an address nor a network"),
        ("server", "trusted_proxies", "10.0.0.5/24", "write 10.0.0.0/24"),
        ("upstream", "harmless_topics", "farm heartbeat", "is not a topic"),
        ("storage", "data_dir", " ", "path of a directory"),
        ("storage", "max_bytes", "50GB", "KiB, MiB or GiB"),
        ("storage", "max_bytes", "50", "at least 1MiB"),
        ("storage", "max_bytes", "-1GiB", "KiB, MiB or GiB"),
        ("storage", "memory_bytes", "much", "KiB, MiB or GiB"),
        ("storage", "adopt", "perhaps", "true or false"),
        ("identity", "sharing", "all", "'scope' or 'user'"),
        ("identity", "recheck_seconds", "0", "at least 1s"),
        ("offline", "identity_grace", "3w", "s, m, h or d"),
        ("offline", "wait_seconds", "inf", "s, m, h or d"),
        ("bandwidth", "max_file_bytes_per_second", "20 Mbit", "KiB, MiB or GiB"),
        ("bandwidth", "max_file_bytes_per_second", "64", "at least 64KiB"),
        ("bandwidth", "unlimited_hours", "at night", "'at night' is no span of times, like 22:"),
        ("bandwidth", "unlimited_hours", "22-6", "is no span of times"),
        ("bandwidth", "unlimited_hours", "22:00-24:01", "is no span of times"),
        ("bandwidth", "unlimited_hours", "24:00-06:00", "is no span of times"),
        ("bandwidth", "unlimited_hours", "22:60-06:00", "is no span of times"),
        ("bandwidth", "unlimited_hours", "22:00-06:00 7:00-8:00", "is no span of times"),
        ("bandwidth", "unlimited_hours", "7:00-07:00", "write 00:00-24:00 for all day"),
        ("bandwidth", "unlimited_hours", "00:00-00:00", "write 00:00-24:00 for all day"),
        ("log", "level", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("log", "format", "xml", "'auto', 'console' or 'json'"),
    ],
)
def test_a_wrong_variable_is_named_with_its_value_and_the_fix(
    monkeypatch: pytest.MonkeyPatch, section: str, name: str, text: str, fix: str
) -> None:
    monkeypatch.setenv(variable(section, name), text)
    sentence = complaint(upstream=name != "url")
    assert sentence.startswith(f"{variable(section, name)} is {text[:100]!r}"[:-1])
    assert fix in sentence


def test_a_wrong_option_is_named_as_it_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AYON_PROXY_SERVER__PORT", "8080")
    with pytest.raises(CannotStart, match=r"^--port is 'x': a port is a number"):
        given_settings(UPSTREAM | {("server", "port"): ("--port", "x")})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[server]\nport = "x"', "server.port in {file} is 'x': a port is a number"),
        ("[server]\nport = true", "server.port in {file} is 'True': a port is a number"),
        ("[server]\nprot = 1", "server.prot in {file} is not a setting: did you mean server.port?"),
        ("[sever]\nport = 1", "sever in {file} is not a setting: did you mean server?"),
        ("[upstream.tls]\nx = 1", "upstream.tls in {file} is not a setting"),
        ("server = 1", "server in {file} is no table"),
        ("[[server]]", "server in {file} is no table"),
        ("[server\n", "The configuration file {file} is not TOML"),
        ("[server]\ntrusted_proxies = 5", "server.trusted_proxies in {file} is '5': it must list"),
        ("[storage]\nmax_bytes = 1.5", "storage.max_bytes in {file} is '1.5': it must be at least"),
        ("[storage]\ndata_dir = 1", "storage.data_dir in {file} is '1': it must be the path"),
        ("[offline]\nwait_seconds = []", "offline.wait_seconds in {file} is '[]': a duration"),
        ("[upstream]\napi_key = 5", "upstream.api_key in {file} can't be used"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_the_file(toml: Path, text: str, sentence: str) -> None:
    toml.write_text(text)
    assert complaint(toml).startswith(sentence.format(file=toml))


def test_what_is_no_text_is_no_toml(toml: Path) -> None:
    toml.write_bytes(b"\xff\xfe")
    assert "is not TOML" in complaint(toml)


def test_a_list_in_the_file_may_be_an_array(toml: Path) -> None:
    toml.write_text('[server]\ntrusted_proxies = ["10.0.0.1"]\n')
    settings = given_settings(UPSTREAM, str(toml))
    assert settings.server.trusted_proxies == (ip_network("10.0.0.1"),)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("22:00-06:00", ((1320, 360),)),
        ("22:00 - 6:00, 12:00-13:30,", ((1320, 360), (720, 810))),
        ("00:00-24:00", ((0, 1440),)),
        ("22:00-00:00", ((1320, 0),)),
        ("", ()),
    ],
)
def test_hours_are_spans_of_the_day(
    monkeypatch: pytest.MonkeyPatch, text: str, spans: object
) -> None:
    monkeypatch.setenv("AYON_PROXY_BANDWIDTH__MAX_FILE_BYTES_PER_SECOND", "2MiB")
    monkeypatch.setenv("AYON_PROXY_BANDWIDTH__UNLIMITED_HOURS", text)
    assert given_settings(UPSTREAM).bandwidth.unlimited_hours == spans


def test_hours_without_a_limit_are_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AYON_PROXY_BANDWIDTH__UNLIMITED_HOURS", "22:00-06:00")
    assert complaint() == (
        "In the settings of bandwidth, unlimited_hours is nothing without "
        "max_file_bytes_per_second: set that too."
    )


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("AYON_PROXY_UPSTREAM_URL", "did you mean AYON_PROXY_UPSTREAM__URL?"),
        ("AYON_PROXY_UPSTREAM", "is not a setting"),
        ("AYON_PROXY_SERVER__PROT", "did you mean AYON_PROXY_SERVER__PORT?"),
        ("AYON_PROXY_NONSENSE", "see the README"),
    ],
)
def test_an_unknown_variable_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, fix: str
) -> None:
    monkeypatch.setenv(name, "x")
    sentence = complaint()
    assert sentence.startswith(f"{name} is not a setting: ")
    assert fix in sentence


def test_a_missing_upstream_is_told_with_the_ways_to_name_it() -> None:
    sentence = complaint(upstream=False)
    assert "--upstream" in sentence
    assert "AYON_PROXY_UPSTREAM__URL" in sentence


@pytest.mark.parametrize("path", ["/nowhere/settings.toml", "/"])
def test_a_file_that_cannot_be_read_is_told_with_who_named_it(
    monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    assert f"{path} can't be read" in complaint(Path(path))
    monkeypatch.setenv("AYON_PROXY_CONFIG", path)
    assert "AYON_PROXY_CONFIG" in complaint()


@pytest.mark.parametrize("name", ["AYON_PROXY_UPSTREAM__API_KEY", "AYON_PROXY_UPSTREAM__URL"])
@pytest.mark.parametrize(
    "value", ["user:hunter2@host/a b", "http://user:hun/ter2hunter2@host", "http://u:hunter2@h"]
)
def test_a_secret_is_in_no_sentence(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value if name.endswith("URL") else value + " hunter2")
    assert "hunter2" not in complaint(upstream=not name.endswith("URL"))


def test_a_key_file_is_read_once_and_stripped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "key"
    file.write_text("  s3cr3t\n")
    monkeypatch.setenv("AYON_PROXY_UPSTREAM__API_KEY_FILE", str(file))
    settings = given_settings(UPSTREAM)
    file.unlink()
    key = settings.upstream.service_key
    assert key is not None
    assert key.get_secret_value() == "s3cr3t"


def test_a_key_is_in_no_representation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AYON_PROXY_UPSTREAM__API_KEY", "s3cr3t")
    assert "s3cr3t" not in repr(given_settings(UPSTREAM))
    monkeypatch.delenv("AYON_PROXY_UPSTREAM__API_KEY")
    (tmp_path / "key").write_text("s3cr3t")
    monkeypatch.setenv("AYON_PROXY_UPSTREAM__API_KEY_FILE", str(tmp_path / "key"))
    assert "s3cr3t" not in repr(given_settings(UPSTREAM))


@pytest.mark.parametrize("content", [b"", b" \n", b"one\ntwo\n", b"\xff\x00", "schlüssel".encode()])
def test_a_key_file_holds_one_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    monkeypatch.setenv("AYON_PROXY_UPSTREAM__API_KEY_FILE", str(file))
    assert complaint().startswith(f"AYON_PROXY_UPSTREAM__API_KEY_FILE is {str(file)!r}: the file")


def test_a_key_given_twice_is_refused_with_both_names(
    monkeypatch: pytest.MonkeyPatch, toml: Path
) -> None:
    (toml.parent / "key").write_text("one")
    toml.write_text(f'[upstream]\napi_key_file = "{(toml.parent / "key").as_posix()}"\n')
    monkeypatch.setenv("AYON_PROXY_UPSTREAM__API_KEY", "two")
    sentence = complaint(toml)
    assert "AYON_PROXY_UPSTREAM__API_KEY " in sentence
    assert f"upstream.api_key_file in {toml}" in sentence


def test_settings_do_not_change() -> None:
    settings = Settings(upstream=Upstream(url="http://a"))
    with pytest.raises(ValidationError):
        settings.server.port = 1


@given(st.integers(0, 2**50), st.sampled_from(["", "KiB", "MiB", "GiB"]))
def test_a_size_is_its_number_times_its_unit(number: int, unit: str) -> None:
    factor = 1024 ** ["", "KiB", "MiB", "GiB"].index(unit)
    assert size(f"{number}{unit}") == number * factor


@given(st.text() | st.from_regex(r"[0-9.]+([KMG]iB|[smhd])?", fullmatch=True))
@example("9" * 5000)
@example("9" * 400 + ".5d")
def test_any_text_is_a_quantity_or_a_value_error(text: str) -> None:
    for parse in (size, duration):
        with suppress(ValueError):
            assert parse(text) >= 0


@given(st.text())
def test_any_text_is_an_upstream_or_one_sentence(text: str) -> None:
    with suppress(CannotStart):
        settings = given_settings({("upstream", "url"): ("--upstream", text)})
        assert settings.upstream.url.lower().startswith(("http://", "https://"))
