/* PowerMTA's accounting files (CSV). Which columns there are, and in which order, is the site's choice. */
#include "base/base.h"

#include "csv/dialect_names.h"

static const struct column_name names[] = {
    {WORD("timeLogged"), COLUMN_TIME},
    {WORD("type"), COLUMN_EVENT},
    {WORD("#type"), COLUMN_EVENT}, /* old versions comment the header out */
    {WORD("rcpt"), COLUMN_ADDRESS},
    {WORD("jobId"), COLUMN_CAMPAIGN},
    {WORD("header_Message-Id"), COLUMN_MESSAGE_ID},
    {WORD("header_x-sp-message-id"), COLUMN_MESSAGE_ID},
    {WORD("envId"), COLUMN_MESSAGE_ID},
    {WORD("dsnStatus"), COLUMN_ENHANCED_CODE},
    {WORD("dsnDiag"), COLUMN_DIAGNOSTIC},
    {WORD("dsnMta"), COLUMN_MTA},
    {WORD("bounceCat"), COLUMN_LABEL},
    {WORD("dsnAction"), COLUMN_ACTION},
    {WORD("feedbackType"), COLUMN_FEEDBACK},
};

/* A word of a record, and what the row is then. BM_KIND_COUNT: no event. */
struct word_kind {
    struct span word;
    enum bm_kind kind;
};

static const struct word_kind feedback_kinds[] = {
    {WORD("not-spam"), BM_KIND_COUNT},      {WORD("auth-failure"), BM_KIND_COUNT},
    {WORD("dkim"), BM_KIND_COUNT},          {WORD("opt-out"), BM_UNSUBSCRIBE},
    {WORD("opt-out-list"), BM_UNSUBSCRIBE}, {WORD("unsubscribe"), BM_UNSUBSCRIBE},
};

/* What a remote status record (rs) says of the delivery. */
static const struct word_kind action_kinds[] = {
    {WORD("failed"), BM_BOUNCE},      {WORD("delivered"), BM_DELIVERED}, {WORD("relayed"), BM_DELIVERED},
    {WORD("expanded"), BM_DELIVERED}, {WORD("delayed"), BM_DEFERRED},
};

static bool powermta_header(const struct span *header, size_t count, struct columns *columns)
{
    return columns_map(names, COUNT_OF(names), header, count, columns);
}

static enum bm_kind kind_of_word(struct span word, const struct word_kind *known, size_t count,
                                 enum bm_kind otherwise)
{
    word = name_trim(word);
    for (size_t i = 0; i < count; i++) {
        if (name_is(word, known[i].word))
            return known[i].kind;
    }
    return otherwise;
}

static enum row_outcome set_kind(struct row *row, enum bm_kind kind)
{
    if (kind == BM_KIND_COUNT)
        return ROW_IGNORED;
    row->kind = kind;
    return ROW_EVENT;
}

static enum row_outcome feedback_row(struct row *row)
{
    return set_kind(row, kind_of_word(row->fields[COLUMN_FEEDBACK], feedback_kinds, COUNT_OF(feedback_kinds),
                                      BM_COMPLAINT));
}

static enum row_outcome remote_status_row(struct row *row)
{
    return set_kind(
        row, kind_of_word(row->fields[COLUMN_ACTION], action_kinds, COUNT_OF(action_kinds), BM_KIND_COUNT));
}

static enum row_outcome short_type(char type, struct row *row)
{
    switch (type | 0x20) {
    case 'd':
        return set_kind(row, BM_DELIVERED);
    case 'b':
        return set_kind(row, BM_BOUNCE);
    case 't':
        return set_kind(row, BM_DEFERRED);
    case 'r':
        return set_kind(row, BM_SENT);
    case 'f':
        return feedback_row(row);
    default:
        return ROW_BAD_KIND;
    }
}

static enum row_outcome long_type(struct span type, struct row *row)
{
    if (name_is(type, SPAN("rb")))
        return set_kind(row, BM_BOUNCE);
    if (name_is(type, SPAN("rs")))
        return remote_status_row(row);
    return name_is(type, SPAN("tq")) ? ROW_IGNORED : ROW_BAD_KIND;
}

/* "smtp; 550 ..." names the protocol of the reply (RFC 3464, 2.3.6). */
static struct span strip_protocol(struct span diagnostic)
{
    static const size_t smtp_bytes = sizeof "smtp" - 1;
    struct span rest = name_trim(diagnostic);
    if (rest.length <= smtp_bytes || !name_is((struct span){rest.at, smtp_bytes}, SPAN("smtp")))
        return diagnostic;
    rest = name_trim((struct span){rest.at + smtp_bytes, rest.length - smtp_bytes});
    if (rest.length == 0 || rest.at[0] != ';')
        return diagnostic;
    return name_trim((struct span){rest.at + 1, rest.length - 1});
}

static void powermta_reply(struct row *row)
{
    row->fields[COLUMN_DIAGNOSTIC] = strip_protocol(row->fields[COLUMN_DIAGNOSTIC]);
}

static enum row_outcome powermta_row(struct row *row)
{
    struct span type = row->fields[COLUMN_EVENT];
    if (LIKELY(type.length == 1))
        return short_type(type.at[0], row);
    return long_type(type, row);
}

const struct dialect dialect_powermta = {
    .name = "powermta",
    .summary = "PowerMTA accounting files: type,timeLogged,rcpt and what else the site records",
    .times_are_utc = true,
    .header = powermta_header,
    .row = powermta_row,
    .reply = powermta_reply,
};
