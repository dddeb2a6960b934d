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

/* User tables (CSV files in the form that `bouncemill list` prints), or NULL for the built-in ones alone. */
struct bm_tables {
    const char *codes;
    const char *phrases;
    const char *trusted_domains; /* replaces the built-in rules; one rule a line */
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
};

struct bm_verdict {
    enum bm_class class_;
    unsigned reason;        /* an index for bm_reason_name */
    unsigned rule;          /* an index for bm_rule_name: what decided */
    unsigned smtp_code;     /* the reply code, given or found in the text; 0: none */
    unsigned enhanced_code; /* class << 20 | subject << 10 | detail, given or found in the text; 0: none */
    size_t match_at;        /* the stretch of the diagnostic that a phrase matched; length 0: none did */
    size_t match_length;
};

/* Classifies one reply. Never fails: what says nothing is "undetermined". Source of the decision order: RFC
 * 3463, RFC 5321 4.2, the IANA registry of enhanced codes, and the tables. */
BM_API void bm_classify(const struct bm_classifier *classifier, const struct bm_reply *reply,
                        struct bm_verdict *verdict);

/* The number of reasons, and a reason's name; a static string, or NULL past the end. */
BM_API unsigned bm_reason_count(void);
BM_API const char *bm_reason_name(unsigned reason);

/* The number of rules of this classifier, a rule's name ("enhanced:5.1.1", "phrase:mailbox is full",
 * "reply:550", "none"), and the table it stands in
 * ("codes", "phrases", "none"). Both belong to the classifier. */
BM_API unsigned bm_rule_count(const struct bm_classifier *classifier);
BM_API const char *bm_rule_name(const struct bm_classifier *classifier, unsigned rule);
BM_API const char *bm_rule_table(const struct bm_classifier *classifier, unsigned rule);

/* Whether a domain (normalised) is one that the trusted-domain rules name. */
BM_API int bm_domain_trusted(const struct bm_classifier *classifier, const char *domain, size_t length);

#ifdef __cplusplus
}
#endif

#endif
