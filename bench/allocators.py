# SPDX-License-Identifier: MIT
# The field: the C library, this tree's library, those the system has, and those that are named.
import glob
import os
import re
import subprocess

OURS = "ikyoalloc"
PLAIN = "glibc"
SYSTEM = (
    "libjemalloc.so.*",
    "libmimalloc.so.*",
    "libtcmalloc_minimal.so.*",
    "libtbbmalloc_proxy.so.*",
    "librpmalloc*.so*",
    "libsnmallocshim.so*",
)
FOLDERS = ("/usr/lib/*-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib")


class Allocator:
    """A library to preload (an empty path for the C library), its name, and what is known of it.

    `settings` are environment variables that it needs to run as its authors mean it to.
    """

    def __init__(self, path, name, version="", settings=()):
        self.path, self.name, self.version = path, name, version
        self.settings = dict(setting.split("=", 1) for setting in settings)


def output(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def short_name(path):
    return re.sub(r"^lib|(_proxy|_minimal|shim)?\.so.*$", "", os.path.basename(path))


def packaged_version(path):
    """The version of the Debian package that a library came with, if it came with one."""
    try:
        owner = output("dpkg", "-S", os.path.realpath(path)) or output("dpkg", "-S", path)
        package = owner.split(": ")[0].split(",")[0]
        version = output("dpkg-query", "-W", "-f", "${Version}", package) if package else ""
        return f"Debian {package.split(':')[0]} {version}" if version else ""
    except FileNotFoundError:
        return ""


def own_version():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    with open(os.path.join(root, "include", "ikyoalloc", "ikyoalloc.h"), encoding="utf-8") as file:
        version = ".".join(re.findall(r"define IKYO_VERSION_[A-Z]+ (\d+)", file.read()))
    try:
        commit = output("git", "-C", root, "describe", "--always", "--dirty", "--exclude=*")
    except FileNotFoundError:
        commit = ""
    return f"{version}, commit {commit}" if commit else version


def of_system():
    found = {}
    for pattern in SYSTEM:
        for folder in FOLDERS:
            for path in sorted(glob.glob(os.path.join(folder, pattern))):
                found.setdefault(os.path.realpath(path), path)
    return [Allocator(real, short_name(path), packaged_version(path))
            for real, path in found.items()]


def named(argument):
    """An argument `path`, `path=name` or `path=name,VARIABLE=value,...`."""
    path, _, rest = argument.partition("=")
    name, *settings = rest.split(",")
    if bad := [setting for setting in settings if "=" not in setting]:
        raise SystemExit(f"bench: no VARIABLE=value: {bad[0]}")
    return Allocator(os.path.realpath(path), name or short_name(path),
                     f"with {' '.join(settings)}" if settings else "", settings)


def complaint(allocator):
    """Why a library cannot be preloaded, or nothing."""
    if not allocator.path:
        return ""
    if not os.path.isfile(allocator.path):
        return f"{allocator.path} is not there"
    # The dynamic linker takes both for separators.
    if re.search(r"[ :]", allocator.path):
        return f"{allocator.path} has a space or a colon in it"
    done = subprocess.run(
        ["cat", "/proc/self/maps"], env={"PATH": os.defpath, "LD_PRELOAD": allocator.path},
        capture_output=True, text=True, check=False)
    if allocator.path not in done.stdout:
        return f"{allocator.path} cannot be preloaded: {done.stderr.strip()}"
    return ""


def field(ours, arguments, only_named):
    """All that take part. A name is used once; what was named goes before what was found."""
    first = [Allocator("", PLAIN, os.confstr("CS_GNU_LIBC_VERSION") or ""),
             Allocator(os.path.realpath(ours), OURS, own_version())]
    chosen = first + [named(argument) for argument in arguments]
    names = [allocator.name for allocator in chosen]
    for name in names:
        if names.count(name) > 1:
            raise SystemExit(f"bench: two libraries have the name {name}; use PATH=NAME")
        if re.search(r'[",;#|]', name):
            raise SystemExit(f"bench: a name has no quotes, commas, semicolons, # or |: {name}")
    taken = {allocator.path for allocator in chosen}
    for allocator in [] if only_named else of_system():
        if allocator.name not in names and allocator.path not in taken:
            names.append(allocator.name)
            chosen.append(allocator)
    for allocator in chosen:
        if fault := complaint(allocator):
            raise SystemExit(f"bench: {fault}")
    return chosen
