/* The DFA. Bytes that no string has share a class, and letters of both cases one, so a row of the table is
 * some 45 entries rather than 256 and the states that texts really visit stay in the first-level cache.
 * States are kept multiplied by the row's length (a step is an addition and a load), and accepting states are
 * numbered last (one compare tells them, and the state needs no masking).
 *
 * A blank after a blank stays where it is: runs of blanks equal one blank, at no cost per byte. Strings do
 * not start with a blank, so a state that a blank leads to either ends in one or is the start. */
#include "classify/automaton.h"
#include "base/base.h"

/* Working memory of a build: the trie, in plain state numbers. */
struct trie {
    uint32_t *next;   /* [state * classes + class] */
    uint32_t *fail;   /* the longest proper ending that is a state */
    uint32_t *queue;  /* states by depth */
    uint32_t *number; /* the state's place in the finished table */
    uint32_t *count;  /* strings that end at the state */
    uint8_t *is_blank;
    uint32_t states;
    uint32_t classes;
    size_t room;
};

static void classes_find(struct automaton *automaton, const struct span *strings, size_t count)
{
    bool used[256] = {false};
    used[' '] = true;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < strings[i].length; k++)
            used[(unsigned char)strings[i].at[k]] = true;
    automaton->classes = 1; /* class 0: bytes of no string */
    uint8_t class_of[256] = {0};
    for (int byte = 0; byte < 256; byte++)
        if (used[byte])
            class_of[byte] = (uint8_t)automaton->classes++;
    for (int byte = 0; byte < 256; byte++)
        automaton->class_of[byte] = class_of[automaton_fold((unsigned char)byte)];
}

static int strings_compare(const void *a, const void *b)
{
    return span_compare(*(const struct span *)a, *(const struct span *)b);
}

/* How many states the trie will have: in order, each string adds what it does not share with the one before.
 * Tables of a hundred thousand phrases share most of their bytes. False when memory is out. */
static bool states_count(const struct span *strings, size_t count, size_t *states)
{
    struct span *sorted = malloc((count + 1) * sizeof *sorted);
    if (!sorted)
        return false;
    if (count)
        memcpy(sorted, strings, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, strings_compare);
    *states = 1;
    for (size_t i = 0; i < count; i++) {
        size_t shared = 0;
        while (i && shared < sorted[i].length && shared < sorted[i - 1].length &&
               sorted[i].at[shared] == sorted[i - 1].at[shared])
            shared++;
        *states += sorted[i].length - shared;
    }
    free(sorted);
    return true;
}

static enum bm_code trie_allocate(struct trie *trie, const struct automaton *automaton,
                                  const struct span *strings, size_t count, struct bm_error *error)
{
    size_t states;
    if (!states_count(strings, count, &states))
        return fail_memory(error, "the phrases");
    if (states > AUTOMATON_BYTES_MAX / (automaton->classes * sizeof(uint32_t)))
        return fail(error, BM_USAGE, "the phrases would need more than %zu MiB of memory",
                    AUTOMATON_BYTES_MAX >> 20);
    trie->classes = automaton->classes;
    trie->room = states;
    trie->states = 1;
    trie->next = calloc(states * trie->classes, sizeof *trie->next);
    trie->fail = calloc(states, sizeof *trie->fail);
    trie->queue = calloc(states, sizeof *trie->queue);
    trie->number = calloc(states, sizeof *trie->number);
    trie->count = calloc(states, sizeof *trie->count);
    trie->is_blank = calloc(states, sizeof *trie->is_blank);
    if (!trie->next || !trie->fail || !trie->queue || !trie->number || !trie->count || !trie->is_blank)
        return fail_memory(error, "the phrases");
    return BM_OK;
}

static void trie_free(struct trie *trie)
{
    free(trie->next);
    free(trie->fail);
    free(trie->queue);
    free(trie->number);
    free(trie->count);
    free(trie->is_blank);
}

/* Adds a string; returns the state that it ends at. */
static uint32_t trie_add(struct trie *trie, const struct automaton *automaton, struct span string)
{
    uint32_t state = 0;
    for (size_t i = 0; i < string.length; i++) {
        unsigned char byte = (unsigned char)string.at[i];
        uint32_t *child = &trie->next[(size_t)state * trie->classes + automaton->class_of[byte]];
        if (!*child) {
            ASSERT(trie->states < trie->room);
            *child = trie->states++;
            trie->is_blank[*child] = byte == ' ';
        }
        state = *child;
    }
    trie->count[state]++;
    return state;
}

/* Breadth first: a state's missing steps are those of its longest ending, which is shorter and thus done. */
static void trie_complete(struct trie *trie, uint8_t blank_class)
{
    uint32_t done = 0, queued = 0;
    trie->queue[queued++] = 0;
    while (done < queued) {
        uint32_t state = trie->queue[done++];
        uint32_t *row = trie->next + (size_t)state * trie->classes;
        const uint32_t *ending = trie->next + (size_t)trie->fail[state] * trie->classes;
        for (uint32_t class_ = 0; class_ < trie->classes; class_++) {
            uint32_t child = row[class_];
            if (child) {
                trie->fail[child] = state ? ending[class_] : 0;
                trie->queue[queued++] = child;
            } else if (state) {
                row[class_] = ending[class_];
            }
        }
        if (trie->is_blank[state])
            row[blank_class] = state;
    }
}

