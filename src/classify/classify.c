/* The classifier: which of the tables' rows decides why a message bounced.
 *
 * For people who suppress addresses by its verdicts. Two errors cost them: a good address counted as dead for
 * the sender's own faults, and a dead one kept. Codes alone make both: servers answer 550 5.1.1 to senders
 * they block and 550 5.7.1 to addresses that do not exist. So a plain statement in the text beats the codes,
 * and a code or a text that many causes share decides only when nothing else does. In order:
 *
 *   1. a rule for the provider of the recipient's domain or of the host that answered, where its texts or
 *      codes are known to mean something else; its vague rules take the place of the codes in steps 4 and 6
 *   2. a phrase that says that the sender is at fault        strength `sender`
 *   3. a phrase that names a cause                           strength `specific`
 *   4. the enhanced code, if its row is specific
 *   5. a vague phrase, if the reply code's row is not specific
 *   6. the enhanced code, if its row is vague (x.y.0, "other or undefined")
 *   7. the reply code; but a vague one that would be hard, such as 550, only where there is no text: a server
 *      that says why, in words that no phrase knows, may as well mean the sender
 *   8. undetermined: never hard on the first digit of a code
 *
 * Vague phrases are those that follow from any cause: "mailbox unavailable", "rejected", "try again later".
 * They stand behind specific codes ("550 5.1.1 mailbox unavailable" is an unknown user) and before vague ones
 * ("450 4.2.0 greylisted ..." needs no phrase of its own for every code it comes with). Vague reply codes are
 * those that servers use for everything: 421, 450, 451, 550, 553, 554. Among phrases of one strength the
 * first row of the table wins, wherever it stands in the text: the text's order tells nothing, the table's
 * was thought about.
 *
 * What phrases see of a text is its skeleton (skeleton.c). Codes, provider and skeleton are all that a
 * verdict depends on, so they are the key of the memo (memo.c) that a worker may bring along.
 *
 * An unknown x.y.z is read as x.y.0; x.0.0 and codes of class 2 say nothing about a failure.
 *
 * Everything is built once and never changes, so threads share it; a reply costs no allocation. */
#include <bouncemill/classify.h>

#include "base/base.h"
#include "classify/codes.h"
#include "classify/memo.h"
#include "classify/phrases.h"
#include "classify/providers.h"
#include "classify/table_sources.h"
#include "classify/trust.h"

struct bm_classifier {
    struct rules rules;
    struct code_table codes;
    struct phrase_table phrases;
    struct provider_table providers;
    struct trust trust;
};

struct bm_classify_memo {
    const struct bm_classifier *classifier;
    struct memo memo;
    struct arena arena; /* of the memo's entries: one large page, where the system has them */
};

_Static_assert(REASON_COUNT <= UINT8_MAX && MEMO_SKELETON_BYTES <= UINT16_MAX, "the memo has room for them");

#define RULE_NONE  0
#define MEMO_ALIGN 64 /* a cache line */

static enum bm_code codes_reader(void *context, const struct table_text *text, bool extends,
                                 struct bm_error *error)
{
    (void)extends; /* the first row of a code counts */
    return codes_read(context, text, error);
}

static enum bm_code codes_load(struct bm_classifier *classifier, const struct bm_tables *tables,
                               struct bm_error *error)
{
    struct code_list list = {.rules = &classifier->rules};
    enum bm_code code = table_sources_read(tables, TABLE_CODES, codes_reader, &list, error);
    if (code == BM_OK)
        code = codes_build(&classifier->codes, &list, error);
    code_list_free(&list);
    return code;
}

static enum bm_code phrases_reader(void *context, const struct table_text *text, bool extends,
                                   struct bm_error *error)
{
    struct bm_classifier *classifier = context;
    classifier->phrases.reads_first = extends;
    return phrases_read(&classifier->phrases, text, error);
}

static enum bm_code providers_reader(void *context, const struct table_text *text, bool extends,
                                     struct bm_error *error)
{
    struct bm_classifier *classifier = context;
    classifier->phrases.reads_first = extends;
    return providers_read(&classifier->providers, &classifier->phrases, text, error);
}

/* Phrases and provider rules share a tree. */
static enum bm_code phrases_load(struct bm_classifier *classifier, const struct bm_tables *tables,
                                 struct bm_error *error)
{
    classifier->phrases.rules = &classifier->rules;
    enum bm_code code = table_sources_read(tables, TABLE_PHRASES, phrases_reader, classifier, error);
    if (code == BM_OK)
        code = table_sources_read(tables, TABLE_PROVIDERS, providers_reader, classifier, error);
    if (code == BM_OK)
        code = providers_build(&classifier->providers, error);
    return code == BM_OK ? phrases_build(&classifier->phrases, error) : code;
}

