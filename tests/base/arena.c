#include "base/base.h"

#include "base/arena.h"

#include "../test.h"

static void test_alignment(void **state)
{
    (void)state;
    struct arena arena = {0};
    uint64_t seed = 7;
    for (int k = 0; k < 20000; k++) {
        size_t align = (size_t)1 << test_random(&seed) % 7, bytes = test_random(&seed) % 900;
        char *at = arena_take(&arena, bytes, align);
        EXPECT(at && (uintptr_t)at % align == 0, "aligned to %zu, got %p", align, (void *)at);
        memset(at, k, bytes);
    }
    EXPECT(arena.total_bytes > ARENA_CHUNK_BYTES, "it grew, to %zu", arena.total_bytes);
    arena_free(&arena);
}

/* What was taken is not given out again: every piece keeps its content. */
static void test_apart(void **state)
{
    (void)state;
    enum { PIECES = 3000 };
    struct arena arena = {.chunk_bytes = 4096};
    struct span pieces[PIECES];
    char text[2000];
    uint64_t seed = 9;
    for (int k = 0; k < PIECES; k++) {
        size_t length = test_random(&seed) % sizeof text;
        memset(text, k % 251, length);
        EXPECT(arena_copy(&arena, (struct span){text, length}, &pieces[k]) && pieces[k].length == length,
               "copy %d is made", k);
    }
    for (int k = 0; k < PIECES; k++)
        for (size_t at = 0; at < pieces[k].length; at++)
            EXPECT(pieces[k].at[at] == (char)(k % 251), "piece %d is whole", k);
    arena_free(&arena);
}

static void test_large(void **state)
{
    (void)state;
    struct arena arena = {0};
    char *small = arena_take(&arena, 10, 1);
    size_t bytes = 3 * ARENA_CHUNK_BYTES + 17;
    char *large = arena_take(&arena, bytes, 64);
    EXPECT(small && large, "more than a chunk is given");
    memset(small, 1, 10);
    memset(large, 2, bytes);
    char *after = arena_take(&arena, 10, 1);
    EXPECT(after, "and it goes on");
    memset(after, 3, 10);
    EXPECT(small[9] == 1 && large[0] == 2 && large[bytes - 1] == 2, "none overlaps another");
    EXPECT(arena.total_bytes >= bytes, "the total counts it");
    arena_free(&arena);
}

static void test_large_pages(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (int k = 0; k < 5; k++) {
        char *first = arena_take(&arena, ARENA_CHUNK_BYTES / 2 + 1, 64);
        EXPECT((uintptr_t)first % ARENA_CHUNK_BYTES == 0, "chunk %d starts on a large page, got %p", k,
               (void *)first);
    }
    size_t before = arena.total_bytes;
    EXPECT(arena_take(&arena, ARENA_CHUNK_BYTES / 2, 64) && arena_take(&arena, ARENA_CHUNK_BYTES / 2, 64),
           "two halves are given");
    EXPECT(arena.total_bytes == before + ARENA_CHUNK_BYTES, "and are a whole, got %zu more",
           arena.total_bytes - before);
    arena_free(&arena);
}

static void test_left(void **state)
{
    (void)state;
    struct arena arena = {0};
    EXPECT(arena_left(&arena, 1) == 0, "an arena without a chunk has nothing left");
    EXPECT(arena_take(&arena, 10, 1), "some is taken");
    size_t before = arena.total_bytes, left = arena_left(&arena, 64);
    EXPECT(left == before - 64 && arena_left(&arena, 1) == before - 10, "aligned, less is left: %zu", left);
    EXPECT(arena_take(&arena, left, 64) && arena.total_bytes == before, "it is given without more memory");
    EXPECT(arena_left(&arena, 1) == 0, "then there is none");
    EXPECT(arena_take(&arena, 1, 1) && arena.total_bytes > before, "and the next byte needs it");
    arena_free(&arena);
}

static void test_too_much(void **state)
{
    (void)state;
    struct arena arena = {0};
    EXPECT(!arena_take(&arena, SIZE_MAX, 1), "all there is, is too much");
    EXPECT(!arena_take(&arena, SIZE_MAX - 64, 64), "so is nearly all");
    EXPECT(!arena_take(&arena, SIZE_MAX / 2, 64), "and half of it");
    struct span copy = {0};
    EXPECT(arena_copy(&arena, SPAN("abc"), &copy) && span_is(copy, SPAN("abc")), "it still works");
    EXPECT(!arena_take(&arena, SIZE_MAX - 64, 64) && !arena_take(&arena, SIZE_MAX, 64),
           "no sum wraps in a chunk that is in use");
    arena_free(&arena);
}

static void test_free_and_again(void **state)
{
    (void)state;
    struct arena arena = {.chunk_bytes = 8192};
    arena_free(&arena);
    for (int k = 0; k < 3; k++) {
        EXPECT(arena_take(&arena, 0, 1), "no bytes are somewhere");
        EXPECT(arena_take(&arena, 5000, 8) && arena_take(&arena, 5000, 8), "it can be used again");
        EXPECT(arena.total_bytes == 2 * 8192, "two chunks of the size that was asked for, got %zu",
               arena.total_bytes);
        arena_free(&arena);
        EXPECT(arena.total_bytes == 0 && !arena.chunks, "nothing is left");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alignment),      cmocka_unit_test(test_apart), cmocka_unit_test(test_large),
        cmocka_unit_test(test_large_pages),    cmocka_unit_test(test_left),  cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_free_and_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
