#include "output/columns.h"
#include "base/base.h"
#include "event/time.h"

#define SHARE_UNITS UINT64_C(1000000)

uint64_t classes_bounces(const uint64_t classes[BM_CLASS_COUNT])
{
    return classes[BM_HARD] + classes[BM_BLOCK] + classes[BM_SOFT] + classes[BM_TECHNICAL] +
           classes[BM_UNKNOWN];
}

uint64_t cell_bounces(const struct count_cell *cell)
{
    return classes_bounces(cell->classes);
}

uint64_t cell_attempts(const struct count_cell *cell)
{
    return cell->kinds[BM_DELIVERED] + cell_bounces(cell);
}

void share_write(struct writer *writer, uint64_t part, uint64_t whole)
{
    if (!whole)
        return;
    /* Counts of rows stay far below 2^64 / SHARE_UNITS = 1.8e13. */
    uint64_t units = part / whole * SHARE_UNITS + (part % whole * SHARE_UNITS + whole / 2) / whole;
    char decimals[7] = ".000000";
    uint64_t rest = units % SHARE_UNITS;
    for (size_t at = sizeof decimals; rest; rest /= 10)
        decimals[--at] = (char)('0' + rest % 10);
    writer_u64(writer, units / SHARE_UNITS);
    writer_put(writer, (struct span){decimals, sizeof decimals});
}

void column_count(struct writer *writer, uint64_t value)
{
    writer_char(writer, ',');
    writer_u64(writer, value);
}

void column_share(struct writer *writer, uint64_t part, uint64_t whole)
{
    writer_char(writer, ',');
    share_write(writer, part, whole);
}

void column_name(struct writer *writer, const char *name)
{
    writer_char(writer, ',');
    writer_text(writer, name);
}

static bool text_is_clean(struct span text)
{
    for (size_t k = 0; k < text.length;) {
        size_t length = utf8_length((const unsigned char *)text.at + k, text.length - k);
        if (length == 0 || text.at[k] == 0)
            return false;
        k += length;
    }
    return true;
}

static void write_replaced(struct writer *writer, struct span text)
{
    writer_char(writer, '"');
    for (size_t k = 0; k < text.length;) {
        size_t length = utf8_length((const unsigned char *)text.at + k, text.length - k);
        if (length == 0)
            writer_text(writer, "\xef\xbf\xbd");
        else if (text.at[k] == 0)
            writer_text(writer, "\xe2\x90\x80");
        else if (text.at[k] == '"')
            writer_text(writer, "\"\"");
        else
            writer_put(writer, (struct span){text.at + k, length});
        k += length ? length : 1;
    }
    writer_char(writer, '"');
}

void cell_text(struct writer *writer, struct span text)
{
    if (text_is_clean(text))
        writer_csv(writer, text);
    else
        write_replaced(writer, text);
}

void column_text(struct writer *writer, struct span text)
{
    writer_char(writer, ',');
    cell_text(writer, text);
}

void column_enhanced(struct writer *writer, enhanced_code code)
{
    char digits[11];
    size_t length = enhanced_format(code, digits);
    writer_char(writer, ',');
    writer_put(writer, (struct span){digits, length});
}

void column_smtp_code(struct writer *writer, uint16_t smtp_code)
{
    writer_char(writer, ',');
    if (smtp_code)
        writer_u64(writer, smtp_code);
}

struct span text_cut(struct span text, size_t limit)
{
    if (text.length <= limit)
        return text;
    size_t end = limit;
    while (end > 0 && limit - end < 3 && ((unsigned char)text.at[end] & 0xc0) == 0x80)
        end--;
    return (struct span){text.at, end};
}

static void column_time(struct writer *writer, int64_t ms)
{
    writer_char(writer, ',');
    time_write(writer, ms);
}

void columns_named(struct writer *writer, const struct count_named *named)
{
    const struct count_cell *cell = &named->cell;
    column_count(writer, cell->kinds[BM_SENT]);
    column_count(writer, cell->kinds[BM_DELIVERED]);
    column_count(writer, cell_bounces(cell));
    for (int class_ = BM_HARD; class_ <= BM_UNKNOWN; class_++)
        column_count(writer, cell->classes[class_]);
    column_count(writer, cell->kinds[BM_COMPLAINT]);
    column_count(writer, cell->kinds[BM_UNSUBSCRIBE]);
    column_count(writer, cell->kinds[BM_OPEN]);
    column_count(writer, cell->kinds[BM_CLICK]);
    column_share(writer, cell_bounces(cell), cell_attempts(cell));
    column_share(writer, cell->kinds[BM_COMPLAINT], cell->kinds[BM_DELIVERED]);
    column_time(writer, named->first_ms);
    column_time(writer, named->last_ms);
}
