/* Addresses are computed from their number rather than stored: a hundred million of them cost no memory,
 * every thread and file agrees on them, and two files share an address exactly when they draw the same
 * number.
 *
 * Distinct numbers give distinct addresses: number k is pair k % PAIRS of (first, last) names, in a shuffled
 * order, with k / PAIRS behind it; separator, order and domain follow from k and cannot make two alike. */
#include "generate/people.h"
#include "base/base.h"
#include "generate/random.h"

static const char *const first_names[] = {
    "aaron",   "adele",  "agnes",  "ahmed",  "aiko",   "alba",   "amira",   "anders", "anouk",  "arjun",
    "astrid",  "bela",   "bianca", "boris",  "bruno",  "camila", "carla",   "cedric", "chloe",  "ciara",
    "daichi",  "dalia",  "daria",  "diego",  "dmitri", "edith",  "eduardo", "elif",   "emeka",  "emil",
    "farah",   "felix",  "fiona",  "freya",  "gael",   "gemma",  "giulia",  "hamza",  "hannah", "henrik",
    "hugo",    "ida",    "imani",  "ines",   "irina",  "isak",   "jana",    "jasper", "joana",  "jonas",
    "kaito",   "karim",  "katja",  "kofi",   "lars",   "leila",  "leo",     "lina",   "lucia",  "luuk",
    "maeve",   "magnus", "mai",    "marek",  "marta",  "mateo",  "milan",   "nadia",  "niamh",  "nikos",
    "noor",    "olga",   "omar",   "oscar",  "pablo",  "petra",  "priya",   "rafael", "rania",  "rosa",
    "sanjay",  "selma",  "sofia",  "stefan", "sven",   "tamara", "tariq",   "tessa",  "tomas",  "ulrike",
    "valeria", "viktor", "wanda",  "xavier", "yara",   "yusuf",  "zainab",  "zoltan",
};

static const char *const last_names[] = {
    "abbott",   "acosta",  "adeyemi", "almeida",   "andersen", "aoki",    "baker",   "baptiste",  "barros",
    "becker",   "bergman", "bianchi", "blanc",     "bosch",    "brennan", "castell", "chandra",   "cohen",
    "costa",    "dahl",    "danso",   "dekker",    "delgado",  "demir",   "dubois",  "duarte",    "eklund",
    "esposito", "fabre",   "farkas",  "ferrer",    "fischer",  "fonseca", "gallo",   "garnier",   "grant",
    "haddad",   "hansen",  "haruna",  "hofmann",   "horvat",   "hughes",  "ibrahim", "ivanova",   "jansen",
    "jensen",   "kaplan",  "kato",    "keller",    "khan",     "kimura",  "kovac",   "kowalski",  "kumar",
    "lambert",  "larsen",  "laurent", "lindgren",  "lopes",    "lund",    "macleod", "marchetti", "mendes",
    "meyer",    "moreau",  "murphy",  "nagy",      "navarro",  "nielsen", "novak",   "nowak",     "okafor",
    "olsen",    "ortega",  "osei",    "papadakis", "patel",    "pereira", "petrov",  "quinn",     "ramos",
    "rossi",    "sahin",   "saito",   "santos",    "schmid",   "silva",   "tanaka",  "thorne",    "ueda",
    "varga",    "vidal",   "visser",  "wallin",    "weber",    "yilmaz",  "zhang",   "zimmer",
};

#define PAIRS ((uint32_t)(COUNT_OF(first_names) * COUNT_OF(last_names)))
/* A prime that divides neither list's length: multiplying by it only reorders the pairs. */
#define PAIRS_STEP 7919u
_Static_assert(COUNT_OF(first_names) < PAIRS_STEP && COUNT_OF(last_names) < PAIRS_STEP,
               "a list holds the prime");

/* The large domains, and each one's share in 1/1000. */
static const struct {
    struct span name;
    uint16_t share;
} large_domains[] = {
    {{"gmail.com", 9}, 310},   {{"yahoo.com", 9}, 100},  {{"hotmail.com", 11}, 80},
    {{"outlook.com", 11}, 70}, {{"hotmail.fr", 10}, 30}, {{"nyc.rr.com", 10}, 10},
};

/* Thousands of small domains: two words (.example, .test) or three made-up syllables (.com). */
#define SMALL_DOMAINS      6000u
#define SMALL_DOMAINS_STEP 4001u /* a prime: reorders, so that the popular ones do not look alike */
static const char *const domain_words[] = {
    "amber", "basalt",  "cedar",  "clover",  "cobalt", "copper", "coral",  "delta",   "ember",  "falcon",
    "fjord", "garnet",  "harbor", "hazel",   "indigo", "ivory",  "jasper", "juniper", "kelp",   "lantern",
    "linen", "maple",   "meadow", "mistral", "nectar", "nickel", "onyx",   "orchard", "pebble", "quarry",
    "raven", "saffron", "slate",  "spruce",  "timber", "tundra", "umber",  "velvet",  "willow", "zephyr",
};
static const char *const domain_syllables[] = {
    "bru", "cal", "dov", "elt", "fen", "gry", "hul", "jor", "kem", "lum",   "mez",  "nax",  "orv",  "pel",
    "qua", "ril", "sto", "tav", "ust", "vix", "wem", "yld", "zan", "trosk", "blim", "dwen", "plor", "snav",
};

