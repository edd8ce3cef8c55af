# SPDX-License-Identifier: MIT
# The workloads: what there is, how it is compiled or prepared, and one run of one.
import os
import re
import shutil
import signal
import subprocess
import tempfile

from machine import memory_bytes

HERE = os.path.dirname(os.path.abspath(__file__))
FLAGS = ["-O2", "-Wall", "-Wextra", "-fno-builtin", "-pthread"]
ALONE_SECONDS = 20
PROGRAM_SECONDS = 60
# What --quick runs: one of each sort, none of which needs a package that ./dev does not.
QUICK = {
    "bench": ("pairs", "batch", "random_small", "random_medium", "mix", "produce_small", "server",
              "thread_churn", "growth_one", "big", "reuse"),
    "scale": (),
    "program": ("python_json", "startup"),
}


class Workload:
    """A row of the tables: its kind (bench, scale, program), name, point of an axis or nothing."""

    def __init__(self, kind, name, source, point=""):
        self.kind, self.name, self.source, self.point = kind, name, source, point
        self.limit = ALONE_SECONDS if kind == "bench" else PROGRAM_SECONDS

    @property
    def key(self):
        return self.kind, self.name, self.point

    def __str__(self):
        return " ".join(part for part in self.key if part)

    @property
    def file(self):
        return os.path.splitext(os.path.basename(self.source))[0]


class Failure(Exception):
    """Why a run has no figures: `timeout`, or `failed` with the program's last words."""


def comment(source):
    """The comment below the SPDX line, as lines without their marks."""
    lines = []
    with open(source, encoding="utf-8") as file:
        for line in file.read().split("SPDX-License-Identifier: MIT\n", 1)[-1].split("\n"):
            mark = re.match(r"(//|#)\s(.*)", line)
            if not mark or line.startswith("#include"):
                break
            lines.append(mark.group(2))
    return lines


def description(source):
    return " ".join(line for line in comment(source) if not line.startswith("axis:"))


def axis(source):
    """The name of a curve's axis and its points."""
    for line in comment(source):
        if line.startswith("axis:"):
            words = line.split()[1:]
            return words[0], words[1:]
    raise SystemExit(f"bench: {source} names no axis")


def points(source):
    name, values = axis(source)
    if name == "live":
        return [value for value in values if int(value) * 2**20 <= memory_bytes() / 2]
    return values


def everything():
    """All workloads of this folder, in the order of their names."""
    found = []
    for entry in sorted(os.listdir(HERE)):
        source = os.path.join(HERE, entry)
        name, extension = os.path.splitext(entry)
        if name.startswith("bench_") and extension in (".c", ".cpp"):
            found.append(Workload("bench", name[len("bench_"):], source))
        elif name.startswith("scale_") and extension == ".c":
            found += [Workload("scale", name[len("scale_"):], source, point)
                      for point in points(source)]
    programs = os.path.join(HERE, "programs")
    for entry in sorted(os.listdir(programs)) if os.path.isdir(programs) else []:
        if entry.endswith(".sh") and entry != "common.sh":
            found.append(Workload("program", entry[:-3], os.path.join(programs, entry)))
    return found


def environment(allocator=None):
    """What every run sees: nothing of the caller that an allocator or a program could heed."""
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
    preload = {"MEASURE_PRELOAD": allocator.path, **allocator.settings} if allocator else {}
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", **kept, **preload}


