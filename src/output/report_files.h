/* The two halves of output_report, and what they and the manifest share. */
#ifndef OUTPUT_REPORT_FILES_H
#define OUTPUT_REPORT_FILES_H

#include "output/json.h"
#include "output/output.h"
#include "policy/policy.h"

#define REPORT_FORMAT_VERSION 1

/* `inputs` as ranking_inputs sorts them. */
void report_json_write(struct writer *writer, const struct report *report, const struct run_facts *facts,
                       const struct input_report *const *inputs);
void report_html_write(struct writer *writer, const struct report *report, const struct run_facts *facts,
                       const struct input_report *const *inputs);

/* "read", "same as another", or "left out". */
const char *input_state(const struct input_report *input);

/* "policies": [{"policy": ..., "suppressed": ..., "statuses": {...}}, ...] */
void json_policies(struct json *json, const struct run_facts *facts);

#endif
