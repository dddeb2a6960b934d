#include "cli.h"

#include "command.h"
#include "json_text.h"
#include "message.h"
#include "own_tables.h"
#include "reply_stream.h"
#include "utf8.h"

#include <bouncemill/classify.h>

#define NAME_BYTES 128

/* A reply and what became of it, for printing. */
struct answer {
    const struct bm_classifier *classifier;
    struct bm_reply reply;
    struct bm_verdict verdict;
};

/* "5.1.1", or the empty string. */
static const char *enhanced_text(unsigned code, char text[16])
{
    text[0] = 0;
    if (code)
        snprintf(text, 16, "%u.%u.%u", code >> 20, code >> 10 & 1023, code & 1023);
    return text;
}

/* The text with the match between marks, control characters as blanks. */
static void text_print_marked(const struct answer *answer)
{
    const struct bm_reply *reply = &answer->reply;
    size_t from = answer->verdict.match_at, to = from + answer->verdict.match_length;
    printf("text: ");
    for (size_t i = 0; i < reply->diagnostic_length;) {
        const unsigned char *at = (const unsigned char *)reply->diagnostic + i;
        size_t length = utf8_length(at, reply->diagnostic_length - i), next = i + (length ? length : 1);
        if (i <= from && from < next)
            printf(">>>");
        if (utf8_is_control(at, length))
            putchar(' ');
        else
            fwrite(at, 1, next - i, stdout);
        if (i < to && to <= next)
            printf("<<<");
        i = next;
    }
    putchar('\n');
}

static void names_print_plain(unsigned reason)
{
    char name[NAME_BYTES];
    for (unsigned k = 0; bm_reason_platform(k); k++)
        if (bm_reason_names(reason, bm_reason_platform(k), name, sizeof name))
            printf("%s: %s\n", bm_reason_platform(k), name);
}

static void answer_print_plain(const struct answer *answer)
{
    const struct bm_verdict *verdict = &answer->verdict;
    char enhanced[16];
    printf("reason: %s\nclass: %s\nrule: %s\nconfidence: %u\n", bm_reason_name(verdict->reason),
           bm_class_name(verdict->class_), bm_rule_name(answer->classifier, verdict->rule),
           verdict->confidence);
    if (verdict->smtp_code)
        printf("smtp_code: %u\n", verdict->smtp_code);
    if (verdict->enhanced_code)
        printf("enhanced_code: %s\n", enhanced_text(verdict->enhanced_code, enhanced));
    if (verdict->match_length)
        text_print_marked(answer);
    names_print_plain(verdict->reason);
}

static void member_print(const char *name, const char *text)
{
    printf(",\"%s\":", name);
    json_print(text, strlen(text));
}

static void names_print_json(unsigned reason)
{
    char name[NAME_BYTES];
    const char *before = ",\"names\":{";
    for (unsigned k = 0; bm_reason_platform(k); k++) {
        if (!bm_reason_names(reason, bm_reason_platform(k), name, sizeof name))
            continue;
        printf("%s\"%s\":", before, bm_reason_platform(k));
        json_print(name, strlen(name));
        before = ",";
    }
    if (before[1] == 0)
        putchar('}');
}

static void answer_print_json(const struct answer *answer)
{
    const struct bm_verdict *verdict = &answer->verdict;
    char enhanced[16];
    printf("{\"reason\":");
    json_print(bm_reason_name(verdict->reason), strlen(bm_reason_name(verdict->reason)));
    member_print("class", bm_class_name(verdict->class_));
    member_print("rule", bm_rule_name(answer->classifier, verdict->rule));
    member_print("table", bm_rule_table(answer->classifier, verdict->rule));
    printf(",\"confidence\":%u", verdict->confidence);
    if (verdict->smtp_code)
        printf(",\"smtp_code\":%u", verdict->smtp_code);
    if (verdict->enhanced_code)
        member_print("enhanced_code", enhanced_text(verdict->enhanced_code, enhanced));
    if (verdict->match_length) {
        printf(",\"match\":{\"at\":%zu,\"length\":%zu,\"text\":", verdict->match_at, verdict->match_length);
        json_print(answer->reply.diagnostic + verdict->match_at, verdict->match_length);
        putchar('}');
    }
    names_print_json(verdict->reason);
    printf("}\n");
}

