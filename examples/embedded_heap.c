// SPDX-License-Identifier: MIT
// A heap of 2 KiB in a static array, as a device without an operating system has it: messages come
// and go, and a bug is named instead of going unnoticed.
#include <ikyoalloc/heap.h>

#include <stdio.h>
#include <string.h>

static unsigned char memory[2048];

static void on_fault(void *context, struct ikyo_heap_fault fault)
{
    (void)context;
    printf("fault: %s\n", ikyo_heap_error_text(fault.error));
}

int main(void)
{
    const struct ikyo_heap_options options = {.fit = IKYO_HEAP_BEST_FIT, .on_fault = on_fault};
    struct ikyo_heap *heap = ikyo_heap_init(memory, sizeof memory, &options);
    char *message = ikyo_heap_alloc(heap, 32);
    char *dma_buffer = ikyo_heap_alloc_aligned(heap, 256, 64);

    if (message == NULL || dma_buffer == NULL)
        return 1;
    strcpy(message, "temperature 21.5");
    message = ikyo_heap_realloc(heap, message, 64);
    if (message == NULL)
        return 1;
    strcat(message, ", humidity 40 %");
    printf("%s\n", message);

    struct ikyo_heap_figures stats = ikyo_heap_stats(heap);

    printf("%zu of %zu bytes are used, %zu are free, %u %% of them in pieces\n", stats.used,
           stats.size, stats.free, stats.fragmentation);

    ikyo_heap_free(heap, message);
    ikyo_heap_free(heap, dma_buffer);
    // The bug: the answer is a value, and nothing else has changed.
    if (ikyo_heap_free(heap, dma_buffer) != IKYO_HEAP_DOUBLE_FREE)
        return 1;
    return ikyo_heap_check(heap).error == IKYO_HEAP_OK ? 0 : 1;
}
