// SPDX-License-Identifier: MIT
// A program that replaces the plain operators gets all forms replaced.
#include <cstdio>
#include <cstdlib>
#include <new>

static int news, deletes;

void *operator new(std::size_t size)
{
    news++;
    return std::malloc(size);
}

void operator delete(void *p) noexcept
{
    deletes++;
    std::free(p);
}

int main()
{
    int news_before = news, deletes_before = deletes;

    operator delete[](operator new[](10));
    operator delete(operator new(10, std::nothrow), std::nothrow);
    operator delete[](operator new[](10, std::nothrow), std::size_t(10));
    std::printf("%d of 3, %d of 3\n", news - news_before, deletes - deletes_before);
    return news - news_before != 3 || deletes - deletes_before != 3;
}
