/* ISA-L parses the gzip header and compares both CRC32 and ISIZE with the trailer by itself (ISAL_GZIP); the
 * tests flip every bit of a trailer to see that it does.
 *
 * 200 MB of event rows at gzip level 6, one core, 256 KiB of room: zlib takes 2.6 times as long. */
#include "base/base.h"

#include "archive/inflate.h"

#include <isa-l/igzip_lib.h>

static void *isal_new(void)
{
    struct inflate_state *isal = calloc(1, sizeof *isal);
    if (isal)
        isal_inflate_init(isal);
    return isal;
}

static void isal_free(void *state)
{
    free(state);
}

static void isal_member_start(void *state)
{
    struct inflate_state *isal = state;
    isal_inflate_reset(isal);
    isal->crc_flag = ISAL_GZIP; /* once the header is read, ISA-L changes the flag */
}

static const char *isal_problem(int result)
{
    switch (result) {
    case ISAL_INVALID_BLOCK:
        return "invalid block";
    case ISAL_INVALID_SYMBOL:
        return "invalid symbol";
    case ISAL_INVALID_LOOKBACK:
        return "invalid distance";
    case ISAL_INVALID_WRAPPER:
        return "invalid header";
    case ISAL_UNSUPPORTED_METHOD:
        return "unknown compression method";
    case ISAL_INCORRECT_CHECKSUM:
        return "incorrect checksum or length";
    default:
        return "invalid data";
    }
}

static uint32_t step_bytes(size_t bytes)
{
    return (uint32_t)(bytes < INFLATE_STEP_BYTES_MAX ? bytes : INFLATE_STEP_BYTES_MAX);
}

/* Of corrupt data ISA-L (2.30) may count some bytes more than there are, and so below 0. (Above what it was
 * given it never counts: it takes 8 bytes ahead at most, and as many are in the trailer.) */
static uint32_t in_left_of(const struct inflate_state *isal, uint32_t in_bytes)
{
    return isal->avail_in <= in_bytes ? isal->avail_in : 0;
}

static enum inflate_result isal_step(void *state, struct inflate_step *step)
{
    struct inflate_state *isal = state;
    uint32_t in_bytes = step_bytes(step->in_bytes), out_bytes = step_bytes(step->out_bytes);
    isal->next_in = (uint8_t *)(uintptr_t)step->in; /* ISA-L only reads it */
    isal->avail_in = in_bytes;
    isal->next_out = step->out;
    isal->avail_out = out_bytes;
    int result = isal_inflate(isal);
    uint32_t in_left = in_left_of(isal, in_bytes);
    step->in += in_bytes - in_left;
    step->in_bytes -= in_bytes - in_left;
    step->out += out_bytes - isal->avail_out;
    step->out_bytes -= out_bytes - isal->avail_out;
    if (result < 0 || result > ISAL_OUT_OVERFLOW) {
        step->problem = isal_problem(result);
        return INFLATE_CORRUPT;
    }
    return isal->block_state == ISAL_BLOCK_FINISH ? INFLATE_END : INFLATE_MORE;
}

const struct inflater inflater_isal = {"isa-l", isal_new, isal_free, isal_member_start, isal_step};
