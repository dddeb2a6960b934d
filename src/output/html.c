#include "output/html.h"
#include "base/base.h"
#include "output/columns.h"

#define LONG_TEXT_BYTES 400

static const char *entity(char byte)
{
    switch (byte) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static bool is_control(const char *at, size_t length)
{
    return *at != '\n' && *at != '\t' && utf8_is_control((const unsigned char *)at, length);
}

void html_span(struct writer *writer, struct span text)
{
    for (size_t k = 0; k < text.length;) {
        const char *at = text.at + k;
        size_t length = utf8_length((const unsigned char *)at, text.length - k);
        if (length == 0 || is_control(at, length))
            writer_text(writer, "\xef\xbf\xbd");
        else if (entity(*at))
            writer_text(writer, entity(*at));
        else
            writer_put(writer, (struct span){at, length});
        k += length ? length : 1;
    }
}

void html_text(struct writer *writer, const char *text)
{
    html_span(writer, span_of(text));
}

void html_cut(struct writer *writer, struct span text, size_t limit)
{
    struct span start = text_cut(text, limit);
    html_span(writer, start);
    if (start.length < text.length)
        writer_text(writer, "\xe2\x80\xa6");
}

void html_number(struct writer *writer, uint64_t value)
{
    if (value >= 1000) {
        html_number(writer, value / 1000);
        writer_format(writer, ",%03u", (unsigned)(value % 1000));
        return;
    }
    writer_u64(writer, value);
}

void html_percent(struct writer *writer, uint64_t part, uint64_t whole)
{
    if (!whole) {
        writer_text(writer, "\xe2\x80\x93");
        return;
    }
    uint64_t hundredths = part / whole * 10000 + (part % whole * 10000 + whole / 2) / whole;
    if (part && !hundredths) {
        writer_text(writer, "&lt;\xc2\xa0"
                            "0.01\xc2\xa0%");
        return;
    }
    writer_u64(writer, hundredths / 100);
    writer_format(writer, ".%02u\xc2\xa0%%", (unsigned)(hundredths % 100));
}

void html_css_percent(struct writer *writer, uint64_t part, uint64_t whole)
{
    uint64_t thousandths = whole ? part / whole * 100000 + part % whole * 100000 / whole : 0;
    writer_u64(writer, thousandths / 1000);
    writer_format(writer, ".%03u%%", (unsigned)(thousandths % 1000));
}

void html_table_open(struct writer *writer, const char *heads)
{
    writer_text(writer, "<div class=\"scroll\"><table>\n<thead><tr>");
    for (const char *at = heads; *at;) {
        bool numeric = *at == '#';
        at += numeric;
        size_t length = strcspn(at, "|");
        writer_text(writer, numeric ? "<th class=\"n\">" : "<th>");
        html_span(writer, (struct span){at, length});
        writer_text(writer, "</th>");
        at += length;
        at += *at == '|';
    }
    writer_text(writer, "</tr></thead>\n<tbody>\n");
}

void html_table_close(struct writer *writer)
{
    writer_text(writer, "</tbody>\n</table></div>\n");
}

void html_cell_number(struct writer *writer, uint64_t value)
{
    writer_text(writer, value ? "<td class=\"n\">" : "<td class=\"n zero\">");
    html_number(writer, value);
    writer_text(writer, "</td>");
}

void html_cell_percent(struct writer *writer, uint64_t part, uint64_t whole)
{
    writer_text(writer, part ? "<td class=\"n\">" : "<td class=\"n zero\">");
    html_percent(writer, part, whole);
    writer_text(writer, "</td>");
}

void html_cell_span(struct writer *writer, struct span text)
{
    writer_text(writer, "<td class=\"name\">");
    html_cut(writer, text, LONG_TEXT_BYTES);
    writer_text(writer, "</td>");
}

void html_cell_text(struct writer *writer, const char *text)
{
    html_cell_span(writer, span_of(text));
}

void html_cell_long(struct writer *writer, struct span text)
{
    writer_text(writer, "<td class=\"long\">");
    html_cut(writer, text, LONG_TEXT_BYTES);
    writer_text(writer, "</td>");
}

void html_cell_class(struct writer *writer, enum bm_class class_)
{
    const char *name = bm_class_name(class_);
    writer_format(writer, "<td class=\"class\"><span class=\"dot k-%s\"></span>%s</td>", name, name);
}

void html_cell_bar(struct writer *writer, enum bm_class class_, uint64_t part, uint64_t whole)
{
    writer_format(writer, "<td class=\"bar\"><span class=\"k-%s\" style=\"width:", bm_class_name(class_));
    html_css_percent(writer, part, whole);
    writer_text(writer, "\"></span></td>");
}

void html_section_open(struct writer *writer, const char *heading, const char *note)
{
    writer_text(writer, "<section>\n<h2>");
    html_text(writer, heading);
    writer_text(writer, "</h2>\n");
    if (note) {
        writer_text(writer, "<p class=\"note\">");
        html_text(writer, note);
        writer_text(writer, "</p>\n");
    }
}

void html_section_close(struct writer *writer)
{
    writer_text(writer, "</section>\n");
}

void html_nothing(struct writer *writer, const char *sentence)
{
    writer_text(writer, "<p class=\"nothing\">");
    html_text(writer, sentence);
    writer_text(writer, "</p>\n");
}
