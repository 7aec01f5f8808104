"""Whether the packages of this environment fit together: what each says it needs, against what is installed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

CORE = "neurolsm"
PARTS = (
    "neurolsm-brian2",
    "neurolsm-c",
    "neurolsm-lava",
    "neurolsm-models",
)  # they and the core have one minor version
_fits: set[str] = set()  # to look takes some milliseconds; a program opens many simulators


def misfit(package: str) -> str | None:
    """The first thing that an installed package needs and does not find here, in one sentence with the remedy; None if all is well.

    A package that is not installed, as in a checkout that is only on the path, says nothing.
    """
    package = canonicalize_name(package)
    if package in _fits:
        return None
    found = _two_versions(package) or next(_unmet(package), None)
    if found is None:
        _fits.add(package)
    return found


def cause(package: str) -> str | None:
    """As ``misfit``, of the package and of all that it needs, however far down: why an import may have failed."""
    seen, waiting = set(), [canonicalize_name(package)]
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        if found := _two_versions(name) or next(_unmet(name), None):
            return found
        waiting += [canonicalize_name(one.name) for one in _needs(name)]
    return None


def installed(package: str) -> str | None:
    """The version of a package; None if it is not installed."""
    try:
        return version(package) or None  # None: what is left of a broken installation
    except (PackageNotFoundError, KeyError):
        return None


def _two_versions(package: str) -> str | None:
    core, part = installed(CORE), installed(package)
    if package not in PARTS or core is None or part is None:
        return None
    if Version(core).release[:2] == Version(part).release[:2]:
        return None
    old, new = (package, core) if Version(part) < Version(core) else (CORE, part)
    return f'{package} {part} and {CORE} {core} do not belong together. Type: pip install "{old}=={new}"'


def _unmet(package: str) -> Iterator[str]:
    for need in _needs(package):
        there = installed(need.name)
        wanted = f"{need.name}{need.specifier}"
        if there is None:
            yield f'{package} {installed(package)} needs {wanted}, which is not installed. Type: pip install "{wanted}"'
        elif not _allowed(need, there):
            yield (
                f"{package} {installed(package)} needs {wanted}, and {need.name} {there} is installed. "
                f'Type: pip install "{wanted}"'
            )


def _allowed(need: Requirement, there: str) -> bool:
    try:
        return need.specifier.contains(there, prereleases=True)
    except InvalidVersion:  # somebody's own build
        return True


def _needs(package: str) -> Iterator[Requirement]:
    """What a package needs on this Python and system, without its extras."""
    try:
        lines = requires(package) or []
    except PackageNotFoundError:
        return
    for line in lines:
        try:
            need = Requirement(line)
        except InvalidRequirement:
            continue
        if need.marker is None or need.marker.evaluate({"extra": ""}):
            yield need
