#include "base/base.h"

#include "base/array.h"

#include "../test.h"

/* Where memory is refused, the address sanitizer ends the program, unless it is told that this is meant. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* One by one: what stood there stays, and the array moves seldom. */
static void test_growing(void **state)
{
    (void)state;
    enum { ITEMS = 100000 };
    uint64_t *items = NULL;
    size_t capacity = 0, moves = 0;
    for (size_t k = 0; k < ITEMS; k++) {
        size_t before = capacity;
        items = array_room(items, &capacity, k + 1, sizeof *items);
        EXPECT(items && capacity > k, "room for %zu items, not %zu", k + 1, capacity);
        moves += capacity != before;
        items[k] = k * k;
    }
    for (size_t k = 0; k < ITEMS; k++)
        EXPECT(items[k] == k * k, "item %zu is as it was", k);
    EXPECT(moves < 20, "%zu times more room was made", moves);
    free(items);
}

static void test_many_at_once(void **state)
{
    (void)state;
    size_t capacity = 0;
    char *items = array_room(NULL, &capacity, 0, 3);
    EXPECT(items && capacity > 0, "room for no item is an array too");
    char *same = array_room(items, &capacity, capacity, 3);
    EXPECT(same == items, "an array that has the room stays");
    char *more = array_room(same, &capacity, 1000, 3);
    EXPECT(more && capacity == 1000, "room for 1,000 at once, not %zu", capacity);
    free(more);
}

/* So many bytes that their number does not fit: no array of the rest. */
static void test_too_many(void **state)
{
    (void)state;
    size_t capacity = 0;
    uint64_t *items = array_room(NULL, &capacity, 1, sizeof *items);
    size_t before = capacity;
    volatile size_t count = SIZE_MAX / sizeof *items + 2;
    EXPECT(items && !array_room(items, &capacity, count, sizeof *items), "there is no such memory");
    EXPECT(capacity == before, "the array has the room that it had");
    items[before - 1] = 7;
    free(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_growing), cmocka_unit_test(test_many_at_once),
                                       cmocka_unit_test(test_too_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
