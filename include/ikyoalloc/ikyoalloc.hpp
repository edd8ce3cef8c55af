// SPDX-License-Identifier: MIT
// ikyoalloc in C++17: owners that clean up after themselves, and the library behind the
// standard's allocators and std::pmr.
//
// Where the C calls return NULL these throw std::bad_alloc. Thread-safety and cost are those of
// the C calls; nothing here allocates beyond them. A heap over memory of one's own is used by
// ikyo::memory_resource(ikyo_heap_allocator(heap)).
#ifndef IKYOALLOC_IKYOALLOC_HPP
#define IKYOALLOC_IKYOALLOC_HPP

#include "ikyoalloc/ikyoalloc.h"

#include <cstddef>
#include <limits>
#include <memory>
#include <memory_resource>
#include <new>
#include <stdexcept>
#include <utility>

namespace ikyo {

// An allocator for the containers of the standard library: std::vector<T, ikyo::allocator<T>>.
// It refers to *from, which must live as long as the memory; by default to the global allocator.
// Two are equal that refer to the same one.
template <class T> class allocator {
public:
    using value_type = T;

    allocator() noexcept : from_(ikyo_global_allocator()) {}
    explicit allocator(const ikyo_allocator *from) noexcept
        : from_(from != nullptr ? from : ikyo_global_allocator())
    {
    }
    template <class U> allocator(const allocator<U> &other) noexcept : from_(other.from()) {}

    [[nodiscard]] T *allocate(std::size_t count)
    {
        if (count > std::numeric_limits<std::size_t>::max() / sizeof(T))
            throw std::bad_array_new_length();
        void *block = from_->allocate(from_->context, count * sizeof(T), alignof(T));
        if (block == nullptr)
            throw std::bad_alloc();
        return static_cast<T *>(block);
    }

    void deallocate(T *block, std::size_t count) noexcept
    {
        from_->deallocate(from_->context, block, count * sizeof(T));
    }

    const ikyo_allocator *from() const noexcept
    {
        return from_;
    }

private:
    const ikyo_allocator *from_;
};

template <class T, class U> bool operator==(const allocator<T> &a, const allocator<U> &b) noexcept
{
    return a.from() == b.from();
}

template <class T, class U> bool operator!=(const allocator<T> &a, const allocator<U> &b) noexcept
{
    return !(a == b);
}

// `count` value-initialised elements that are destroyed with the buffer. It can be moved, not
// copied. A count of 0, and a buffer that was moved from, are empty. Too many elements are a
// std::bad_array_new_length, an alignment below that of T a std::invalid_argument.
template <class T> class buffer {
public:
    buffer() noexcept = default;

    // `alignment` is a power of two, at least that of T; *from is copied.
    explicit buffer(std::size_t count, std::size_t alignment = alignof(T),
                    const ikyo_allocator *from = nullptr)
    {
        if (alignment < alignof(T))
            throw std::invalid_argument("ikyo::buffer: alignment below that of the type");
        if (count > std::numeric_limits<std::size_t>::max() / sizeof(T))
            throw std::bad_array_new_length();
        if (!ikyo_buffer_create(&raw_, count, sizeof(T), alignment, from))
            throw std::bad_alloc();
        try {
            std::uninitialized_value_construct_n(data(), count);
        } catch (...) {
            ikyo_buffer_destroy(&raw_);
            throw;
        }
    }

    buffer(buffer &&other) noexcept : raw_(ikyo_buffer_move(&other.raw_)) {}

    buffer &operator=(buffer &&other) noexcept
    {
        buffer taken(std::move(other));
        std::swap(raw_, taken.raw_);
        return *this;
    }

    ~buffer()
    {
        std::destroy_n(data(), size());
        ikyo_buffer_destroy(&raw_);
    }

    std::size_t size() const noexcept
    {
        return raw_.count;
    }
    bool empty() const noexcept
    {
        return size() == 0;
    }
    T *data() noexcept
    {
        return static_cast<T *>(raw_.data);
    }
    const T *data() const noexcept
    {
        return static_cast<const T *>(raw_.data);
    }
    T *begin() noexcept
    {
        return data();
    }
    const T *begin() const noexcept
    {
        return data();
    }
    T *end() noexcept
    {
        return data() + size();
    }
    const T *end() const noexcept
    {
        return data() + size();
    }

    // The index is not looked at, as of an array; at() throws std::out_of_range beyond the end.
    T &operator[](std::size_t index) noexcept
    {
        return data()[index];
    }
    const T &operator[](std::size_t index) const noexcept
    {
        return data()[index];
    }
    T &at(std::size_t index)
    {
        return data()[checked(index)];
    }
    const T &at(std::size_t index) const
    {
        return data()[checked(index)];
    }

private:
    std::size_t checked(std::size_t index) const
    {
        if (index >= size())
            throw std::out_of_range("ikyo::buffer: index beyond the end");
        return index;
    }

    ikyo_buffer raw_{};
};

// std::pmr on any ikyo_allocator, of which it keeps a copy. Equal is only the same object.
class memory_resource : public std::pmr::memory_resource {
public:
    memory_resource() noexcept : from_(*ikyo_global_allocator()) {}
    explicit memory_resource(const ikyo_allocator &from) noexcept : from_(from) {}

private:
    void *do_allocate(std::size_t size, std::size_t alignment) override
    {
        void *block = from_.allocate(from_.context, size, alignment);
        if (block == nullptr)
            throw std::bad_alloc();
        return block;
    }
    void do_deallocate(void *block, std::size_t size, std::size_t) override
    {
        from_.deallocate(from_.context, block, size);
    }
    bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override
    {
        return this == &other;
    }

