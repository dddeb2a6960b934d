/* Charts in SVG without text: the drawing is stretched to the width of the page, which would stretch letters
 * as well, so labels are HTML placed beside it in percent. All coordinates are integers: no float is ever
 * printed, and equal reports give equal bytes. */
#include "base/base.h"
#include "event/time.h"
#include "output/columns.h"
#include "output/html.h"

#define BARS_MAX   124  /* four months of days */
#define SLOTS_MIN  14   /* a bar is never wider than this part of the chart */
#define CHART_TOP  1000 /* units of height */
#define SLOT_UNITS 10
#define BAR_UNITS  8
#define LABELS_MAX 7

struct bars {
    uint64_t classes[BARS_MAX][BM_CLASS_COUNT];
    size_t count;
    int32_t first_day;
    int32_t days_each;
    uint64_t largest;
};

void html_chart_classes(struct writer *writer, const struct count_cell *total)
{
    uint64_t bounces = cell_bounces(total), before = 0;
    if (bounces) {
        writer_text(writer, "<svg class=\"stack\" viewBox=\"0 0 10000 10\" preserveAspectRatio=\"none\" "
                            "role=\"img\" aria-label=\"Bounces by class\">\n");
        for (int k = BM_HARD; k <= BM_UNKNOWN; k++) {
            uint64_t from = before * 10000 / bounces, to = (before + total->classes[k]) * 10000 / bounces;
            before += total->classes[k];
            writer_format(writer, "<rect class=\"k-%s\" x=\"%u\" y=\"0\" width=\"%u\" height=\"10\"/>\n",
                          bm_class_name((enum bm_class)k), (unsigned)from, (unsigned)(to - from));
        }
        writer_text(writer, "</svg>\n");
    }
    writer_text(writer, "<ul class=\"legend\">\n");
    for (int k = BM_HARD; k <= BM_UNKNOWN; k++) {
        const char *name = bm_class_name((enum bm_class)k);
        writer_format(writer, "<li><span class=\"dot k-%s\"></span>%s ", name, name);
        html_number(writer, total->classes[k]);
        writer_text(writer, " <i>");
        html_percent(writer, total->classes[k], bounces);
        writer_text(writer, "</i></li>\n");
    }
    writer_text(writer, "</ul>\n");
}

static void bars_fill(struct bars *bars, const struct count_day *days, size_t count)
{
    int32_t span = days[count - 1].day - days[0].day + 1;
    *bars = (struct bars){.first_day = days[0].day};
    bars->days_each = (span + BARS_MAX - 1) / BARS_MAX;
    bars->count = (size_t)((span + bars->days_each - 1) / bars->days_each);
    for (size_t k = 0; k < count; k++) {
        size_t bar = (size_t)((days[k].day - bars->first_day) / bars->days_each);
        for (int class_ = 0; class_ < BM_CLASS_COUNT; class_++)
            bars->classes[bar][class_] += days[k].cell.classes[class_];
    }
    for (size_t k = 0; k < bars->count; k++) {
        uint64_t bounces = classes_bounces(bars->classes[k]);
        bars->largest = bounces > bars->largest ? bounces : bars->largest;
    }
}

/* The distance of the grid lines: 1, 2 or 5 times a power of ten, and at most 5 of them. */
static uint64_t grid_step(uint64_t largest)
{
    uint64_t power = 1;
    while (power <= largest / 50)
        power *= 10;
    static const unsigned factors[] = {1, 2, 5, 10};
    size_t k = 0;
    while (factors[k] * power * 5 < largest)
        k++;
    return factors[k] * power;
}

static void draw_grid(struct writer *writer, uint64_t step, uint64_t top)
{
    for (uint64_t value = 0; value <= top; value += step) {
        writer_text(writer, "<div class=\"grid\" style=\"top:");
        html_css_percent(writer, top - value, top);
        writer_text(writer, "\"><span>");
        html_number(writer, value);
        writer_text(writer, "</span></div>\n");
    }
}

static void draw_title(struct writer *writer, const struct bars *bars, size_t bar)
{
    int32_t day = bars->first_day + (int32_t)bar * bars->days_each;
    writer_text(writer, "<title>");
    day_write(writer, day);
    if (bars->days_each > 1) {
        writer_text(writer, " to ");
        day_write(writer, day + bars->days_each - 1);
    }
    writer_text(writer, ": bounces ");
    html_number(writer, classes_bounces(bars->classes[bar]));
    for (int k = BM_HARD; k <= BM_UNKNOWN; k++) {
        writer_format(writer, ", %s ", bm_class_name((enum bm_class)k));
        html_number(writer, bars->classes[bar][k]);
    }
    writer_text(writer, "</title>");
}

static void draw_bar(struct writer *writer, const struct bars *bars, size_t bar, uint64_t top)
{
    if (!classes_bounces(bars->classes[bar]))
        return;
    uint64_t below = 0;
    writer_text(writer, "<g>");
    draw_title(writer, bars, bar);
    for (int k = BM_HARD; k <= BM_UNKNOWN; k++) {
        uint64_t from = below * CHART_TOP / top;
        below += bars->classes[bar][k];
        uint64_t to = below * CHART_TOP / top;
        if (to > from)
            writer_format(writer, "<rect class=\"k-%s\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\"/>",
                          bm_class_name((enum bm_class)k), (unsigned)(bar * SLOT_UNITS + 1),
                          (unsigned)(CHART_TOP - to), BAR_UNITS, (unsigned)(to - from));
    }
    writer_text(writer, "</g>\n");
}

static void draw_labels(struct writer *writer, const struct bars *bars, size_t slots)
{
    size_t step = (bars->count + LABELS_MAX - 1) / LABELS_MAX;
    if (step < slots / LABELS_MAX)
        step = slots / LABELS_MAX; /* few bars: keep their dates apart */
    writer_text(writer, "<div class=\"days\">");
    /* Labels start where their bars do; one that starts in the last eighth would leave the chart. */
    for (size_t bar = 0; bar < bars->count && 8 * bar <= 7 * slots; bar += step) {
        bool wide_only = bar != 0 && bar != LABELS_MAX / 2 * step; /* a phone has room for two */
        writer_text(writer, wide_only ? "<span class=\"mid\" style=\"left:" : "<span style=\"left:");
        html_css_percent(writer, bar, slots);
        writer_text(writer, "\">");
        day_write(writer, bars->first_day + (int32_t)bar * bars->days_each);
        writer_text(writer, "</span>");
    }
    writer_text(writer, "</div>\n");
}

void html_chart_days(struct writer *writer, const struct count_day *days, size_t count)
{
    if (!count)
        return;
    struct bars bars;
    bars_fill(&bars, days, count);
    if (!bars.largest)
        return;
    size_t slots = bars.count < SLOTS_MIN ? SLOTS_MIN : bars.count;
    uint64_t step = grid_step(bars.largest);
    uint64_t top = (bars.largest + step - 1) / step * step;
    if (bars.days_each > 1)
        writer_format(writer, "<p class=\"note\">A bar stands for %d days.</p>\n", bars.days_each);
    writer_text(writer, "<div class=\"chart\">\n");
    draw_grid(writer, step, top);
    writer_format(writer,
                  "<svg viewBox=\"0 0 %zu %d\" preserveAspectRatio=\"none\" role=\"img\" "
                  "aria-label=\"Bounces by day and class\">\n",
                  slots * SLOT_UNITS, CHART_TOP);
    for (size_t bar = 0; bar < bars.count; bar++)
        draw_bar(writer, &bars, bar, top);
    writer_text(writer, "</svg>\n</div>\n");
    draw_labels(writer, &bars, slots);
}
