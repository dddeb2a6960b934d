#include "generate/replies.h"
#include "base/base.h"

#include "tests/test.h"

#define VARIABLE_BYTES_MAX 140 /* the longest: "mx1." and the domain of an address, or a whole address */

static void templates_are_well_formed(void **state)
{
    (void)state;
    for (unsigned k = 0; k < reply_template_count; k++) {
        const struct reply_template *reply = &reply_templates[k];
        size_t bytes = strlen(reply->text);
        EXPECT(reply->weight > 0, "%s: a weight above 0", reply->text);
        EXPECT(strlen(reply->smtp_code) == 3 || !*reply->smtp_code, "%s: a code of three digits",
               reply->text);
        for (const char *at = reply->text; (at = strchr(at, '$')); at++) {
            EXPECT(at[1] && strchr("aldhsiqn", at[1]), "%s: a known variable", reply->text);
            bytes += VARIABLE_BYTES_MAX;
        }
        EXPECT(bytes <= REPLY_BYTES_MAX, "%s: at most %d bytes, not %zu", reply->text, REPLY_BYTES_MAX,
               bytes);
    }
}

static void every_template_is_chosen_by_its_weight(void **state)
{
    (void)state;
    struct reply_chooser chooser;
    reply_chooser_init(&chooser);
    for (unsigned k = 0; k < reply_template_count; k++) {
        unsigned group = reply_templates[k].group, total = 0, slots = 0;
        for (unsigned other = 0; other < reply_template_count; other++)
            total += reply_templates[other].group == group ? reply_templates[other].weight : 0;
        for (unsigned slot = 0; slot < REPLY_SLOTS; slot++)
            slots += reply_choose(&chooser, group, slot) == &reply_templates[k];
        unsigned wish = REPLY_SLOTS * reply_templates[k].weight / total;
        EXPECT(slots == wish || slots == wish + 1, "%s: %u slots, got %u", reply_templates[k].text, wish,
               slots);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_are_well_formed),
        cmocka_unit_test(every_template_is_chosen_by_its_weight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
