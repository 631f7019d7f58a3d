/* front_matter.h -- a Markdown file as a post: the lines before the text that say what it is. */
#ifndef STARTER_BLOG_FRONT_MATTER_H
#define STARTER_BLOG_FRONT_MATTER_H

#include <carafe.h>

typedef struct front_matter {
    const char *title;    /* Given, or the first heading, cut to fit; NULL: neither. */
    const char *subtitle; /* "" when not given. */
    const char *tags;     /* Comma-separated; "" when not given. */
    cf_time     date;     /* Zero when not given. */
    cf_str      body;
} front_matter;

/* Reads a file's text.
 *
 *     ---
 *     title: Nothing to free
 *     tags: c, memory
 *     date: 2026-11-15
 *     ---
 *     The hard part of C …
 *
 * Args:
 *   name: of the file, for messages.
 *
 * Errors: CF_EPARSE with name and line: the block does not end, a line is no "key: value", a key
 *   is given twice, a date is none, a text is too long or no UTF-8, there is no text.
 */
bool front_matter_read(cf_arena *arena, const char *name, cf_str text, front_matter *out,
                       cf_error *err);

#endif
