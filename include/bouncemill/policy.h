/* The built-in suppression policies and their settings, for listings. */
#ifndef BOUNCEMILL_POLICY_H
#define BOUNCEMILL_POLICY_H

#include <bouncemill/version.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Name ("sfmc/timer"), one-line summary and source (whose rule it is) of the k-th policy, in byte order of
 * the names; static strings, or NULL past the end. */
BM_API const char *bm_policy_name(unsigned k);
BM_API const char *bm_policy_summary(unsigned k);
BM_API const char *bm_policy_source(unsigned k);

/* The s-th setting of the k-th policy: its name ("window_days"), type ("bool", "integer", "days", "choice",
 * "set", "file"), default as text (empty: none) and meaning; static strings. Returns 1, or 0 past the end,
 * where nothing is set. */
BM_API int bm_policy_setting(unsigned k, unsigned s, const char **name, const char **type,
                             const char **default_text, const char **meaning);

#ifdef __cplusplus
}
#endif

#endif
