/* The product's own archive format. */
#include "base/base.h"

#include "csv/dialect_names.h"

static const struct column_name names[] = {
    {WORD("time"), COLUMN_TIME},
    {WORD("event"), COLUMN_EVENT},
    {WORD("address"), COLUMN_ADDRESS},
    {WORD("campaign"), COLUMN_CAMPAIGN},
    {WORD("message_id"), COLUMN_MESSAGE_ID},
    {WORD("smtp_code"), COLUMN_SMTP_CODE},
    {WORD("enhanced_code"), COLUMN_ENHANCED_CODE},
    {WORD("diagnostic"), COLUMN_DIAGNOSTIC},
};

static bool native_header(const struct span *header, size_t count, struct columns *columns)
{
    return columns_map(names, COUNT_OF(names), header, count, columns);
}

/* The kind whose name has this length and first byte, so that one compare decides. */
static enum bm_kind kind_candidate(size_t length, char first)
{
    switch (length) {
    case 4:
        return first == 's' ? BM_SENT : BM_OPEN;
    case 5:
        return BM_CLICK;
    case 6:
        return first == 'b' ? BM_BOUNCE : BM_DELETE;
    case 8:
        return BM_DEFERRED;
    case 9:
        return first == 'd' ? BM_DELIVERED : BM_COMPLAINT;
    case 11:
        return first == 'u' ? BM_UNSUBSCRIBE : BM_RESUBSCRIBE;
    default:
        return BM_KIND_COUNT;
    }
}

static const struct span kind_names[BM_KIND_COUNT] = {
    [BM_RESUBSCRIBE] = WORD("resubscribe"),
    [BM_SENT] = WORD("sent"),
    [BM_DELIVERED] = WORD("delivered"),
    [BM_OPEN] = WORD("open"),
    [BM_CLICK] = WORD("click"),
    [BM_BOUNCE] = WORD("bounce"),
    [BM_UNSUBSCRIBE] = WORD("unsubscribe"),
    [BM_COMPLAINT] = WORD("complaint"),
    [BM_DELETE] = WORD("delete"),
    [BM_DEFERRED] = WORD("deferred"),
};

static enum row_outcome native_row(struct row *row)
{
    struct span name = row->fields[COLUMN_EVENT];
    char first = name.length ? (char)(name.at[0] | 0x20) : 0;
    enum bm_kind kind = kind_candidate(name.length, first);
    if (kind == BM_KIND_COUNT)
        return ROW_BAD_KIND;
    struct span wanted = kind_names[kind];
    if (UNLIKELY(!bytes_equal(name.at, wanted.at, wanted.length)) && !name_is(name, wanted))
        return ROW_BAD_KIND;
    row->kind = kind;
    return ROW_EVENT;
}

const struct dialect dialect_native = {
    .name = "native",
    .summary = "time,event,address,campaign,message_id,smtp_code,enhanced_code,diagnostic",
    .header = native_header,
    .row = native_row,
};
