#include "base/base.h"
#include "base/fail.h"
#include "config.h"

#include <bouncemill/event.h>
#include <unistd.h>

#include "test.h"

#define RANDOM_ADDRESSES 8000
#define RANDOM_BYTES_MAX 40

static const char *source_root;

struct address {
    char bytes[BM_ADDRESS_BYTES_MAX];
    size_t length, domain_at;
};

/* Normalises from a block of exactly the right size, so that a sanitizer sees a read past its end. */
static struct address normalise(const char *text, size_t length)
{
    struct address address = {.domain_at = 0};
    char *copy = malloc(length ? length : 1);
    EXPECT(copy != NULL, "there is memory");
    memcpy(copy, text, length);
    address.length = bm_address_normalise(copy, length, address.bytes, &address.domain_at);
    free(copy);
    EXPECT(address.length <= BM_ADDRESS_BYTES_MAX, "the result fits");
    if (address.length) {
        EXPECT(address.domain_at > 1 && address.domain_at < address.length, "the domain is inside");
        EXPECT(address.bytes[address.domain_at - 1] == '@', "the domain follows an '@'");
    }
    return address;
}

static void expect_stable(const struct address *once)
{
    if (!once->length)
        return;
    struct address twice = normalise(once->bytes, once->length);
    EXPECT(twice.length == once->length && memcmp(twice.bytes, once->bytes, once->length) == 0 &&
               twice.domain_at == once->domain_at,
           "'%.*s' normalises to itself, got '%.*s'", (int)once->length, once->bytes, (int)twice.length,
           twice.bytes);
}

static void expect_address(const char *text, const char *expected)
{
    struct address address = normalise(text, strlen(text));
    EXPECT(address.length == strlen(expected) && memcmp(address.bytes, expected, address.length) == 0,
           "'%s' becomes '%s', got '%.*s'", text, expected, (int)address.length, address.bytes);
    expect_stable(&address);
}

static void test_usable(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"ann@example.com", "ann@example.com"},
        {"Ann.Lee+News@Example.COM", "ann.lee+news@example.com"},
        {"a@b", "a@b"},
        {" <ann@example.com> ", "ann@example.com"},
        {"<<ann@example.com>>", "ann@example.com"},
        {"\tann@example.com\t", "ann@example.com"},
        {"ann@example.com.", "ann@example.com"},
        {"\"ann\"@Example.com", "ann@example.com"},
        {"\"Ann.Lee\"@example.com", "ann.lee@example.com"},
        {"\"a\\nn\"@example.com", "ann@example.com"},
        {"\"Ann Lee\"@example.com", "\"ann lee\"@example.com"},
        {"\"ann@home\"@example.com", "\"ann@home\"@example.com"},
        {"\"a..b\"@example.com", "\"a..b\"@example.com"},
        {"\".a\"@example.com", "\".a\"@example.com"},
        {"\"a.\"@example.com", "\"a.\"@example.com"},
        {"\"a\\\"b\"@example.com", "\"a\\\"b\"@example.com"},
        {"\"a\\\\\"@example.com", "\"a\\\\\"@example.com"},
        {"\"a\".b@example.com", "\"a\".b@example.com"},
        {"\"<a>\"@example.com", "\"<a>\"@example.com"},
        {"a..b.@example.com", "a..b.@example.com"},
        {"a@b@example.com", "a@b@example.com"},
        {"ann@[192.0.2.1]", "ann@[192.0.2.1]"},
        {"ann@[IPv6:2001:DB8::1]", "ann@[ipv6:2001:db8::1]"},
        {"J\xC3\x96rg@example.com", "j\xC3\x96rg@example.com"},
        {"\"j\xC3\xB6rg\"@example.com", "j\xC3\xB6rg@example.com"},
        {"under_score@my_host.example", "under_score@my_host.example"},
        {"{z}`~!#$%^&*=?|'/@[::]", "{z}`~!#$%^&*=?|'/@[::]"},
        {"A@ABCDEFGHIJKLMNOPQRSTUVWXYZ.example", "a@abcdefghijklmnopqrstuvwxyz.example"},
    };
    for (size_t k = 0; k < COUNT_OF(cases); k++)
        expect_address(cases[k][0], cases[k][1]);
}

static void test_unusable(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        " ",
        "<>",
        "@",
        "ann",
        "ann@",
        "@example.com",
        "\"\"@example.com",
        "ann@.",
        "ann@..",
        "ann@.com",
        "ann@example..com",
        "ann@example.com..",
        "ann lee@example.com",
        "ann@exam ple.com",
        "ann@example.com\n",
        "ann@example.com\r",
        "a\tb@example.com",
        "a\x7F@example.com",
        "\"a\x01\"@example.com",
        "\"a\\\x01\"@example.com",
        "\"ann@example.com",
        "ann\"@example.com",
        "ann@\"example.com\"",
        "ann@exa\"m\"ple.com",
        "Ann <ann@example.com>",
        "Ann<ann@example.com>",
        "ann>@example.com",
        "ann@[]",
        "\"ann\\\"@example.com",
        "ann@example.com, bob@example.com",
    };
    for (size_t k = 0; k < COUNT_OF(cases); k++)
        expect_address(cases[k], "");
    EXPECT(normalise("ann\0x@example.com", 17).length == 0, "a NUL byte is refused");
    EXPECT(normalise("annie@example.co\0", 17).length == 0, "also at the end");
}

