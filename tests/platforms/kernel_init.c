// SPDX-License-Identifier: MIT
// The first process of a kernel that is under test. It runs each program of /tests, those of
// /preload with the library, says on the console how each ended, and switches the machine off.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SECONDS = 300, SHOWN = 3000 };

static const char output[] = "/tmp/output";
static unsigned run, passed;

static void mount_all(void)
{
    static const char *const places[][2] = {
        {"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"}};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        mkdir(places[i][1], 0755);
        if (mount(places[i][0], places[i][1], places[i][0], 0, NULL) != 0)
            printf("INIT mount %s: %s\n", places[i][1], strerror(errno));
    }
    symlink("/proc/self/fd", "/dev/fd");
    mkdir("/dev/shm", 01777);
    mkdir("/dev/pts", 0755);
    if (mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=0666") != 0)
        printf("INIT mount /dev/pts: %s\n", strerror(errno));
}

static void become(const char *path, char *name, bool preload)
{
    char *arguments[] = {name, NULL};
    int file = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);

    setsid();
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    close(file);
    if (preload)
        setenv("LD_PRELOAD", "/lib/libikyoalloc.so", 1);
    execv(path, arguments);
    printf("%s: %s\n", path, strerror(errno));
    _exit(127);
}

// Waits for the child, and for what it leaves behind, which the first process inherits.
static int await(pid_t child)
{
    time_t end = time(NULL) + SECONDS;
    int status, result = -1;
    pid_t ended;

    while ((ended = waitpid(-1, &status, WNOHANG)) >= 0) {
        if (ended == child)
            result = status;
        if (ended == 0 && (result != -1 || time(NULL) > end))
            kill(-1, SIGKILL);
        if (ended == 0)
            usleep(5000);
    }
    return result;
}

static void show_output(void)
{
    static char text[SHOWN];
    FILE *file = fopen(output, "r");
    size_t length;

    if (file == NULL)
        return;
    if (fseek(file, -(long)sizeof text, SEEK_END) != 0)
        rewind(file);
    length = fread(text, 1, sizeof text, file);
    fclose(file);
    printf("%.*s\n", (int)length, text);
}

static void run_test(const char *folder, char *name, bool preload)
{
    char path[512];
    time_t begun = time(NULL);
    int status;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    pid_t child = fork();

    if (child == 0)
        become(path, name, preload);
    status = await(child);
    run++;
    passed += status == 0;
    if (status != 0)
        show_output();
    printf("TEST %s %s %ds\n", name, status == 0 ? "passed" : "FAILED", (int)(time(NULL) - begun));
    if (status != 0)
        printf("INIT %s ended with status %x\n", name, (unsigned)status);
    fflush(stdout);
}

// Libraries that tests load lie beside them.
static int is_test(const struct dirent *entry)
{
    const char *end = strrchr(entry->d_name, '.');

    return entry->d_name[0] != '.' && (end == NULL || strcmp(end, ".so") != 0);
}

static void run_folder(const char *folder, bool preload)
{
    struct dirent **names;
    int count = scandir(folder, &names, is_test, alphasort);

    for (int i = 0; i < count; i++)
        run_test(folder, names[i]->d_name, preload);
}

int main(void)
{
    struct utsname system;

    mount_all();
    setenv("PATH", "/bin", 1);
    setenv("HOME", "/tmp", 1);
    setenv("IKYO_STRESS_SMALL", "1", 1);
    uname(&system);
    printf("\nINIT kernel %s on %s, pages of %ld bytes, %ld processors\n", system.release,
           system.machine, sysconf(_SC_PAGESIZE), sysconf(_SC_NPROCESSORS_ONLN));
    run_folder("/tests", false);
    run_folder("/preload", true);
    printf("TESTS %u %u\n", run, passed);
    fflush(stdout);
    sync();
    reboot(RB_POWER_OFF);
    return 1;
}
