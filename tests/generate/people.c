#include "generate/people.h"
#include "base/base.h"
#include "generate/random.h"

#include "tests/test.h"

#define PEOPLE 60000u /* the name pairs are used several times over */

static const struct people people = {.seed = 7, .count = PEOPLE, .start_s = 1000000, .span_s = 86400};

static int compare_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void numbers_are_distinct_addresses(void **state)
{
    (void)state;
    char(*all)[PERSON_BYTES_MAX] = calloc(PEOPLE, sizeof *all);
    EXPECT(all, "memory for %u addresses", PEOPLE);
    for (uint32_t k = 0; k < PEOPLE; k++) {
        struct text text = {all[k]};
        size_t local = person_write(k, &text);
        EXPECT(all[k][local] == '@' && (size_t)(text.at - all[k]) < PERSON_BYTES_MAX, "a domain behind %s",
               all[k]);
        EXPECT(!strchr(all[k] + local + 1, '@'), "one '@' in %s", all[k]);
    }
    qsort(all, PEOPLE, sizeof *all, compare_text);
    for (uint32_t k = 1; k < PEOPLE; k++)
        EXPECT(strcmp(all[k - 1], all[k]) != 0, "%s to belong to one number", all[k]);
    free(all);
}

static void one_in_a_hundred_is_dead(void **state)
{
    (void)state;
    unsigned dead = 0, dead_before = 0, full = 0;
    for (uint32_t k = 0; k < PEOPLE; k++) {
        enum person_state before = people_state(&people, k, people.start_s - 1);
        enum person_state after = people_state(&people, k, people.start_s + people.span_s);
        EXPECT(before != PERSON_DEAD || after == PERSON_DEAD, "the dead address %u to stay dead", k);
        dead_before += before == PERSON_DEAD;
        dead += after == PERSON_DEAD;
        full += after == PERSON_FULL;
    }
    EXPECT(dead == PEOPLE / 100, "a hundredth dead, got %u", dead);
    EXPECT(dead_before > dead * 4 / 10 && dead_before < dead * 6 / 10, "half dead before, got %u",
           dead_before);
    EXPECT(full > PEOPLE / 250 && full < PEOPLE / 170, "about one in 200 full, got %u", full);
}

static void low_numbers_are_popular(void **state)
{
    (void)state;
    uint64_t random = 3;
    unsigned low = 0, draws = 100000;
    for (unsigned k = 0; k < draws; k++) {
        uint32_t drawn = people_draw(&people, random_next(&random));
        EXPECT(drawn < PEOPLE, "a number below the count, got %u", drawn);
        low += drawn < PEOPLE / 100;
    }
    EXPECT(low > draws * 9 / 100 && low < draws * 11 / 100, "the first hundredth to get a tenth, got %u",
           low);
}

static void a_lone_address_is_drawn(void **state)
{
    (void)state;
    struct people lone = {.count = 1, .span_s = 1};
    EXPECT(people_draw(&lone, UINT64_MAX) == 0, "the only address");
    EXPECT(people_draw(&lone, 0) == 0, "the only address");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_distinct_addresses),
        cmocka_unit_test(one_in_a_hundred_is_dead),
        cmocka_unit_test(low_numbers_are_popular),
        cmocka_unit_test(a_lone_address_is_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