static bool accepts(const struct trie *trie, uint32_t state, const uint32_t *shorter)
{
    return trie->count[state] || shorter[state];
}

/* For each state the nearest of its endings at which a string ends, 0: none. Reuses nothing: `shorter` is the
 * caller's, one a state. */
static void endings_find(const struct trie *trie, uint32_t *shorter)
{
    for (uint32_t i = 1; i < trie->states; i++) {
        uint32_t state = trie->queue[i], ending = trie->fail[state];
        shorter[state] = trie->count[ending] ? ending : shorter[ending];
    }
}

/* Numbers the states, accepting ones last; returns the number of the first accepting one. */
static uint32_t states_number(struct trie *trie, const uint32_t *shorter)
{
    uint32_t number = 0;
    for (int accepting = 0; accepting < 2; accepting++) {
        if (accepting)
            trie->queue[0] = number; /* the start is placed; its queue entry is free to carry the result */
        for (uint32_t i = 0; i < trie->states; i++) {
            uint32_t state = i ? trie->queue[i] : 0;
            if (accepts(trie, state, shorter) == (accepting == 1))
                trie->number[state] = number++;
        }
    }
    return trie->queue[0];
}

static void table_fill(struct automaton *automaton, const struct trie *trie)
{
    uint32_t classes = automaton->classes;
    for (uint32_t state = 0; state < trie->states; state++) {
        const uint32_t *from = trie->next + (size_t)state * classes;
        uint32_t *to = automaton->next + (size_t)trie->number[state] * classes;
        for (uint32_t class_ = 0; class_ < classes; class_++)
            to[class_] = trie->number[from[class_]] * classes;
    }
}

static void accepts_fill(struct automaton *automaton, const struct trie *trie, const uint32_t *shorter,
                         const uint32_t *end_of, size_t count)
{
    uint32_t first = automaton->first_accepting / automaton->classes, from = 0;
    for (uint32_t state = 0; state < trie->states; state++) {
        if (!accepts(trie, state, shorter))
            continue;
        uint32_t ending = shorter[state];
        automaton->accepts[trie->number[state] - first] = (struct automaton_accept){
            .from = from, .shorter = ending ? trie->number[ending] - first : AUTOMATON_NONE};
        from += trie->count[state];
    }
    for (size_t i = 0; i < count; i++) { /* in their order, so the numbers of a state ascend */
        struct automaton_accept *accept = &automaton->accepts[trie->number[end_of[i]] - first];
        automaton->strings[accept->from + accept->count++] = (uint32_t)i;
    }
}

static enum bm_code trie_finish(struct automaton *automaton, struct trie *trie, const uint32_t *end_of,
                                size_t count, struct bm_error *error)
{
    uint32_t *shorter = calloc(trie->states, sizeof *shorter);
    if (!shorter)
        return fail_memory(error, "the phrases");
    trie_complete(trie, automaton->class_of[' ']);
    endings_find(trie, shorter);
    uint32_t first = states_number(trie, shorter);
    automaton->states = trie->states;
    automaton->first_accepting = first * automaton->classes;
    automaton->next = malloc((size_t)trie->states * automaton->classes * sizeof *automaton->next);
    automaton->accepts = calloc((size_t)(trie->states - first) + 1, sizeof *automaton->accepts);
    automaton->strings = calloc(count + 1, sizeof *automaton->strings);
    bool allocated = automaton->next && automaton->accepts && automaton->strings;
    if (allocated) {
        table_fill(automaton, trie);
        accepts_fill(automaton, trie, shorter, end_of, count);
    }
    free(shorter);
    return allocated ? BM_OK : fail_memory(error, "the phrases");
}

enum bm_code automaton_build(struct automaton *automaton, const struct span *strings, size_t count,
                             struct bm_error *error)
{
    *automaton = (struct automaton){0};
    classes_find(automaton, strings, count);
    struct trie trie = {0};
    uint32_t *end_of = calloc(count + 1, sizeof *end_of);
    enum bm_code code =
        end_of ? trie_allocate(&trie, automaton, strings, count, error) : fail_memory(error, "the phrases");
    if (code == BM_OK) {
        for (size_t i = 0; i < count; i++)
            end_of[i] = trie_add(&trie, automaton, strings[i]);
        code = trie_finish(automaton, &trie, end_of, count, error);
    }
    trie_free(&trie);
    free(end_of);
    if (code != BM_OK)
        automaton_free(automaton);
    return code;
}

void automaton_free(struct automaton *automaton)
{
    free(automaton->next);
    free(automaton->accepts);
    free(automaton->strings);
    automaton->next = NULL;
    automaton->accepts = NULL;
    automaton->strings = NULL;
}
