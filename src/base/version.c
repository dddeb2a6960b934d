#include "base/base.h"

#include <bouncemill/version.h>

#define TEXT(number)       #number
#define NUMBER_TEXT(macro) TEXT(macro)

const char *bm_version(void)
{
    return NUMBER_TEXT(BM_VERSION_MAJOR) "." NUMBER_TEXT(BM_VERSION_MINOR) "." NUMBER_TEXT(BM_VERSION_PATCH);
}