static enum bm_code trust_reader(void *context, const struct table_text *text, bool extends,
                                 struct bm_error *error)
{
    struct bm_classifier *classifier = context;
    (void)extends; /* never: a list replaces */
    struct table_text borrowed = *text;
    borrowed.owned = false;
    return trust_new(&classifier->trust, borrowed, error);
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
    made->providers.list.rules = &made->rules;
    if (code == BM_OK)
        code = table_sources_check(tables, error);
    if (code == BM_OK)
        code = codes_load(made, tables, error);
    if (code == BM_OK)
        code = phrases_load(made, tables, error);
    if (code == BM_OK)
        code = table_sources_read(tables, TABLE_DOMAINS, trust_reader, made, error);
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
    providers_free(&classifier->providers);
    trust_free(&classifier->trust);
    rules_free(&classifier->rules);
    free(classifier);
}

static bool is_vague(const struct bm_classifier *classifier, uint32_t rule)
{
    return classifier->rules.list[rule].strength == STRENGTH_VAGUE; /* rule 0, none, is */
}

/* All that a verdict depends on. */
struct question {
    struct codes_found codes;
    unsigned provider;
    struct span skeleton;
};

/* What decided. */
struct decision {
    uint32_t rule;
    uint32_t confidence;
};

/* Whether a skeleton says more than codes: "550", "smtp; 550 5.0.0", an address do not. */
static bool has_words(struct span skeleton)
{
    static const char protocol[] = "smtp";
    size_t letters = 0;
    for (size_t i = 0; i < skeleton.length; i++) {
        unsigned char byte = (unsigned char)skeleton.at[i], lower = byte | 0x20;
        if (byte >= 0x80)
            return true;
        if (lower < 'a' || lower > 'z')
            continue;
        if (letters == sizeof protocol - 1 || lower != (unsigned char)protocol[letters])
            return true;
        letters++;
    }
    return false;
}

/* The reply code's rule where it may decide. */
static uint32_t reply_rule(const struct bm_classifier *classifier, const struct question *question,
                           uint32_t reply)
{
    const struct rule *rule = &classifier->rules.list[reply];
    bool doubtful = rule->strength == STRENGTH_VAGUE && reason_table[rule->reason].class_ == BM_HARD;
    return doubtful && has_words(question->skeleton) ? RULE_NONE : reply;
}

/* Steps 4 to 8 of the order above; `vague_phrase` is 0 where no phrase matched. */
static struct decision codes_decide(const struct bm_classifier *classifier, const struct question *question,
                                    uint32_t vague_phrase, uint32_t provider_rule)
{
    struct codes_found codes = question->codes;
    uint32_t enhanced = codes_find_enhanced(&classifier->codes, codes.enhanced);
    if (!provider_rule && !is_vague(classifier, enhanced))
        return (struct decision){enhanced, BM_CONFIDENCE_ENHANCED};
    uint32_t reply = codes_find_reply(&classifier->codes, codes.reply);
    if (vague_phrase && (provider_rule || is_vague(classifier, reply)))
        return (struct decision){vague_phrase, BM_CONFIDENCE_VAGUE_PHRASE};
    uint32_t rule = provider_rule ? provider_rule
                    : enhanced    ? enhanced
                                  : reply_rule(classifier, question, reply);
    if (rule)
        return (struct decision){rule, BM_CONFIDENCE_VAGUE_CODE};
    /* x.0.0 decides nothing, but is what there was */
    rule = codes.enhanced ? codes_find(&classifier->codes, codes.enhanced) : RULE_NONE;
    return (struct decision){rule, BM_CONFIDENCE_NONE};
}

static struct decision decide(const struct bm_classifier *classifier, const struct question *question,
                              struct phrase_match match)
{
    uint32_t phrase = match.phrase ? match.phrase->rule : RULE_NONE, provider = RULE_NONE;
    if (!is_vague(classifier, phrase) && match.phrase->when.provider)
        return (struct decision){phrase, BM_CONFIDENCE_PROVIDER};
    if (question->provider)
        provider = providers_rule(&classifier->providers, question->provider, question->codes);
    if (!is_vague(classifier, provider))
        return (struct decision){provider, BM_CONFIDENCE_PROVIDER};
    if (!is_vague(classifier, phrase))
        return (struct decision){phrase, BM_CONFIDENCE_PHRASE};
    return codes_decide(classifier, question, phrase, provider);
}

/* A borrowed text; one of length 0 may have come without an address. */
static struct span span_given(const char *at, size_t length)
{
    return length ? (struct span){at, length} : SPAN("");
}

/* Who answered knows best; else whose recipient it was. */
static unsigned provider_find(const struct bm_classifier *classifier, const struct bm_reply *reply)
{
    unsigned provider = providers_find(&classifier->providers, span_given(reply->mta, reply->mta_length));
    return provider ? provider
                    : providers_find(&classifier->providers, span_given(reply->domain, reply->domain_length));
}

