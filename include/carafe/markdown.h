/* markdown.h -- Markdown to HTML that is safe to show, whoever wrote it.
 *
 * Raw HTML is shown as text; links lead to http, https, mailto or this site only. Pictures are
 * shown from this site ("/uploads/…") and become links elsewhere, as no page may load them. */
#ifndef CARAFE_MARKDOWN_H
#define CARAFE_MARKDOWN_H

#include <carafe/arena.h>
#include <carafe/error.h>
#include <carafe/str.h>

/* CommonMark with tables, strikethrough, task lists and bare links.
 *
 * Errors: CF_ELIMIT when the result would be unreasonably large.
 */
bool cf_markdown(cf_arena *arena, cf_str text, cf_str *html, cf_error *err);

/* The text of a Markdown document without its marks, at most `max` characters with "…" when cut at
 * a word's end; for summaries and descriptions. */
cf_str cf_markdown_plain(cf_arena *arena, cf_str text, size_t max);

#endif
