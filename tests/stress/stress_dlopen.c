// SPDX-License-Identifier: MIT
// Several threads load and unload system libraries that allocate; a block that a library made
// must stay valid and freeable after the library is gone.
// Needs: gnu_get_libc_version gnu/libc-version.h
#include "stress.h"

enum { THREADS = 4 };

static double deadline;
static _Atomic unsigned rounds;

// Stores the address of a library's function in the function pointer at `where`. It is copied,
// because ISO C has no cast from the one kind of pointer to the other.
static void find_function(void *library, const char *name, void *where)
{
    void *found = dlsym(library, name);

    stress_expect(found != NULL, name);
    memcpy(where, &found, sizeof found);
}

// Compresses through libz, whose state is a few hundred KiB of its own allocations.
static void use_libz(uint64_t *random)
{
    void *library = dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);
    unsigned char *plain = NULL, *packed = NULL, *again = NULL;
    unsigned long size = 20000, packed_size = 40000, again_size = size;
    int (*pack)(void *, unsigned long *, const void *, unsigned long) = NULL;
    int (*unpack)(void *, unsigned long *, const void *, unsigned long) = NULL;

    stress_expect(library != NULL, "dlopen of libz.so.1");
    find_function(library, "compress", &pack);
    find_function(library, "uncompress", &unpack);
    plain = stress_take(size, 0);
    packed = stress_take(packed_size, 0);
    again = stress_take(again_size, 0);
    for (size_t i = 0; i < size; i++) {
        plain[i] = (unsigned char)(stress_random(random) % 7);
    }
    stress_expect(pack(packed, &packed_size, plain, size) == 0, "compress");
    stress_expect(unpack(again, &again_size, packed, packed_size) == 0, "uncompress");
    stress_expect(again_size == size && memcmp(plain, again, size) == 0, "the round trip");
    stress_expect(dlclose(library) == 0, "dlclose of libz.so.1");
    free(plain);
    free(packed);
    free(again);
}

// The salt is malloc'ed by libcrypt and freed after libcrypt was unloaded.
static void use_libcrypt(void)
{
    void *library = dlopen("libcrypt.so.1", RTLD_NOW | RTLD_LOCAL);
    char *(*make)(const char *, unsigned long, const char *, int) = NULL;
    char *salt = NULL;

    stress_expect(library != NULL, "dlopen of libcrypt.so.1");
    find_function(library, "crypt_gensalt_ra", &make);
    salt = make("$6$", 5000, "0123456789abcdef", 16);
    stress_expect(salt != NULL, "crypt_gensalt_ra");
    stress_expect(dlclose(library) == 0, "dlclose of libcrypt.so.1");
    stress_expect(strncmp(salt, "$6$", 3) == 0, "the salt outlives its library");
    free(salt);
}

static void *load_and_unload(void *argument)
{
    uint64_t random = (uintptr_t)argument * 31 + 5;

    while (stress_now() < deadline) {
        void *resolver = dlopen("libresolv.so.2", RTLD_NOW | RTLD_LOCAL);

        stress_expect(resolver != NULL, "dlopen of libresolv.so.2");
        use_libz(&random);
        use_libcrypt();
        stress_expect(dlopen("libdoes-not-exist.so.9", RTLD_NOW) == NULL, "no such library");
        stress_expect(dlerror() != NULL, "dlerror has a text");
        stress_expect(dlclose(resolver) == 0, "dlclose of libresolv.so.2");
        atomic_fetch_add(&rounds, 1);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];

    stress_start("dlopen");
    deadline = stress_now() + stress_seconds(3);
    for (size_t i = 0; i < THREADS; i++) {
        threads[i] = stress_thread(load_and_unload, (void *)(i + 1));
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%u rounds, peak %.1f MiB\n", atomic_load(&rounds), stress_mib(stress_peak_rss()));
    return atomic_load(&rounds) > 0 ? 0 : 1;
}
