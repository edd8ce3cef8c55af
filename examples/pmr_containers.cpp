// SPDX-License-Identifier: MIT
// Containers of the standard library in memory of one's own: words are counted in an arena that is
// given up as a whole, and each line is taken apart in a frame.
#include <ikyoalloc/ikyoalloc.hpp>

#include <cstdio>
#include <map>
#include <sstream>
#include <string>
#include <vector>

int main()
{
    const char *lines[] = {"the arena is reserved once", "the frame is over soon",
                           "the arena and the frame are one memory"};
    ikyo::arena arena = ikyo::make_arena(std::size_t{256} << 20);
    ikyo::frame_arena frames = ikyo::make_frame_arena(std::size_t{1} << 20);
    ikyo::arena_resource in_arena(arena.get());
    std::pmr::map<std::pmr::string, int> counts(&in_arena);

    for (const char *line : lines) {
        ikyo::frame_scope frame(frames.get());
        std::pmr::vector<std::pmr::string> words(frame.resource());
        std::istringstream text(line);

        for (std::string word; text >> word;)
            words.emplace_back(word);
        for (const std::pmr::string &word : words)
            counts[word]++;
    }
    std::printf("\"the\" was there %d times, in %zu bytes\n", counts["the"],
                ikyo_arena_stats(arena.get()).used);

    ikyo::buffer<int> table(counts.size(), 64);
    for (const auto &entry : counts)
        table[static_cast<std::size_t>(entry.second)]++;
    std::printf("%d words were there once\n", table[1]);
    return counts["the"] != 4;
}