static struct question question_of(const struct bm_classifier *classifier, const struct bm_reply *reply,
                                   char *skeleton)
{
    struct span text = span_given(reply->diagnostic, reply->diagnostic_length);
    if (text.length > SKELETON_TEXT_BYTES_MAX)
        text.length = SKELETON_TEXT_BYTES_MAX;
    struct question question = {
        .codes = code_parse(span_given(reply->smtp_code, reply->smtp_code_length),
                            span_given(reply->enhanced_code, reply->enhanced_code_length), text),
        .provider = provider_find(classifier, reply),
        .skeleton = {skeleton, 0}};
    if (text.length && classifier->phrases.count)
        question.skeleton.length = skeleton_make(&classifier->phrases.words, text, skeleton, NULL);
    return question;
}

static enum reason reason_of(const struct bm_classifier *classifier, struct decision decision)
{
    return classifier->rules.list[decision.rule].reason;
}

static inline void verdict_set(enum reason reason, const struct question *question, struct decision decision,
                               size_t match_length, struct bm_verdict *verdict)
{
    verdict->class_ = reason_table[reason].class_;
    verdict->reason = reason;
    verdict->rule = decision.rule;
    verdict->smtp_code = question->codes.reply;
    verdict->enhanced_code = question->codes.enhanced;
    verdict->match_at = 0;
    verdict->match_length = match_length;
    verdict->confidence = decision.confidence;
}

static struct phrase_match match_find(const struct bm_classifier *classifier, const struct question *question)
{
    return phrases_find(&classifier->phrases, question->skeleton, question->codes, question->provider);
}

/* Where in the text a match in the skeleton stands. */
static void match_place(const struct bm_classifier *classifier, const struct bm_reply *reply,
                        struct phrase_match match, char *skeleton, struct bm_verdict *verdict)
{
    struct skeleton_places places = {.wanted = {match.at, match.at + match.length - 1}};
    (void)skeleton_make(&classifier->phrases.words,
                        (struct span){reply->diagnostic, reply->diagnostic_length}, skeleton, &places);
    verdict->match_at = places.found[0];
    verdict->match_length = places.found[1] + 1 - places.found[0];
}

void bm_classify(const struct bm_classifier *classifier, const struct bm_reply *reply,
                 struct bm_verdict *verdict)
{
    char skeleton[SKELETON_ROOM];
    struct question question = question_of(classifier, reply, skeleton);
    struct phrase_match match = match_find(classifier, &question);
    struct decision decision = decide(classifier, &question, match);
    verdict_set(reason_of(classifier, decision), &question, decision, 0, verdict);
    if (match.phrase)
        match_place(classifier, reply, match, skeleton, verdict);
}

enum bm_code bm_classify_memo_new(struct bm_classify_memo **memo, const struct bm_classifier *classifier,
                                  struct bm_error *error)
{
    struct bm_classify_memo *made = calloc(1, sizeof *made);
    if (!made)
        return fail_memory(error, "a memo of replies");
    size_t bytes = MEMO_ENTRIES * sizeof *made->memo.entries;
    made->classifier = classifier;
    made->memo.entries = arena_take(&made->arena, bytes, MEMO_ALIGN);
    if (!made->memo.entries) {
        free(made);
        return fail_memory(error, "a memo of replies");
    }
    memset(made->memo.entries, 0, bytes);
    *memo = made;
    return BM_OK;
}

void bm_classify_memo_free(struct bm_classify_memo *memo)
{
    if (!memo)
        return;
    arena_free(&memo->arena);
    free(memo);
}

/* Codes and provider in one number that is never 0. */
static uint64_t question_codes(const struct question *question)
{
    return UINT64_C(1) << 63 | (uint64_t)question->provider << 48 | (uint64_t)question->codes.reply << 32 |
           question->codes.enhanced;
}

void bm_classify_with(const struct bm_classifier *classifier, struct bm_classify_memo *memo,
                      const struct bm_reply *reply, struct bm_verdict *verdict)
{
    char skeleton[SKELETON_ROOM];
    struct question question = question_of(classifier, reply, skeleton);
    uint64_t codes = question_codes(&question);
    struct memo_entry *entry = NULL;
    bool memorable = memo && memo->classifier == classifier && question.skeleton.length;
    if (memorable && LIKELY(memo_find(&memo->memo, codes, question.skeleton, &entry))) {
        verdict_set((enum reason)entry->reason, &question, (struct decision){entry->rule, entry->confidence},
                    entry->match_length, verdict);
        return;
    }
    struct phrase_match match = match_find(classifier, &question);
    struct decision decision = decide(classifier, &question, match);
    enum reason reason = reason_of(classifier, decision);
    verdict_set(reason, &question, decision, match.length, verdict);
    if (!entry)
        return;
    memo_put(entry, codes, question.skeleton);
    entry->rule = decision.rule;
    entry->reason = (uint8_t)reason;
    entry->confidence = (uint8_t)decision.confidence;
    entry->match_length = (uint16_t)match.length;
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

int bm_classifier_reads_text(const struct bm_classifier *classifier)
{
    return classifier->phrases.count > 0;
}

int bm_domain_trusted(const struct bm_classifier *classifier, const char *domain, size_t length)
{
    return trust_contains(&classifier->trust, span_given(domain, length));
}
