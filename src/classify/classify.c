/* The classifier: which of the tables' rows decides why a message bounced.
 *
 * For people who suppress addresses by its verdicts. Two errors cost them: a good address counted as dead for
 * the sender's own faults, and a dead one kept. Codes alone make both: servers answer 550 5.1.1 to senders
 * they block and 550 5.7.1 to addresses that do not exist. So a plain statement in the text beats the codes,
 * and a code or a text that many causes share decides only when nothing else does. In order:
 *
 *   1. (rules for one provider, where its codes are known to lie, will stand here)
 *   2. a phrase that says that the sender is at fault        strength `sender`
 *   3. a phrase that names a cause                           strength `specific`
 *   4. the enhanced code, if its row is specific
 *   5. a vague phrase, if the reply code's row is not specific
 *   6. the enhanced code, if its row is vague (x.y.0, "other or undefined")
 *   7. the reply code
 *   8. undetermined: never hard on the first digit of a code
 *
 * Vague phrases are those that follow from any cause: "mailbox unavailable", "rejected", "try again later".
 * They stand behind specific codes ("550 5.1.1 mailbox unavailable" is an unknown user) and before vague ones
 * ("450 4.2.0 greylisted ..." needs no phrase of its own for every code it comes with). Vague reply codes are
 * those that servers use for everything: 421, 450, 451, 550, 553, 554. Among phrases of one strength the
 * first row of the table wins, wherever it stands in the text: the text's order tells nothing, the table's
 * was thought about.
 *
 * An unknown x.y.z is read as x.y.0; x.0.0 and codes of class 2 say nothing about a failure.
 *
 * Everything is built once and never changes, so threads share it; a reply costs no allocation. */
#include <bouncemill/classify.h>

#include "base/base.h"
#include "classify/codes.h"
#include "classify/phrases.h"
#include "classify/trust.h"

struct bm_classifier {
    struct rules rules;
    struct code_table codes;
    struct phrase_table phrases;
    struct trust trust;
};

#define RULE_NONE 0

/* Reads a table behind what `context` holds. */
typedef enum bm_code (*source_reader)(void *context, const struct table_text *text, struct bm_error *error);

/* Reads a user's file, where there is one. */
static enum bm_code own_read(const char *path, source_reader reader, void *context, struct bm_error *error)
{
    if (!path)
        return BM_OK;
    struct table_text text;
    enum bm_code code = table_load(&text, path, error);
    if (code != BM_OK)
        return code;
    code = reader(context, &text, error);
    table_unload(&text);
    return code;
}

static enum bm_code builtin_read(const char *name, struct span bytes, source_reader reader, void *context,
                                 struct bm_error *error)
{
    struct table_text text = {.name = name, .bytes = bytes};
    return reader(context, &text, error);
}

static enum bm_code codes_reader(void *context, const struct table_text *text, struct bm_error *error)
{
    return codes_read(context, text, error);
}

static enum bm_code phrases_reader(void *context, const struct table_text *text, struct bm_error *error)
{
    return phrases_read(context, text, error);
}

static enum bm_code codes_load(struct bm_classifier *classifier, const char *path, struct bm_error *error)
{
    struct code_list list = {.rules = &classifier->rules};
    enum bm_code code = own_read(path, codes_reader, &list, error);
    if (code == BM_OK)
        code = builtin_read("codes.csv", table_builtin_codes, codes_reader, &list, error);
    if (code == BM_OK)
        code = codes_build(&classifier->codes, &list, error);
    code_list_free(&list);
    return code;
}

static enum bm_code phrases_load(struct bm_classifier *classifier, const char *path, struct bm_error *error)
{
    struct phrase_table *phrases = &classifier->phrases;
    phrases->rules = &classifier->rules;
    enum bm_code code = own_read(path, phrases_reader, phrases, error);
    size_t own = phrases->count;
    if (code == BM_OK)
        code = builtin_read("phrases.csv", table_builtin_phrases, phrases_reader, phrases, error);
    return code == BM_OK ? phrases_build(phrases, own, error) : code;
}

