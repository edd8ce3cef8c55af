// SPDX-License-Identifier: MIT
// Spaces in C++17: their owner, and std::pmr on them. A part of ikyoalloc.hpp.
#ifndef IKYOALLOC_SPACE_HPP
#define IKYOALLOC_SPACE_HPP

#include "ikyoalloc/ikyoalloc.hpp"

namespace ikyo
{

// ikyo::space tenant = ikyo::make_space(64 << 20); what it destroys must not be used any more.
struct space_destroy {
    void operator()(ikyo_space *space) const noexcept
    {
        ikyo_space_destroy(space);
    }
};

using space = std::unique_ptr<ikyo_space, space_destroy>;

inline space make_space(const ikyo_space_options &options)
{
    return detail::owned<space>(ikyo_space_create(&options));
}
inline space make_space(std::size_t limit = 0)
{
    ikyo_space_options options{};
    options.limit = limit;
    return make_space(options);
}

// std::pmr on a space, which it refers to. Any thread. Two of the same space are equal.
class space_resource : public std::pmr::memory_resource
{
  public:
    explicit space_resource(ikyo_space *from) noexcept : space_(from)
    {
    }

  private:
    void *do_allocate(std::size_t size, std::size_t alignment) override
    {
        void *block = ikyo_space_alloc_aligned(space_, size, alignment);
        if (block == nullptr)
            throw std::bad_alloc();
        return block;
    }
    void do_deallocate(void *block, std::size_t, std::size_t) override
    {
        ikyo_space_free(space_, block);
    }
    bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override
    {
        auto *same = dynamic_cast<const space_resource *>(&other);
        return same != nullptr && same->space_ == space_;
    }

    ikyo_space *space_;
};

} // namespace ikyo

#endif
