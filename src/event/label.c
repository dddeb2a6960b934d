/* The names of several systems are looked at together: no name of one means something else at another. */
#include "event/label.h"
#include "base/base.h"

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

static bool is_named(struct span label, const char *name)
{
    if (strlen(name) != label.length)
        return false;
    for (size_t i = 0; i < label.length; i++)
        if (lower(label.at[i]) != lower(name[i]))
            return false;
    return true;
}

static bool is_name_of(struct span label, enum reason reason)
{
    const struct reason_row *row = &reason_table[reason];
    return is_named(label, row->powermta_category) || is_named(label, row->kumomta_class);
}

/* What "undetermined" is called says nothing of any reason. */
static bool says_something(struct span label)
{
    return label.length > 0 && !is_name_of(label, REASON_UNDETERMINED);
}

enum label_agreement label_agrees(struct span label, enum reason reason)
{
    if (!says_something(label))
        return LABEL_SILENT;
    if (is_name_of(label, reason))
        return LABEL_SAME_REASON;
    enum label_agreement agreement = LABEL_SILENT;
    for (unsigned other = 0; other < REASON_COUNT; other++) {
        if (!is_name_of(label, (enum reason)other))
            continue;
        if (reason_table[other].class_ == reason_table[reason].class_)
            return LABEL_SAME_CLASS;
        agreement = LABEL_DISAGREES;
    }
    return agreement;
}

bool label_is_name(struct span label)
{
    for (unsigned reason = 0; reason < REASON_COUNT; reason++) {
        const struct reason_row *row = &reason_table[reason];
        if (span_is(label, (struct span){row->powermta_category, strlen(row->powermta_category)}) ||
            span_is(label, (struct span){row->kumomta_class, strlen(row->kumomta_class)}))
            return true;
    }
    return false;
}

const char *label_agreement_name(enum label_agreement agreement)
{
    static const char *const names[LABEL_AGREEMENTS] = {
        [LABEL_SILENT] = "",
        [LABEL_DISAGREES] = "no",
        [LABEL_SAME_CLASS] = "class",
        [LABEL_SAME_REASON] = "reason",
    };
    return names[agreement];
}
