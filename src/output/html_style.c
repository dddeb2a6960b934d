#include "base/base.h"
#include "output/html.h"

/* Lines, because C promises no string literal over 4,095 bytes. */
static const char *const style_lines[] = {
    ":root{color-scheme:light "
    "dark;--page:#f5f6f8;--card:#fff;--ink:#1b2330;--soft-ink:#5d6776;--line:#e2e6ec;",
    "--zebra:#f8f9fb;--accent:#2459c4;",
    "--hard:#c8373f;--block:#e58a1f;--soft:#e2bd2b;--technical:#4a86d9;--unknown:#8b93a1;--none:#c5cad3}",
    "@media "
    "(prefers-color-scheme:dark){:root{--page:#12161d;--card:#1a202a;--ink:#e7ebf1;--soft-ink:#98a3b3;",
    "--line:#2c3441;--zebra:#1e2530;--accent:#86adff;",
    "--hard:#e4585f;--block:#f0a04a;--soft:#e6c84f;--technical:#6ba2ee;--unknown:#858e9d;--none:#4d5665}}",
    "*{box-sizing:border-box}",
    "body{margin:0;background:var(--page);color:var(--ink);",
    "font:15px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",Arial,sans-serif}",
    "main{max-width:1120px;margin:0 auto;padding:32px 20px 48px}",
    "header{margin-bottom:24px}",
    "h1{font-size:28px;line-height:1.2;letter-spacing:-.02em;margin:0 0 4px}",
    "h2{font-size:17px;letter-spacing:-.01em;margin:0 0 4px}",
    "header p,.note,.nothing{color:var(--soft-ink);margin:0}",
    ".note{font-size:13px;margin-bottom:14px;max-width:110ch}",
    "section,.tile{background:var(--card);border:1px solid var(--line);border-radius:10px}",
    "section{padding:20px;margin-top:20px}",
    ".tiles{display:flex;flex-wrap:wrap;gap:14px}",
    ".tile{padding:14px 16px;flex:1 1 150px}",
    ".tile "
    "b{display:block;white-space:nowrap;font-size:26px;font-weight:650;line-height:1.25;letter-spacing:-."
    "02em;",
    "font-variant-numeric:tabular-nums}",
    ".tile span{display:block;color:var(--soft-ink);font-size:13px;overflow-wrap:anywhere}",
    ".tile .label{font-weight:600;color:var(--ink)}",
    ".scroll{overflow-x:auto;margin:12px -20px 0;padding:0 20px}",
    "table{border-collapse:collapse;width:100%;font-size:13px}",
    "th{text-align:left;font-weight:600;font-size:12px;color:var(--soft-ink);white-space:nowrap;",
    "border-bottom:1px solid var(--line)}",
    "th,td{padding:6px 8px;vertical-align:top}th::first-letter{text-transform:uppercase}",
    "th:first-child,td:first-child{padding-left:0}th:last-child,td:last-child{padding-right:0}",
    "tbody tr+tr td{border-top:1px solid var(--line)}",
    "tfoot td,tr.sum td{font-weight:600}",
    ".n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}",
    "td.zero{color:var(--soft-ink)}",
    "td.name,td.long{unicode-bidi:isolate;overflow-wrap:anywhere;min-width:10em}",
    "td.long{font:12.5px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;min-width:16em}",
    "td.class{white-space:nowrap}",
    "td.bar{width:16%;min-width:90px}",
    "td.bar span{display:block;margin-top:5px;height:10px;min-width:1px;border-radius:2px}",
    ".dot{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:6px}",
    ".k-hard{background:var(--hard);fill:var(--hard)}.k-block{background:var(--block);fill:var(--block)}",
    ".k-soft{background:var(--soft);fill:var(--soft)}",
    ".k-technical{background:var(--technical);fill:var(--technical)}",
    ".k-unknown{background:var(--unknown);fill:var(--unknown)}.k-none{background:var(--none);fill:var(--none)"
    "}",
    ".stack{display:block;width:100%;height:22px;border-radius:5px;margin-top:12px}",
    ".legend{display:flex;flex-wrap:wrap;gap:6px 22px;margin:12px 0 "
    "0;padding:0;list-style:none;font-size:13.5px;",
    "font-variant-numeric:tabular-nums}",
    ".legend i{font-style:normal;color:var(--soft-ink)}",
    ".chart{position:relative;margin:22px 0 0 64px;height:220px;border-bottom:1px solid var(--soft-ink)}",
    ".chart svg{position:absolute;inset:0;width:100%;height:100%;display:block}",
    ".chart .grid{position:absolute;left:0;right:0;border-top:1px solid var(--line)}",
    ".chart .grid "
    "span{position:absolute;right:100%;top:-9px;padding-right:8px;font-size:12px;line-height:18px;",
    "color:var(--soft-ink);font-variant-numeric:tabular-nums}",
    ".days{position:relative;height:22px;margin:4px 0 0 64px;font-size:12px;color:var(--soft-ink)}",
    ".days span{position:absolute;white-space:nowrap}",
    "footer{margin-top:24px;color:var(--soft-ink);font-size:13px}",
    "@media (max-width:600px){main{padding:20px 12px 32px}section{padding:16px}.tile{padding:12px 14px}",
    ".tiles{gap:10px}.tile{flex-basis:40%}.tile b{font-size:21px}",
    ".scroll{margin:12px -16px 0;padding:0 16px}.chart{height:170px}.days .mid{display:none}}",
    "@media print{:root{--page:#fff;--card:#fff;--ink:#000;--soft-ink:#444;--line:#ccc}body{font-size:11pt}",
    "main{max-width:none;padding:0}section,.tile{break-inside:avoid;border-color:#bbb}",
    "section.tall{break-inside:auto}tr{break-inside:avoid}.scroll{overflow:visible}",
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}",
};

void html_style(struct writer *writer)
{
    writer_text(writer, "<style>\n");
    for (size_t k = 0; k < COUNT_OF(style_lines); k++) {
        writer_text(writer, style_lines[k]);
        writer_char(writer, '\n');
    }
    writer_text(writer, "</style>\n");
}
