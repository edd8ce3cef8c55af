// SPDX-License-Identifier: MIT
// Pools and scopes in C++17: their owners, and std::pmr on pools. A part of ikyoalloc.hpp.
#ifndef IKYOALLOC_POOL_HPP
#define IKYOALLOC_POOL_HPP

#include "ikyoalloc/ikyoalloc.hpp"

namespace ikyo
{

// Owners of pools and scopes: ikyo::pool nodes = ikyo::make_pool(sizeof(node), alignof(node));
struct pool_destroy {
    void operator()(ikyo_pool *pool) const noexcept
    {
        ikyo_pool_destroy(pool);
    }
    void operator()(ikyo_thread_pool *pool) const noexcept
    {
        ikyo_thread_pool_destroy(pool);
    }
    void operator()(ikyo_scope *scope) const noexcept
    {
        ikyo_scope_destroy(scope);
    }
};

using pool = std::unique_ptr<ikyo_pool, pool_destroy>;
using thread_pool = std::unique_ptr<ikyo_thread_pool, pool_destroy>;
using scope = std::unique_ptr<ikyo_scope, pool_destroy>;

inline pool make_pool(std::size_t object_size, std::size_t alignment, std::size_t capacity = 0,
                      const ikyo_allocator *from = nullptr)
{
    return detail::owned<pool>(ikyo_pool_create(object_size, alignment, capacity, from));
}
inline thread_pool make_thread_pool(std::size_t object_size, std::size_t alignment,
                                    std::size_t capacity = 0, const ikyo_allocator *from = nullptr)
{
    return detail::owned<thread_pool>(
        ikyo_thread_pool_create(object_size, alignment, capacity, from));
}
inline scope make_scope(std::size_t first = 0, const ikyo_allocator *from = nullptr)
{
    return detail::owned<scope>(ikyo_scope_create(first, from));
}

// std::pmr with a pool for each size, in steps of 16 bytes, to 1 KiB. A pool is created when its
// size is first asked for, and lives as long as the resource. Larger blocks, and those of higher
// alignment than 16, come from *from, which is copied, one by one. One thread at a time. Equal
// is only the same object.
class pool_resource : public std::pmr::memory_resource
{
  public:
    pool_resource() noexcept : pool_resource(*ikyo_global_allocator())
    {
    }
    explicit pool_resource(const ikyo_allocator &from) noexcept : from_(from)
    {
    }

  private:
    static constexpr std::size_t step = 16, largest = 1024;

    static bool pooled(std::size_t size, std::size_t alignment) noexcept
    {
        return size <= largest && alignment <= step;
    }

    // A size of 0 is served by the pool of the smallest size.
    static std::size_t index_of(std::size_t size) noexcept
    {
        return (size - (size != 0)) / step;
    }

    void *do_allocate(std::size_t size, std::size_t alignment) override
    {
        void *block;
        if (pooled(size, alignment)) {
            pool &sized = pools_[index_of(size)];
            if (sized == nullptr)
                sized = make_pool((index_of(size) + 1) * step, step, 0, &from_);
            block = ikyo_pool_take(sized.get());
        } else {
            block = from_.allocate(from_.context, size, alignment);
        }
        if (block == nullptr)
            throw std::bad_alloc();
        return block;
    }
    void do_deallocate(void *block, std::size_t size, std::size_t alignment) override
    {
        if (pooled(size, alignment))
            ikyo_pool_give(pools_[index_of(size)].get(), block);
        else
            from_.deallocate(from_.context, block, size);
    }
    bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override
    {
        return this == &other;
    }

    ikyo_allocator from_;
    pool pools_[largest / step];
};

} // namespace ikyo

#endif
