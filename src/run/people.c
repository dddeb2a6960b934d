#include "run/people.h"
#include "base/base.h"

uint32_t people_outputs(const struct run_plan *plan)
{
    uint32_t filled = 1u << OUTPUT_SEGMENTS;
    for (size_t k = 0; k < plan->policies.count; k++) {
        enum policy_detail detail = policy_detail(plan->in_order[k]);
        if (detail != DETAIL_NONE)
            filled |= 1u << OUTPUT_DETAILS;
        if (detail == DETAIL_SUSPENDED_UNTIL)
            filled |= 1u << OUTPUT_MOMENTS;
    }
    return plan->outputs & filled;
}

enum bm_code people_write(const struct run_plan *plan, struct folder *folder, const struct outcome_list *list,
                          const struct report *report, struct bm_error *error)
{
    uint32_t outputs = people_outputs(plan);
    enum bm_code code = BM_OK;
    if (outputs >> OUTPUT_SEGMENTS & 1)
        code = output_segments(folder, list, plan->as_of_ms, plan->threads, error);
    if (code == BM_OK && outputs >> OUTPUT_DETAILS & 1)
        code = output_details(folder, list, plan->in_order, plan->threads, error);
    if (code == BM_OK && outputs >> OUTPUT_MOMENTS & 1)
        code = output_moments(folder, list, report, plan->threads, error);
    return code;
}
