/* The codes table: what a reply code or an enhanced code means. */
#ifndef CLASSIFY_CODES_H
#define CLASSIFY_CODES_H

#include "classify/perfect_hash.h"
#include "classify/rules.h"
#include "classify/table.h"
#include "event/event.h"

/* A code as a key: an enhanced code as it is packed, a reply code above all of those. 0 is no code. */
typedef uint32_t code_key;
#define CODE_KEY_REPLY(reply) ((code_key)1 << 24 | (code_key)(reply))

struct code_entry {
    code_key key;
    uint32_t rule;
};

/* The codes that occur every day are looked up by index; the hash holds all. */
#define COMMON_SUBJECTS 8
#define COMMON_DETAILS  32
#define REPLY_CODE_MIN  200
#define REPLY_CODE_MAX  699

struct code_table {
    struct perfect_hash hash;
    struct code_entry *slots;
    uint32_t enhanced[2][COMMON_SUBJECTS][COMMON_DETAILS]; /* classes 4 and 5, degraded to x.y.0 */
    uint32_t reply[REPLY_CODE_MAX - REPLY_CODE_MIN + 1];
};

/* The rows read so far, in order of precedence: the first row of a code counts. */
struct code_list {
    struct rules *rules;
    struct code_entry *entries;
    size_t count;
    size_t capacity;
};

/* Reads a table (kind,code,reason,meaning,source,strength) behind the rows that the list has. A code may be a
 * range of details (5.7.606-649), its class X for 4 and 5. Errors: BM_USAGE with line and column. */
enum bm_code codes_read(struct code_list *list, const struct table_text *text, struct bm_error *error);
/* Adds an entry; false when memory is out. */
bool code_list_push(struct code_list *list, struct code_entry entry);
void code_list_free(struct code_list *list);

enum bm_code codes_build(struct code_table *table, const struct code_list *list, struct bm_error *error);
void codes_free(struct code_table *table);

/* The rule of exactly that code, 0: none. */
static inline uint32_t codes_find(const struct code_table *table, code_key key)
{
    const struct code_entry *entry = &table->slots[perfect_hash_slot(&table->hash, key)];
    return entry->key == key ? entry->rule : 0;
}

/* The rule of a reply code, 0: none. */
static inline uint32_t codes_find_reply(const struct code_table *table, unsigned reply)
{
    unsigned index = reply - REPLY_CODE_MIN;
    return index <= REPLY_CODE_MAX - REPLY_CODE_MIN ? table->reply[index] : 0;
}

/* As codes_find_enhanced, for any code. */
uint32_t codes_find_rare(const struct code_table *table, enhanced_code code);

/* The rule of an enhanced code, or where it has none of x.y.0. x.0.z has none: it says nothing. */
static inline uint32_t codes_find_enhanced(const struct code_table *table, enhanced_code code)
{
    unsigned class_ = ENHANCED_CLASS(code) - 4, subject = ENHANCED_SUBJECT(code),
             detail = ENHANCED_DETAIL(code);
    if (class_ < 2 && subject < COMMON_SUBJECTS && detail < COMMON_DETAILS)
        return table->enhanced[class_][subject][detail];
    return codes_find_rare(table, code);
}

#endif