static enum bm_code trust_load(struct bm_classifier *classifier, const char *path, struct bm_error *error)
{
    struct table_text text = {.name = "trusted_domains.txt", .bytes = table_builtin_trusted_domains};
    enum bm_code code = path ? table_load(&text, path, error) : BM_OK;
    return code == BM_OK ? trust_new(&classifier->trust, text, error) : code;
}

enum bm_code bm_classifier_new(struct bm_classifier **classifier, const struct bm_tables *tables,
                               struct bm_error *error)
{
    static const struct bm_tables builtin = {0};
    if (!tables)
        tables = &builtin;
    struct bm_classifier *made = calloc(1, sizeof *made);
    if (!made)
        return fail_memory(error, "the classifier");
    enum bm_code code = rules_new(&made->rules, error);
    if (code == BM_OK)
        code = codes_load(made, tables->codes, error);
    if (code == BM_OK)
        code = phrases_load(made, tables->phrases, error);
    if (code == BM_OK)
        code = trust_load(made, tables->trusted_domains, error);
    if (code != BM_OK) {
        bm_classifier_free(made);
        return code;
    }
    *classifier = made;
    return BM_OK;
}

void bm_classifier_free(struct bm_classifier *classifier)
{
    if (!classifier)
        return;
    codes_free(&classifier->codes);
    phrases_free(&classifier->phrases);
    trust_free(&classifier->trust);
    rules_free(&classifier->rules);
    free(classifier);
}

static bool is_vague(const struct bm_classifier *classifier, uint32_t rule)
{
    return classifier->rules.list[rule].strength == STRENGTH_VAGUE; /* rule 0, none, is */
}

/* Steps 4 to 8 of the order above; `vague_phrase` is 0 where no phrase matched. */
static uint32_t codes_decide(const struct bm_classifier *classifier, struct codes_found codes,
                             uint32_t vague_phrase)
{
    uint32_t enhanced = codes_find_enhanced(&classifier->codes, codes.enhanced);
    if (!is_vague(classifier, enhanced))
        return enhanced;
    uint32_t reply = codes.reply ? codes_find(&classifier->codes, CODE_KEY_REPLY(codes.reply)) : RULE_NONE;
    if (vague_phrase && is_vague(classifier, reply))
        return vague_phrase;
    if (enhanced)
        return enhanced;
    if (reply)
        return reply;
    /* x.0.0 decides nothing, but is what there was */
    return codes.enhanced ? codes_find(&classifier->codes, codes.enhanced) : RULE_NONE;
}

/* A borrowed text; one of length 0 may have come without an address. */
static struct span span_given(const char *at, size_t length)
{
    return length ? (struct span){at, length} : SPAN("");
}

void bm_classify(const struct bm_classifier *classifier, const struct bm_reply *reply,
                 struct bm_verdict *verdict)
{
    struct span text = span_given(reply->diagnostic, reply->diagnostic_length);
    struct codes_found codes =
        code_parse(span_given(reply->smtp_code, reply->smtp_code_length),
                   span_given(reply->enhanced_code, reply->enhanced_code_length), text);
    struct phrase_match match = phrases_find(&classifier->phrases, text, codes);
    uint32_t phrase = match.phrase ? match.phrase->rule : RULE_NONE;
    uint32_t rule = is_vague(classifier, phrase) ? codes_decide(classifier, codes, phrase) : phrase;
    enum reason reason = classifier->rules.list[rule].reason;
    *verdict = (struct bm_verdict){.class_ = reason_table[reason].class_,
                                   .reason = reason,
                                   .rule = rule,
                                   .smtp_code = codes.reply,
                                   .enhanced_code = codes.enhanced,
                                   .match_at = match.at,
                                   .match_length = match.length};
}

unsigned bm_rule_count(const struct bm_classifier *classifier)
{
    return classifier->rules.count;
}

const char *bm_rule_name(const struct bm_classifier *classifier, unsigned rule)
{
    return rule < classifier->rules.count ? classifier->rules.list[rule].name : NULL;
}

const char *bm_rule_table(const struct bm_classifier *classifier, unsigned rule)
{
    return rule < classifier->rules.count ? classifier->rules.list[rule].table : NULL;
}

int bm_domain_trusted(const struct bm_classifier *classifier, const char *domain, size_t length)
{
    return trust_contains(&classifier->trust, span_given(domain, length));
}
