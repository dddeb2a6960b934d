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

/* The names of the kinds, each in the place that its first letter and length give, so that one compare
 * decides and no branch has to be foretold. */
#define PLACES 16

struct kind_name {
    char name[SHORT_BLOCK];
    uint8_t length;
    uint8_t kind;
};

#define PLACE(first, length) (((unsigned)(first)-2 * (unsigned)(length)) % PLACES)
#define KIND(first, literal, number)                                                                         \
    [PLACE(first, sizeof(literal) - 1)] = {literal, sizeof(literal) - 1, number}

static const struct kind_name kind_names[PLACES] = {
    KIND('r', "resubscribe", BM_RESUBSCRIBE),
    KIND('s', "sent", BM_SENT),
    KIND('d', "delivered", BM_DELIVERED),
    KIND('o', "open", BM_OPEN),
    KIND('c', "click", BM_CLICK),
    KIND('b', "bounce", BM_BOUNCE),
    KIND('u', "unsubscribe", BM_UNSUBSCRIBE),
    KIND('c', "complaint", BM_COMPLAINT),
    KIND('d', "delete", BM_DELETE),
    KIND('d', "deferred", BM_DEFERRED),
};

static enum row_outcome native_row(struct row *row)
{
    struct span name = row->fields[COLUMN_EVENT];
    const struct kind_name *known = &kind_names[PLACE(name.at[0] | 0x20, name.length)];
    if (UNLIKELY(name.length != known->length || !name.length))
        return ROW_BAD_KIND;
    if (UNLIKELY(!bytes_equal_block(name.at, known->name, name.length)) &&
        !name_is(name, (struct span){known->name, known->length}))
        return ROW_BAD_KIND;
    row->kind = known->kind;
    return ROW_EVENT;
}

const struct dialect dialect_native = {
    .name = "native",
    .summary = "time,event,address,campaign,message_id,smtp_code,enhanced_code,diagnostic",
    .header = native_header,
    .row = native_row,
};
