/* A table finds what was put in, also where many tags want one line, and nothing else. */
#include "base/base.h"

#include "tally/slot_table.h"

#include "../test.h"

#define TAGS 20000u

static void table_grow(struct slot_table *table)
{
    size_t lines_wanted = table->slots / LINE_SLOTS * 5 / 4 + 3; /* any number of them */
    struct slot_line *lines = malloc(lines_wanted * sizeof *lines);
    CHECK(lines);
    free(slot_table_move(table, lines, lines_wanted * sizeof *lines));
}

/* How many slots have the tag, and the sum of their positions. */
static unsigned tag_count(const struct slot_table *table, uint32_t tag, uint64_t *positions)
{
    unsigned count = 0;
    *positions = 0;
    for (uint32_t slot = slot_first(table, tag);; slot = slot_next(table, slot)) {
        slot = slot_find(table, tag, slot);
        uint32_t position = slot_position(table, slot);
        if (position == POSITION_NONE)
            return count;
        count++;
        *positions += position;
    }
}

/* `mask` says which bits of the tags differ. */
static void expect_found(uint32_t mask)
{
    uint64_t seed = mask;
    struct slot_table table = {0};
    uint32_t *tags = malloc(TAGS * sizeof *tags);
    CHECK(tags);
    for (uint32_t k = 0; k < TAGS; k++) {
        while ((uint64_t)(k + 1) * 8 > (uint64_t)table.slots * 7)
            table_grow(&table);
        tags[k] = (uint32_t)test_random(&seed) & mask;
        if (k % 100 == 0)
            tags[k] = UINT32_MAX; /* the bytes of a free slot */
        slot_insert(&table, tags[k], k);
    }
    for (uint32_t k = 0; k < TAGS; k += 997) {
        uint64_t wanted = 0, positions;
        unsigned count = 0;
        for (uint32_t j = 0; j < TAGS; j++)
            if (tags[j] == tags[k]) {
                count++;
                wanted += j;
            }
        EXPECT(tag_count(&table, tags[k], &positions) == count && positions == wanted,
               "tag %08x stands in %u slots", tags[k], count);
    }
    uint64_t positions;
    EXPECT(tag_count(&table, ~mask & 0x7fffffff, &positions) == 0 || mask == UINT32_MAX,
           "a tag that is not there is not found");
    free(table.lines);
    free(tags);
}

static void test_any_tags(void **state)
{
    (void)state;
    expect_found(UINT32_MAX);
}

/* Lines overflow into the next ones, round the end too. */
static void test_tags_of_few_lines(void **state)
{
    (void)state;
    expect_found(UINT32_C(0xe0007fff));
    expect_found(UINT32_C(0x000fffff));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_tags),
        cmocka_unit_test(test_tags_of_few_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