    ikyo_allocator from_;
};

// Owners of arenas: ikyo::arena level = ikyo::make_arena(size); ikyo_arena_alloc(level.get(), ...)
struct arena_destroy {
    void operator()(ikyo_arena *arena) const noexcept
    {
        ikyo_arena_destroy(arena);
    }
    void operator()(ikyo_frame_arena *frame) const noexcept
    {
        ikyo_frame_arena_destroy(frame);
    }
    void operator()(ikyo_shared_arena *arena) const noexcept
    {
        ikyo_shared_arena_destroy(arena);
    }
};

using arena = std::unique_ptr<ikyo_arena, arena_destroy>;
using frame_arena = std::unique_ptr<ikyo_frame_arena, arena_destroy>;
using shared_arena = std::unique_ptr<ikyo_shared_arena, arena_destroy>;

namespace detail {
template <class Owner> Owner owned(typename Owner::pointer created)
{
    if (created == nullptr)
        throw std::bad_alloc();
    return Owner(created);
}
} // namespace detail

inline arena make_arena(std::size_t reserve)
{
    return detail::owned<arena>(ikyo_arena_create(reserve));
}
inline frame_arena make_frame_arena(std::size_t reserve)
{
    return detail::owned<frame_arena>(ikyo_frame_arena_create(reserve));
}
inline shared_arena make_shared_arena(std::size_t reserve)
{
    return detail::owned<shared_arena>(ikyo_shared_arena_create(reserve));
}

// std::pmr on an arena or frame arena, which it refers to; deallocation does nothing. Two of the
// same arena are equal.
class arena_resource : public std::pmr::memory_resource {
public:
    explicit arena_resource(ikyo_arena *from) noexcept : arena_(from) {}
    explicit arena_resource(ikyo_frame_arena *frame) noexcept : arena_(&frame->arena) {}

private:
    void *do_allocate(std::size_t size, std::size_t alignment) override
    {
        void *block = ikyo_arena_alloc(arena_, size, alignment);
        if (block == nullptr)
            throw std::bad_alloc();
        return block;
    }
    void do_deallocate(void *, std::size_t, std::size_t) override {}
    bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override
    {
        auto *same = dynamic_cast<const arena_resource *>(&other);
        return same != nullptr && same->arena_ == arena_;
    }

    ikyo_arena *arena_;
};

// From here to the end of a block is a frame, of which nothing may outlive the block:
//     ikyo::frame_scope frame(owner.get());
//     std::pmr::vector<int> visible(frame.resource());
class frame_scope {
public:
    explicit frame_scope(ikyo_frame_arena *frame) noexcept : frame_(frame), resource_(frame) {}
    frame_scope(const frame_scope &) = delete;
    frame_scope &operator=(const frame_scope &) = delete;
    ~frame_scope()
    {
        ikyo_frame_arena_end(frame_);
    }
    std::pmr::memory_resource *resource() noexcept
    {
        return &resource_;
    }

private:
    ikyo_frame_arena *frame_;
    arena_resource resource_;
};

// The same for a part of an arena's life: what was allocated since is given up at the end.
class arena_scope {
public:
    explicit arena_scope(ikyo_arena *from) noexcept
        : arena_(from), mark_(ikyo_arena_mark(from)), resource_(from)
    {
    }
    arena_scope(const arena_scope &) = delete;
    arena_scope &operator=(const arena_scope &) = delete;
    ~arena_scope()
    {
        ikyo_arena_rewind(arena_, mark_);
    }
    std::pmr::memory_resource *resource() noexcept
    {
        return &resource_;
    }

private:
    ikyo_arena *arena_;
    std::size_t mark_;
    arena_resource resource_;
};

} // namespace ikyo

#include "ikyoalloc/pool.hpp"
#include "ikyoalloc/space.hpp"

#endif