static void test_lengths(void **state)
{
    (void)state;
    char text[BM_ADDRESS_BYTES_MAX + 8];
    memset(text, 'A', sizeof text);
    text[3] = '@';
    EXPECT(normalise(text, BM_ADDRESS_BYTES_MAX).length == BM_ADDRESS_BYTES_MAX,
           "the longest address is usable");
    EXPECT(normalise(text, BM_ADDRESS_BYTES_MAX + 1).length == 0, "one byte more is not");
    memcpy(text, "\"a\"@", 4);
    EXPECT(normalise(text, BM_ADDRESS_BYTES_MAX).length == BM_ADDRESS_BYTES_MAX - 2,
           "quotes go from the longest");
    EXPECT(normalise(text, BM_ADDRESS_BYTES_MAX + 1).length == 0, "what is too long is so before that");
    memset(text, ' ', sizeof text);
    memcpy(text + 4, "ann@example.com", 15);
    EXPECT(normalise(text, sizeof text).length == 15, "blanks around it do not count");
}

static void test_international_domains(void **state)
{
    (void)state;
#if HAVE_IDN
    expect_address("ann@B\xC3\x9C"
                   "CHER.example",
                   "ann@xn--bcher-kva.example");
    expect_address("ann@b\xC3\xBC"
                   "cher.example.",
                   "ann@xn--bcher-kva.example");
    expect_address("ann@fa\xC3\x9F.de", "ann@xn--fa-hia.de");
    expect_address("ann@b\xC3\xBC"
                   "cher\xE3\x80\x82"
                   "example",
                   "ann@xn--bcher-kva.example");
#else
    expect_address("ann@B\xC3\xBC"
                   "CHER.example",
                   "ann@b\xC3\xBC"
                   "cher.example");
#endif
    expect_address("ann@\xFF\xFE.Example", "ann@\xFF\xFE.example");
    expect_address("ann@x\xEF\xBC\xA0y.example", "ann@x\xEF\xBC\xA0y.example");
    expect_address("ann@b\xC3\xBC"
                   "cher..example",
                   "");
    expect_address("ann@b\xC3\xBC"
                   "cher.example..",
                   "");
}

/* Mostly an address, then damaged; sometimes nothing but bytes that matter. */
static size_t random_address(uint64_t *random, char *out)
{
    static const char alphabet[] = "aZ09.@\"\\ <>[]\t-_+\x01\x7F~,", plain[] = "abcXYZ012.-_+";
    size_t length = 0, wanted = test_random(random) % RANDOM_BYTES_MAX;
    bool wild = test_random(random) % 4 == 0;
    size_t at = wanted ? test_random(random) % wanted : 0;
    for (; length < wanted; length++)
        out[length] = wild ? alphabet[test_random(random) % (sizeof alphabet - 1)]
                           : plain[test_random(random) % (sizeof plain - 1)];
    if (wanted && !wild)
        out[at] = '@';
    if (at > 1 && test_random(random) % 3 == 0)
        out[0] = out[at - 1] = '"';
    if (wanted && test_random(random) % 3 == 0)
        out[test_random(random) % wanted] = alphabet[test_random(random) % (sizeof alphabet - 1)];
    return length;
}

static void hex_print(FILE *file, const char *bytes, size_t length)
{
    for (size_t k = 0; k < length; k++)
        fprintf(file, "%02x", (unsigned char)bytes[k]);
    fputc('\n', file);
}

static void test_against_oracle(void **state)
{
    (void)state;
    static char inputs[RANDOM_ADDRESSES][RANDOM_BYTES_MAX];
    static size_t lengths[RANDOM_ADDRESSES];
    char path[] = "/tmp/bouncemill-address-XXXXXX", command[4096], line[4 * BM_ADDRESS_BYTES_MAX];
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    EXPECT(file != NULL, "a temporary file can be made");
    uint64_t random = 23;
    for (size_t k = 0; k < RANDOM_ADDRESSES; k++) {
        lengths[k] = random_address(&random, inputs[k]);
        hex_print(file, inputs[k], lengths[k]);
    }
    EXPECT(fclose(file) == 0, "the temporary file can be written");
    snprintf(command, sizeof command, "python3 '%s/tests/event/address_oracle.py' < %s", source_root, path);
    FILE *oracle = popen(command, "r");
    EXPECT(oracle != NULL, "the oracle starts");
    size_t usable = 0;
    for (size_t k = 0; k < RANDOM_ADDRESSES; k++) {
        struct address address = normalise(inputs[k], lengths[k]);
        expect_stable(&address);
        char expected[4 * BM_ADDRESS_BYTES_MAX] = "-\n";
        if (address.length) {
            FILE *text = fmemopen(expected, sizeof expected, "w");
            EXPECT(text != NULL, "memory can be written to");
            hex_print(text, address.bytes, address.length);
            fclose(text);
            usable++;
        }
        EXPECT(fgets(line, sizeof line, oracle) != NULL, "the oracle answers line %zu", k);
        EXPECT(strcmp(line, expected) == 0, "'%.*s' (%zu): the oracle says %s, the library %s",
               (int)lengths[k], inputs[k], k, line, expected);
    }
    EXPECT(pclose(oracle) == 0, "the oracle ends well");
    EXPECT(usable > RANDOM_ADDRESSES / 4 && usable < RANDOM_ADDRESSES * 9 / 10,
           "both answers are tried often, %zu were usable", usable);
    unlink(path);
}

int main(int argc, char **argv)
{
    source_root = argc > 1 ? argv[1] : ".";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usable),         cmocka_unit_test(test_unusable),
        cmocka_unit_test(test_lengths),        cmocka_unit_test(test_international_domains),
        cmocka_unit_test(test_against_oracle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
