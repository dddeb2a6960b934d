#include "output/campaign_names.h"
#include "base/base.h"

#include "base/hash.h"
#include "tally/tally_event.h"

static int name_order(const void *a, const void *b)
{
    const struct campaign_name *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

bool campaign_names_make(struct campaign_names *names, const struct report *report)
{
    *names = (struct campaign_names){0};
    names->items = malloc((report->campaign_count + 1) * sizeof *names->items);
    if (!names->items)
        return false;
    for (size_t k = 0; k < report->campaign_count; k++) {
        struct span name = report->campaigns[k].name;
        if (name.length)
            names->items[names->count++] = (struct campaign_name){tally_campaign_key(hash_span(name)), name};
    }
    qsort(names->items, names->count, sizeof *names->items, name_order);
    return true;
}

void campaign_names_free(struct campaign_names *names)
{
    free(names->items);
    *names = (struct campaign_names){0};
}

struct span campaign_name(const struct campaign_names *names, uint64_t key)
{
    struct campaign_name wanted = {.key = key};
    const struct campaign_name *found =
        names->count ? bsearch(&wanted, names->items, names->count, sizeof *names->items, name_order) : NULL;
    return found ? found->name : (struct span){"", 0};
}
