// SPDX-License-Identifier: MIT
// A block is given back by a call that does not go with the one that it came from.
#include "bug.h"

#include <new>

static size_t block_size;

static void commit(size_t size, void (*step)(char *block), void *block)
{
    block_size = size;
    memset(block, 'A', size);
    bug_commit(step, static_cast<char *>(block));
}

static void give_to_delete(char *block)
{
    ::operator delete(block);
}

static void give_to_delete_array(char *block)
{
    ::operator delete[](block);
}

static void give_wrong_size(char *block)
{
    ::operator delete(block, block_size / 2);
}

static void give_wrong_alignment(char *block)
{
    ::operator delete(block, std::align_val_t(32));
}

static void delete_of_array(size_t size)
{
    commit(size, give_to_delete, ::operator new[](size));
}

static void delete_array_of_one(size_t size)
{
    commit(size, give_to_delete_array, ::operator new(size));
}

static void free_of_new(size_t size)
{
    commit(size, bug_free_step, ::operator new(size));
}

static void delete_of_malloc(size_t size)
{
    commit(size, give_to_delete, malloc(size));
}

static void delete_wrong_size(size_t size)
{
    commit(size, give_wrong_size, ::operator new(size));
}

static void delete_wrong_alignment(size_t size)
{
    commit(size, give_wrong_alignment, ::operator new(size, std::align_val_t(256)));
}

static void delete_no_alignment(size_t size)
{
    commit(size, give_to_delete, ::operator new(size, std::align_val_t(256)));
}

static const bug_variant variants[] = {
    { "delete_of_array", delete_of_array },
    { "delete_array_of_one", delete_array_of_one },
    { "free_of_new", free_of_new },
    { "delete_of_malloc", delete_of_malloc },
    { "delete_wrong_size", delete_wrong_size },
    { "delete_wrong_alignment", delete_wrong_alignment },
    { "delete_no_alignment", delete_no_alignment },
    { NULL, NULL },
};

int main(int argc, char **argv)
{
    return bug_main(argc, argv, variants);
}
