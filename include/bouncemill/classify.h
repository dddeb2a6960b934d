/* The classifier: why a message bounced, from its codes and its text. */
#ifndef BOUNCEMILL_CLASSIFY_H
#define BOUNCEMILL_CLASSIFY_H

#include <bouncemill/error.h>
#include <bouncemill/event.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A built classifier. It never changes once built, so any number of threads may use it at once. */
struct bm_classifier;

/* The user's tables: files in the form that `bouncemill list` prints, or NULL for the built-in ones alone. A
 * file of codes, phrases or providers extends the built-in table: its rows come first, a phrase of it before
 * all built-in ones that are not vaguer. Named in `replace` it stands alone. */
struct bm_tables {
    const char *codes;
    const char *phrases;
    const char *trusted_domains; /* one rule a line; always replaces the built-in ones */
    const char *providers;       /* domains of providers, and rules for their codes and texts */
    const char *replace;         /* "codes,phrases,providers" or some of them; NULL: none */
};

/* Builds a classifier; *classifier is the caller's, to be freed with bm_classifier_free. `tables` may be
 * NULL. Errors: BM_USAGE with file, line and column of a bad row; BM_RESOURCE. */
BM_API enum bm_code bm_classifier_new(struct bm_classifier **classifier, const struct bm_tables *tables,
                                      struct bm_error *error);
BM_API void bm_classifier_free(struct bm_classifier *classifier);

/* What is known of a bounce. Texts need not end in NUL and may be empty (length 0). All are borrowed for the
 * call. */
struct bm_reply {
    const char *smtp_code; /* as the archive has it: "550" */
    size_t smtp_code_length;
    const char *enhanced_code; /* "5.1.1", also with text behind it */
    size_t enhanced_code_length;
    const char *diagnostic; /* the server's text */
    size_t diagnostic_length;
    const char *domain; /* the recipient's domain, normalised */
    size_t domain_length;
    const char
        *mta; /* the host that answered, as reported: "mx.example.org", "mx.example.org[192.0.2.1]:25" */
    size_t mta_length;
};

struct bm_verdict {
    enum bm_class class_;
    unsigned reason;        /* an index for bm_reason_name */
    unsigned rule;          /* an index for bm_rule_name: what decided */
    unsigned smtp_code;     /* the reply code, given or found in the text; 0: none */
    unsigned enhanced_code; /* class << 20 | subject << 10 | detail, given or found in the text; 0: none */
    size_t match_at;        /* the stretch of the diagnostic that a phrase matched; length 0: none did */
    size_t match_length;
    unsigned confidence; /* percent, below */
};

/* Confidence says which step decided, from the surest to the least. It is a rank in percent, for sorting and
 * for thresholds, not a measured probability of the single verdict. */
#define BM_CONFIDENCE_PROVIDER     95 /* a rule for the provider */
#define BM_CONFIDENCE_PHRASE       90 /* a phrase that names a cause, or says that the sender is at fault */
#define BM_CONFIDENCE_ENHANCED     80 /* an enhanced code that names a cause */
#define BM_CONFIDENCE_VAGUE_PHRASE 60 /* a phrase that follows from many causes */
#define BM_CONFIDENCE_VAGUE_CODE   50 /* a reply code, or an enhanced code that names no cause */
#define BM_CONFIDENCE_NONE         0  /* nothing decided: undetermined */

/* Classifies one reply. Of the text the first 16 KiB are looked at. Never fails: what says nothing is
 * "undetermined". Source of the decision order: RFC 3463, RFC 5321 4.2, the IANA registry of enhanced codes,
 * and the tables. */
BM_API void bm_classify(const struct bm_classifier *classifier, const struct bm_reply *reply,
                        struct bm_verdict *verdict);

/* A memory of replies seen before, about 2 MiB: servers answer in templates. It changes no verdict and makes
 * them several times faster. For one thread at a time and for the one classifier that it was made for, which
 * must outlive it; *memo is the caller's, to be freed with bm_classify_memo_free. Errors: BM_RESOURCE. */
struct bm_classify_memo;
BM_API enum bm_code bm_classify_memo_new(struct bm_classify_memo **memo,
                                         const struct bm_classifier *classifier, struct bm_error *error);
BM_API void bm_classify_memo_free(struct bm_classify_memo *memo);

/* As bm_classify, with a memo (NULL: without one). The place of the match is not told: match_at is 0, and
 * match_length tells by not being 0 that a phrase matched. */
BM_API void bm_classify_with(const struct bm_classifier *classifier, struct bm_classify_memo *memo,
                             const struct bm_reply *reply, struct bm_verdict *verdict);

/* The number of reasons, and a reason's name; a static string, or NULL past the end. */
BM_API unsigned bm_reason_count(void);
BM_API const char *bm_reason_name(unsigned reason);

/* What a platform calls a reason, and platform names: "sfmc" ("2001 User Unknown"), "marketo", "ses",
 * "sparkpost", "powermta", "kumomta", "blackbaud". bm_reason_platform gives a name by number, NULL past the
 * end; bm_reason_names writes at most `room` bytes with the NUL, as snprintf does, and returns the length of
 * the whole; 0 where the platform has no name for the reason, or there is no such platform or reason. */
BM_API const char *bm_reason_platform(unsigned platform);
BM_API size_t bm_reason_names(unsigned reason, const char *platform, char *out, size_t room);

/* A table in use: "codes", "phrases", "domains" (trusted), "providers" or "reasons", with the user's own rows
 * in it (`tables` may be NULL). Given back as a file that replaces, it makes the same classifier. *text is
 * the caller's, to be freed with free. Errors: BM_USAGE for an unknown name or a bad row; BM_RESOURCE. */
BM_API enum bm_code bm_table_text(const char *table, const struct bm_tables *tables, char **text,
                                  size_t *length, struct bm_error *error);

/* The number of rules of this classifier, a rule's name ("enhanced:5.1.1", "phrase:mailbox is full",
 * "reply:550", "provider:google 5.7.1", "none"), and the table it stands in
 * ("codes", "phrases", "providers", "none"). Both belong to the classifier. */
BM_API unsigned bm_rule_count(const struct bm_classifier *classifier);
BM_API const char *bm_rule_name(const struct bm_classifier *classifier, unsigned rule);
BM_API const char *bm_rule_table(const struct bm_classifier *classifier, unsigned rule);

/* Whether a reply's text is looked at for more than its codes: not where the tables hold no phrase. */
BM_API int bm_classifier_reads_text(const struct bm_classifier *classifier);

/* Whether a domain (normalised) is one that the trusted-domain rules name. */
BM_API int bm_domain_trusted(const struct bm_classifier *classifier, const char *domain, size_t length);

#ifdef __cplusplus
}
#endif

#endif
