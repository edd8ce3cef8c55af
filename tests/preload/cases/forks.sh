# SPDX-License-Identifier: MIT
# Fork after fork: from a process with a large heap, and from one whose threads are allocating.
# Programs: perl python3
# Packages: perl python3
perl -e '
my %heap = map { $_ => "x" x ($_ % 300) } 1 .. 20000;
my $good = 0;
for my $n (1 .. 60 * $ENV{SCALE}) {
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        delete @heap{1 .. 2000};
        my @new = map { "y" x $_ } 1 .. 500;
        exit(@new == 500 ? 0 : 1);
    }
    waitpid $pid, 0;
    $good++ if $? == 0;
}
print "$good children\n";'
exec python3 - <<'END'
import os, threading
stop = False
def work():
    while not stop:
        rows = [bytes(n % 700) for n in range(3000)]
        rows.reverse()
threads = [threading.Thread(target=work) for _ in range(8)]
for t in threads:
    t.start()
good = 0
for n in range(8 * int(os.environ["SCALE"])):
    pid = os.fork()
    if pid == 0:
        rows = {i: "v%d" % i for i in range(3000)}
        os._exit(0 if len(rows) == 3000 else 1)
    good += os.waitpid(pid, 0)[1] == 0
stop = True
for t in threads:
    t.join()
print(good, "children of a process with threads")
END
