"""The floor plan, kept: who may import whom, how large a module may be, how it may be called.

    cli, server → assembly → web → cache → policy
                           → upstream, storage → the ports of cache

Broken once, to see the tests fail: `import time` in policy, `import httpx` in cache, an import of
storage in web, a clock read in policy, `time.time()` in cache, a module of 251 lines of code, one
called `helpers`.
"""

from __future__ import annotations

import ast
import re
import statistics
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "ayon_proxy"
MODULES = sorted(PACKAGE.rglob("*.py"))
ALL = sorted({*MODULES, *ROOT.glob("migrations/**/*.py"), *ROOT.glob("tests/**/*.py")})

FLOORS = {
    "policy": {"policy"},
    "cache": {"cache", "policy", "errors", "__version__"},
    "upstream": {"upstream", "cache.ports", "cache.feed_ports", "policy", "errors", "__version__"},
    "storage": {"storage", "cache.ports", "policy", "errors", "_migrations", "__version__"},
    "web": {"web", "cache", "policy", "errors", "__version__"},
    "settings": {"settings", "errors"},
    "errors": set[str](),
    "demo": {"demo", "__version__"},
}
"""Floor → what of this package it may import. What is not named here stands above them all."""

LIBRARIES = {
    "policy": {"xxhash"},
    "policy.graphql": {"xxhash", "graphql"},
    "cache": {"orjson", "structlog"},
}
"""Floors that decide or carry out, and the only libraries they need for it."""

ADAPTERS_ALONE = {
    "httpx": "upstream",
    "httpcore": "upstream",
    "ayon_api": "upstream",
    "requests": "upstream",
    "sqlalchemy": "storage",
    "alembic": "storage",
    "prometheus_client": "web",
    "backports": "web",
    "brotli": "web",
}
"""Libraries that one floor hides from the others (the demo server is a program of its own)."""

IMPURE = {
    "asyncio",
    "builtins",
    "concurrent",
    "contextvars",
    "http",
    "io",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "secrets",
    "select",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "uuid",
    "warnings",
}
"""What `policy` decides without: I/O, clocks, chance, concurrency."""

WALL_CLOCK = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "date.today"}
"""What only `system_clock` reads: everybody else is given a clock that nobody can set."""

MEANINGLESS = re.compile(
    r"(.*_)?(utils?|helpers?|common|base|managers?|services?|handlers?|misc|core)"
)
"""Names that would fit any module."""

MOST_LINES = 250
MEDIAN_LINES = 80


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text())


def name(module: Path) -> str:
    """The dotted name below the package: `policy.routes.table`."""
    parts = module.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imported(module: Path) -> Iterator[str]:
    """All that a module imports, as full dotted names; names taken from a module included."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def below(dotted: str, whole: str) -> bool:
    return dotted == whole or dotted.startswith(whole + ".")


def libraries(module: Path) -> set[str]:
    roots = {dotted.split(".")[0] for dotted in imported(module)}
    return {root for root in roots if root not in sys.stdlib_module_names} - {"ayon_proxy"}


def code_lines(module: Path) -> int:
    """Lines that hold code: no blank ones, comments or docstrings."""
    with tokenize.open(module) as source:
        tokens = [
            token
            for token in tokenize.generate_tokens(source.readline)
            if token.type not in _NO_CODE and token.string
        ]
    held = {line for token in tokens for line in range(token.start[0], token.end[0] + 1)}
    for node in ast.walk(tree(module)):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            held -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(held)


_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


ON_FLOORS = [each for each in MODULES if name(each).split(".")[0] in FLOORS]
"""Others stand above all floors."""


@pytest.mark.parametrize("module", ON_FLOORS, ids=name)
def test_a_floor_imports_from_itself_and_below_only(module: Path) -> None:
    allowed = FLOORS[name(module).split(".")[0]]
    ours = {
        dotted.removeprefix("ayon_proxy.")
        for dotted in imported(module)
        if below(dotted, "ayon_proxy") and dotted != "ayon_proxy"
    }
    assert {
        dotted for dotted in ours if not any(below(dotted, floor) for floor in allowed)
    } == set()


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_a_floor_needs_no_library_but_its_own(module: Path) -> None:
    mine = [floor for floor in LIBRARIES if below(name(module), floor)]
    used = libraries(module)
    if mine:
        assert used <= LIBRARIES[max(mine, key=len)]
    if name(module).split(".")[0] in FLOORS.keys() - {"demo"}:
        foreign = {
            library
            for library in used & ADAPTERS_ALONE.keys()
            if not below(name(module), ADAPTERS_ALONE[library])
        }
        assert foreign == set()


@pytest.mark.parametrize("module", [m for m in MODULES if below(name(m), "policy")], ids=name)
def test_policy_decides_from_values_alone(module: Path) -> None:
    roots = {dotted.split(".")[0] for dotted in imported(module)}
    assert roots & IMPURE == set()
    assert "urllib.request" not in {dotted.rpartition(".")[0] for dotted in imported(module)}
    for node in ast.walk(tree(module)):
        assert not isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.Global)
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in {"open", "print", "input"}
            assert not called.endswith((".now", ".utcnow", ".today"))


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_the_time_of_day_is_read_in_one_place(module: Path) -> None:
    if name(module) == "system_clock" or below(name(module), "demo"):
        return
    read = {ast.unparse(node) for node in ast.walk(tree(module)) if isinstance(node, ast.Attribute)}
    assert read & WALL_CLOCK == set()


def test_no_module_is_too_large_to_be_held_in_a_head() -> None:
    lines = {name(module): code_lines(module) for module in MODULES}
    assert {module: count for module, count in lines.items() if count > MOST_LINES} == {}
    assert statistics.median(count for count in lines.values() if count) <= MEDIAN_LINES


@pytest.mark.parametrize("module", ALL, ids=lambda module: str(module.relative_to(ROOT)))
def test_a_module_is_called_by_what_it_is_about(module: Path) -> None:
    parts = module.relative_to(ROOT).with_suffix("").parts
    assert [part for part in parts if MEANINGLESS.fullmatch(part)] == []


@pytest.mark.parametrize("module", ALL, ids=lambda module: str(module.relative_to(ROOT)))
def test_a_module_says_first_what_it_is_for(module: Path) -> None:
    if code_lines(module) == 0:
        return
    assert ast.get_docstring(tree(module))
    if any(not isinstance(node, ast.Expr | ast.Assign) for node in tree(module).body):
        assert "annotations" in {
            alias.name
            for node in tree(module).body
            if isinstance(node, ast.ImportFrom) and node.module == "__future__"
            for alias in node.names
        }


@pytest.mark.parametrize("module", ALL, ids=lambda module: str(module.relative_to(ROOT)))
def test_what_is_ignored_is_named(module: Path) -> None:
    with tokenize.open(module) as source:
        comments = [
            token.string
            for token in tokenize.generate_tokens(source.readline)
            if token.type == tokenize.COMMENT
        ]
    unnamed = [
        comment
        for comment in comments
        if re.search(r"#\s*(noqa(?!: ?[A-Z]+\d)|type: ignore(?!\[)|ruff: noqa|mypy:)", comment)
    ]
    assert unnamed == []


def test_every_route_module_is_part_of_the_table() -> None:
    table = PACKAGE / "policy" / "routes" / "table.py"
    joined = {dotted.rpartition(".")[2] for dotted in imported(table)}
    areas = {
        module.stem
        for module in MODULES
        if module.parent == table.parent
        and re.search(r"^ROUTES\b", module.read_text(), re.MULTILINE)
    }
    assert areas - {"table"} <= joined