static bool is_stream(const struct arguments *arguments)
{
    return arguments->operand_count && strcmp(arguments->operands[0], "-") == 0;
}

static enum bm_code usage_check(const struct arguments *arguments, struct bm_error *error)
{
    const struct option_value *values = arguments->values;
    static const int single[] = {OPTION_SMTP_CODE, OPTION_ENHANCED_CODE, OPTION_DOMAIN, OPTION_MTA,
                                 OPTION_JSON};
    for (size_t k = 0; is_stream(arguments) && k < COUNT_OF(single); k++)
        if (values[single[k]].given) {
            error_set(error, BM_USAGE, "--%s is for a single reply, not for a stream",
                      option_table[single[k]].name);
            return error_hint(error, "see --format for the columns of a stream");
        }
    if (values[OPTION_FORMAT].given && !is_stream(arguments)) {
        error_set(error, BM_USAGE, "--format is for a stream");
        return error_hint(error, "give '-' to read standard input");
    }
    if (!arguments->operand_count && !values[OPTION_SMTP_CODE].given && !values[OPTION_ENHANCED_CODE].given) {
        error_set(error, BM_USAGE, "classify needs a reply's text or codes");
        return error_hint(error, "see 'bouncemill classify --help'");
    }
    return BM_OK;
}

/* Normalises a domain by way of an address at it. Returns its length. */
static enum bm_code domain_normalise(const char *domain, char *out, struct bm_reply *reply,
                                     struct bm_error *error)
{
    char address[BM_ADDRESS_BYTES_MAX];
    int length = snprintf(address, sizeof address, "x@%s", domain);
    size_t domain_at = 0, bytes = 0;
    if (length > 0 && (size_t)length < sizeof address)
        bytes = bm_address_normalise(address, (size_t)length, out, &domain_at);
    if (!bytes)
        return error_set(error, BM_USAGE, "--domain: '%s' is not a domain", domain);
    reply->domain = out + domain_at;
    reply->domain_length = bytes - domain_at;
    return BM_OK;
}

static void text_set(const char **at, size_t *length, const char *text)
{
    *at = text ? text : "";
    *length = strlen(*at);
}

static enum bm_code answer_make(const struct arguments *arguments, struct answer *answer,
                                struct bm_error *error)
{
    const struct option_value *values = arguments->values;
    char domain[BM_ADDRESS_BYTES_MAX];
    struct bm_reply *reply = &answer->reply;
    enum bm_code code = BM_OK;
    text_set(&reply->diagnostic, &reply->diagnostic_length,
             arguments->operand_count ? arguments->operands[0] : NULL);
    text_set(&reply->smtp_code, &reply->smtp_code_length, values[OPTION_SMTP_CODE].text);
    text_set(&reply->enhanced_code, &reply->enhanced_code_length, values[OPTION_ENHANCED_CODE].text);
    text_set(&reply->mta, &reply->mta_length, values[OPTION_MTA].text);
    text_set(&reply->domain, &reply->domain_length, NULL);
    if (values[OPTION_DOMAIN].given)
        code = domain_normalise(values[OPTION_DOMAIN].text, domain, reply, error);
    if (code == BM_OK)
        bm_classify(answer->classifier, reply, &answer->verdict);
    text_set(&reply->domain, &reply->domain_length, NULL); /* `domain` ends here */
    return code;
}

int command_classify(const struct arguments *arguments)
{
    struct bm_error error;
    if (usage_check(arguments, &error) != BM_OK)
        return error_print(&error);
    struct bm_tables tables = own_tables(arguments);
    struct bm_classifier *classifier;
    if (bm_classifier_new(&classifier, &tables, &error) != BM_OK)
        return error_print(&error);
    enum bm_code code;
    if (is_stream(arguments)) {
        code = reply_stream_run(classifier, arguments->values[OPTION_FORMAT].text, &error);
    } else {
        struct answer answer = {.classifier = classifier};
        code = answer_make(arguments, &answer, &error);
        if (code == BM_OK)
            (arguments->values[OPTION_JSON].given ? answer_print_json : answer_print_plain)(&answer);
    }
    int exit_code = output_finish();
    if (code != BM_OK)
        exit_code = error_print(&error);
    bm_classifier_free(classifier);
    return exit_code;
}
