#include "base/base.h"
#include "event/reason.h"

#include <bouncemill/classify.h>

enum platform { SFMC, MARKETO, SES, SPARKPOST, POWERMTA, KUMOMTA, BLACKBAUD, PLATFORMS };
static const char *const platform_names[PLATFORMS] = {"sfmc",     "marketo", "ses",      "sparkpost",
                                                      "powermta", "kumomta", "blackbaud"};

const char *bm_reason_platform(unsigned platform)
{
    return platform < PLATFORMS ? platform_names[platform] : NULL;
}

static int name_print(const struct reason_row *row, enum platform platform, char *out, size_t room)
{
    switch (platform) {
    case SFMC:
        return row->sfmc_subcategory_id
                   ? snprintf(out, room, "%d %s", row->sfmc_subcategory_id, row->sfmc_subcategory)
                   : 0;
    case MARKETO:
        return row->marketo_category ? snprintf(out, room, "%d", row->marketo_category) : 0;
    case SES:
        return row->ses_type[0] ? snprintf(out, room, "%s/%s", row->ses_type, row->ses_subtype) : 0;
    case SPARKPOST:
        return row->sparkpost_code ? snprintf(out, room, "%d", row->sparkpost_code) : 0;
    case POWERMTA:
        return snprintf(out, room, "%s", row->powermta_category);
    case KUMOMTA:
        return snprintf(out, room, "%s", row->kumomta_class);
    case BLACKBAUD:
        return snprintf(out, room, "%s", row->blackbaud_reason);
    default:
        return 0;
    }
}

size_t bm_reason_names(unsigned reason, const char *platform, char *out, size_t room)
{
    int length = 0;
    if (room)
        out[0] = 0;
    for (int k = 0; k < PLATFORMS && reason < REASON_COUNT; k++)
        if (strcmp(platform_names[k], platform) == 0)
            length = name_print(&reason_table[reason], (enum platform)k, out, room);
    return length > 0 ? (size_t)length : 0;
}