/* Fates are dealt a hundred addresses at a time: one is dead, and in every second hundred one is full. */
#define FATE_BLOCK 100u

static uint64_t fate(const struct people *people, uint32_t k)
{
    return random_mix(people->seed ^ (uint64_t)(k / FATE_BLOCK) * UINT64_C(0xd6e8feb86659fd93));
}

uint32_t people_draw(const struct people *people, uint64_t bits)
{
    /* The square of a uniform number: the first hundredth of the addresses gets a tenth of the draws. */
    uint64_t uniform = bits >> 32;
    uint64_t squared = uniform * uniform >> 32;
    return (uint32_t)(squared * people->count >> 32);
}

uint32_t people_dead_near(const struct people *people, uint32_t k)
{
    return k - k % FATE_BLOCK + random_below(fate(people, k), FATE_BLOCK);
}

uint32_t people_full_near(const struct people *people, uint32_t k)
{
    uint64_t bits = fate(people, k);
    return bits & 1 ? people->count : k - k % FATE_BLOCK + random_below(bits << 32, FATE_BLOCK);
}

/* Half of the dead were dead before the first event; the others die within the span. */
static bool dead_at(const struct people *people, uint32_t k, int64_t time_s)
{
    uint64_t bits = random_mix(fate(people, k));
    if (bits & 1)
        return true;
    return time_s >= people->start_s + random_below(bits, (uint32_t)people->span_s);
}

enum person_state people_state(const struct people *people, uint32_t k, int64_t time_s)
{
    if (people_dead_near(people, k) == k)
        return dead_at(people, k, time_s) ? PERSON_DEAD : PERSON_WELL;
    return people_full_near(people, k) == k ? PERSON_FULL : PERSON_WELL;
}

static void put(struct text *text, const char *word)
{
    text_bytes(text, word, strlen(word));
}

static void small_domain_write(uint32_t domain, struct text *text)
{
    const uint32_t words = (uint32_t)COUNT_OF(domain_words), syllables = (uint32_t)COUNT_OF(domain_syllables);
    uint32_t shuffled = domain * SMALL_DOMAINS_STEP % SMALL_DOMAINS, kind = shuffled % 10,
             rest = shuffled / 10;
    if (kind < 5) {
        put(text, domain_syllables[rest % syllables]);
        put(text, domain_syllables[rest / syllables % syllables]);
        put(text, domain_syllables[(rest + kind * 5) % syllables]);
        put(text, ".com");
        return;
    }
    put(text, domain_words[(rest + kind) % words]);
    text_char(text, '-');
    put(text, domain_words[rest / words % words]);
    put(text, kind < 8 ? ".example" : ".test");
}

static void domain_write(uint64_t bits, struct text *text)
{
    uint32_t ticket = random_below(bits, 1000);
    for (size_t k = 0; k < COUNT_OF(large_domains); k++) {
        if (ticket < large_domains[k].share) {
            text_span(text, large_domains[k].name);
            return;
        }
        ticket -= large_domains[k].share;
    }
    uint64_t uniform = bits & UINT32_MAX; /* squared: small domains differ in size, too */
    small_domain_write((uint32_t)((uniform * uniform >> 32) * SMALL_DOMAINS >> 32), text);
}

static uint64_t person_bits(uint32_t k)
{
    return random_mix(k + UINT64_C(0x51ed270b));
}

bool person_domain_large(uint32_t k)
{
    uint32_t shares = 0;
    for (size_t domain = 0; domain < COUNT_OF(large_domains); domain++)
        shares += large_domains[domain].share;
    return random_below(random_mix(person_bits(k)), 1000) < shares;
}

size_t person_write(uint32_t k, struct text *text)
{
    const char *start = text->at;
    uint64_t bits = person_bits(k);
    uint32_t pair = (uint32_t)((uint64_t)(k % PAIRS) * PAIRS_STEP % PAIRS), number = k / PAIRS;
    const char *first = first_names[pair % COUNT_OF(first_names)];
    const char *last = last_names[pair / COUNT_OF(first_names)];
    bool reversed = (bits & 7) == 0;
    put(text, reversed ? last : first);
    text_char(text, "...._..-"[bits >> 3 & 7]);
    put(text, reversed ? first : last);
    if (number)
        text_number(text, number);
    size_t local_bytes = (size_t)(text->at - start);
    text_char(text, '@');
    domain_write(random_mix(bits), text);
    return local_bytes;
}
