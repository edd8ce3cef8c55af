# SPDX-License-Identifier: MIT
# What a measurement was made on, and how much else went on meanwhile.
import os
import platform
import re
import resource
import time

from allocators import output

STAT_BUSY = (0, 1, 2, 5, 6)  # user, nice, system, irq, softirq
STAT_STEAL = 7


def text_of(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def first(pattern, text, otherwise="unknown"):
    found = re.search(pattern, text, re.MULTILINE)
    return found.group(1).strip() if found else otherwise


def memory_bytes():
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def describe(compiler):
    """Pairs of what and how."""
    system = first(r'^PRETTY_NAME="?([^"\n]*)', text_of("/etc/os-release"))
    kernel = first(r"^([0-9.]*[0-9])", platform.release())
    pages = text_of("/sys/kernel/mm/transparent_hugepage/enabled")
    virtual = ", virtual" if " hypervisor" in text_of("/proc/cpuinfo") else ""
    return [
        ("processor", first(r"^model name\s*:(.*)", text_of("/proc/cpuinfo"), platform.machine())
         + f", {platform.machine()}{virtual}"),
        ("cores", f"{os.cpu_count()}, {len(os.sched_getaffinity(0))} of them usable"),
        ("memory", f"{memory_bytes() / 2**30:.1f} GiB"),
        ("page size", f"{os.sysconf('SC_PAGE_SIZE') // 1024} KiB"),
        ("transparent huge pages", first(r"\[(\w+)\]", pages)),
        ("system", f"{system}, {platform.system()} {kernel}"),
        ("C library", os.confstr("CS_GNU_LIBC_VERSION") or "unknown"),
        ("compiler", output(compiler, "--version").split("\n")[0] or "unknown"),
    ]


class Disturbance:
    """Processor time that went to others since this was made."""

    def __init__(self):
        self.began = time.monotonic()
        self.load = os.getloadavg()[0]
        self.others, self.steal = self.used()

    @staticmethod
    def used():
        ticks = [int(word) for word in text_of("/proc/stat").split("\n", maxsplit=1)[0].split()[1:]]
        second = os.sysconf("SC_CLK_TCK")
        usage = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        own = sum(one.ru_utime + one.ru_stime for one in usage)
        return sum(ticks[i] for i in STAT_BUSY) / second - own, ticks[STAT_STEAL] / second

    def loaded(self):
        return self.load > 0.25 * (os.cpu_count() or 1)

    def summary(self):
        others, steal = self.used()
        passed = max(time.monotonic() - self.began, 0.01)
        return (f"load {self.load:.2f} at the start; other programs took "
                f"{max(others - self.others, 0) / passed:.2f} of a processor on average, "
                f"the host withheld {(steal - self.steal) / passed:.2f}")
