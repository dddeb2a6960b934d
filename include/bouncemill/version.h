/* The library's version. SOVERSION follows BM_VERSION_MAJOR; meson.build reads these macros. */
#ifndef BOUNCEMILL_VERSION_H
#define BOUNCEMILL_VERSION_H

#define BM_VERSION_MAJOR 0
#define BM_VERSION_MINOR 1
#define BM_VERSION_PATCH 0

/* What a function must carry to be seen outside the shared library. */
#if defined(__GNUC__)
#define BM_API __attribute__((visibility("default")))
#else
#define BM_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The version as text, "MAJOR.MINOR.PATCH". A static string. */
BM_API const char *bm_version(void);

#ifdef __cplusplus
}
#endif

#endif