class Bench:
    """Compiled workloads and prepared inputs, in a folder that later runs use again."""

    def __init__(self, folder):
        self.folder = folder
        self.inputs = os.path.join(folder, "inputs")
        self.launcher = os.path.join(folder, "measure")
        os.makedirs(self.inputs, exist_ok=True)
        self.compile(os.path.join(HERE, "measure.c"), self.launcher)
        # The launcher writes to descriptor 3, which is this file from now on.
        self.cost = tempfile.TemporaryFile()
        if self.cost.fileno() != 3:
            os.dup2(self.cost.fileno(), 3)

    @staticmethod
    def compile(source, product):
        cplusplus = source.endswith(".cpp")
        compiler = ["c++", "-std=c++17"] if cplusplus else ["cc", "-std=c11"]
        if subprocess.run([*compiler, *FLAGS, "-o", product, source], check=False).returncode != 0:
            raise SystemExit(f"bench: {source} does not compile")

    def ready(self, workload):
        """Makes a workload ready to be run; returns why it cannot be, or nothing."""
        if workload.kind != "program":
            product = os.path.join(self.folder, workload.file)
            self.compile(workload.source, product)
            return ""
        missing = missing_packages(workload)
        if missing:
            return f"not installed: {' '.join(missing)}"
        done = subprocess.run(["sh", workload.source, "prepare", self.inputs], env=environment(),
                              capture_output=True, text=True, errors="replace", check=False)
        return "" if done.returncode == 0 else last_line(done.stderr) or "it cannot be prepared"

    def run(self, workload, allocator):
        """One run: figure, unit, wall and CPU seconds, peak KiB, minor faults."""
        if workload.kind == "program":
            env = {**environment(allocator), "MEASURE": self.launcher}
            text = self.wait(["sh", workload.source, "run", self.inputs], env, workload.limit, ())
            seconds, peak, faults = numbers(text, 3)
            return [f"{seconds:.4f}", "s", f"{seconds:.4f}", "", int(peak), int(faults)]
        self.cost.seek(0)
        self.cost.truncate()
        command = [self.launcher, os.path.join(self.folder, workload.file)]
        command += [workload.point] if workload.point else []
        text = self.wait(command, environment(allocator), workload.limit, (3,))
        figure, = numbers(text, 1)
        self.cost.seek(0)
        wall, cpu, peak, faults = numbers(self.cost.read().decode(), 4)
        return [f"{figure:.2f}", "ns", f"{wall:.4f}", f"{cpu:.4f}", int(peak), int(faults)]

    @staticmethod
    def wait(command, env, limit, files):
        """The output of a command that ends in time and well; its whole session ends with it."""
        with subprocess.Popen(command, env=env, pass_fds=files, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              start_new_session=True) as process:
            try:
                out, errors = process.communicate(timeout=limit)
            except BaseException as interruption:
                stop(process)
                if isinstance(interruption, subprocess.TimeoutExpired):
                    raise Failure("timeout") from None
                raise
        if process.returncode != 0:
            words = last_line(errors.decode(errors="replace"))
            words = re.sub(r"/[^ ]*/", "", words)  # where the files of this machine lie
            raise Failure(f"failed: {words or f'status {process.returncode}'}")
        return out.decode(errors="replace")


def stop(process):
    """A script gets the time to end its servers."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.communicate(timeout=5)
        except (subprocess.TimeoutExpired, ProcessLookupError):
            pass


def last_line(text):
    return re.sub(r'[",]', " ", text.strip().split("\n")[-1])[:200]


def numbers(text, count):
    words = text.split()
    try:
        if len(words) == count:
            return [float(word) for word in words]
    except ValueError:
        pass
    raise Failure(f"failed: {count} numbers were expected of it: {last_line(text)}")


def packages(workload):
    done = subprocess.run(["sh", workload.source, "packages"], capture_output=True, text=True,
                          check=True)
    return done.stdout.split()


def missing_packages(workload):
    """Names are Debian's. On another system only `prepare` can tell."""
    if not shutil.which("dpkg-query"):
        return []
    return [name for name in packages(workload) if subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}", name], capture_output=True, text=True,
        check=False).stdout != "installed"]


def install(workloads):
    wanted = sorted({name for workload in workloads if workload.kind == "program"
                     for name in missing_packages(workload)})
    if not wanted:
        return
    print("bench: installing", *wanted, flush=True)
    root = [] if os.geteuid() == 0 else ["sudo"]
    subprocess.run([*root, "apt-get", "update", "-qq"], stdout=subprocess.DEVNULL, check=False)
    subprocess.run([*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-qq",
                    "-y", "--no-install-recommends", *wanted], stdout=subprocess.DEVNULL,
                   check=False)
