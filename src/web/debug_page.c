/* debug_page.c -- what happened, for the developer: error, template line, request, SQL, C stack.
 *
 * Shown only where CARAFE_ENV is development or CARAFE_DEBUG is set. Cookies and Authorization are
 * left out, so that a screenshot gives nothing away. */
#include "web/web.h"

#include <string.h>

#include <carafe/asset.h>
#include <carafe/stack.h>

/* Lines of source shown around a place. */
#define AROUND 3

static void section(cf_buf *out, const char *title)
{
    cf_buf_puts(out, "<h2>");
    cf_buf_html(out, cf_str_of(title));
    cf_buf_puts(out, "</h2>\n");
}

static void row(cf_buf *out, cf_str name, cf_str value)
{
    cf_buf_puts(out, "<tr><th>");
    cf_buf_html(out, name);
    cf_buf_puts(out, "</th><td>");
    cf_buf_html(out, value);
    cf_buf_puts(out, "</td></tr>\n");
}

/* The lines around a place in a source file, when the source lies where the program runs. */
static void add_source(cf_request *req, const char *file, int line, cf_buf *out)
{
    cf_str text, one;

    while (!strncmp(file, "../", 3))
        file += 3;
    if (line <= 0 || !cf_file_read(req->arena, file, CF_MIB(1), &text, NULL))
        return;
    cf_buf_puts(out, "<pre>");
    for (int n = 1; text.len && n <= line + AROUND; n++) {
        cf_str_cut(text, '\n', &one, &text);
        if (n < line - AROUND)
            continue;
        cf_buf_printf(out, "%s %4d | ", n == line ? "&gt;" : " ", n);
        cf_buf_html(out, one);
        cf_buf_putc(out, '\n');
    }
    cf_buf_puts(out, "</pre>\n");
}

static void add_error(cf_request *req, const cf_error *err, cf_buf *out)
{
    const char *excerpt = cf_template_excerpt(req->app->templates, req->arena, err);

    cf_buf_puts(out, "<p><strong>");
    cf_buf_html(out, cf_str_of(err->message));
    cf_buf_puts(out, "</strong></p>\n<table>\n");
    row(out, CF_STR("Kind"), cf_str_of(cf_code_text(err->code)));
    if (err->input[0])
        row(out, CF_STR("In"),
            cf_str_of(cf_printf(req->arena, "%s, line %d, column %d", err->input, err->input_line,
                                err->input_column)));
    if (err->file)
        row(out, CF_STR("Raised at"),
            cf_str_of(cf_printf(req->arena, "%s:%d", err->file, err->line)));
    cf_buf_puts(out, "</table>\n");
    if (*excerpt) {
        cf_buf_puts(out, "<pre>");
        cf_buf_html(out, cf_str_of(excerpt));
        cf_buf_puts(out, "</pre>\n");
    }
    if (err->file)
        add_source(req, err->file, err->line, out);
}

static bool is_secret(cf_str name)
{
    return cf_str_iis(name, "Cookie") || cf_str_iis(name, "Authorization") ||
           cf_str_iis(name, "X-CSRFToken");
}

static void add_request(cf_request *req, cf_buf *out)
{
    section(out, "Request");
    cf_buf_puts(out, "<table>\n");
    row(out, CF_STR("Line"),
        cf_str_of(cf_printf(req->arena, "%s %s", cf_request_method_text(req),
                            cf_request_full_path(req))));
    if (req->route) {
        row(out, CF_STR("Endpoint"), cf_str_of(req->route->endpoint));
        row(out, CF_STR("Rule"), cf_str_of(req->route->rule));
        row(out, CF_STR("Guard"), cf_str_of(cf_guard_text(req->arena, req->route->route->guard)));
    }
    for (size_t i = 0; req->http && i < req->http->headers.len; i++) {
        const cf_header *h = &req->http->headers.items[i];
        row(out, h->name, is_secret(h->name) ? CF_STR("(not shown)") : h->value);
    }
    cf_buf_puts(out, "</table>\n");
}

static void add_sql(cf_request *req, cf_buf *out)
{
    const cf_statement *statement;

    if (!req->db || !cf_db_statement(req->db, 0))
        return;
    section(out, "SQL of this request");
    cf_buf_puts(out, "<ol>\n");
    for (size_t i = 0; (statement = cf_db_statement(req->db, i)); i++) {
        cf_buf_puts(out, "<li><code>");
        cf_buf_html(out, cf_str_of(statement->sql));
        cf_buf_printf(out, "</code> (%lld µs)</li>\n", (long long)statement->us);
    }
    cf_buf_puts(out, "</ol>\n");
}

/* The functions under way, or those of the worker that crashed, with their source. */
static void add_stack(cf_request *req, cf_buf *out)
{
    size_t          n = req->crash ? req->crash->frame_count : 0;
    const cf_frame *frames = req->crash ? req->crash->frames : cf_backtrace(req->arena, 3, &n);

    if (!n)
        return;
    section(out, "C stack");
    cf_buf_puts(out, "<ol>\n");
    for (size_t i = 0; i < n; i++) {
        cf_buf_puts(out, "<li><code>");
        cf_buf_html(out, cf_str_of(frames[i].function ? frames[i].function : frames[i].module));
        cf_buf_puts(out, "</code>");
        if (frames[i].file) {
            cf_buf_puts(out, " at ");
            cf_buf_html(out, cf_str_of(frames[i].file));
            cf_buf_printf(out, ":%d", frames[i].line);
            add_source(req, frames[i].file, frames[i].line, out);
        }
        cf_buf_puts(out, "</li>\n");
    }
    cf_buf_puts(out, "</ol>\n");
}

cf_response *cf__debug_page(cf_request *req, int status, const cf_error *err)
{
    cf_buf       out = cf_buf_in(req->arena, 0);
    cf_response *response;

    cf_buf_puts(&out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width\">\n"
                      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    cf_buf_html(&out, cf_str_of(err->message));
    cf_buf_puts(&out, "</title>\n</head>\n<body>\n<h1>");
    cf_buf_html(&out, cf_str_of(cf_status_text(status)));
    cf_buf_puts(&out, "</h1>\n");
    add_error(req, err, &out);
    add_request(req, &out);
    add_sql(req, &out);
    add_stack(req, &out);
    cf_buf_puts(&out, "<p><small>Shown because CARAFE_ENV is development or CARAFE_DEBUG is "
                      "set.</small></p>\n</body>\n</html>\n");
    response = cf_respond_bytes(req, "text/html; charset=utf-8", cf_buf_view(&out));
    return cf_response_set_status(response, status);
}
