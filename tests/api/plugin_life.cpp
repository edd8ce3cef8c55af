// SPDX-License-Identifier: MIT
// A library that comes and goes: it allocates when it is loaded, while it is used, in threads that
// end while it is loaded, and gives all back when it is unloaded, but for what it handed out.
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

struct registry {
    std::vector<std::string> names;

    registry()
    {
        for (int i = 0; i < 1000; i++)
            names.push_back(std::string(i % 200, 'r'));
    }

    bool intact() const
    {
        for (int i = 0; i < 1000; i++) {
            if (names[i] != std::string(i % 200, 'r'))
                return false;
        }
        return true;
    }
};

registry loaded;
thread_local std::string scratch;

} // namespace

extern "C" {

// A block filled with `byte`, which outlives the library.
void *plugin_hand_out(std::size_t size, int byte)
{
    void *p = std::malloc(size);

    if (p != nullptr)
        std::memset(p, byte, size);
    return p;
}

bool plugin_works()
{
    return loaded.intact();
}

// The calling thread keeps the library loaded until it ends.
bool plugin_works_in_thread()
{
    scratch.assign(5000, 's');
    return loaded.intact() && scratch.size() == 5000;
}
}
