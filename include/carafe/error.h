/* error.h -- how failures travel: a code, a sentence for people, and where it happened. */
#ifndef CARAFE_ERROR_H
#define CARAFE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Every error code, its stable name and what it says when nothing better is known. */
#define CF_ERROR_CODES(X)                                                                          \
    X(OK, "no error")                                                                              \
    X(EINVAL, "invalid argument")                                                                  \
    X(EPARSE, "malformed input")                                                                   \
    X(ELIMIT, "limit exceeded")                                                                    \
    X(ENOTFOUND, "not found")                                                                      \
    X(ECONFLICT, "conflicts with what exists")                                                     \
    X(EDENIED, "not allowed")                                                                      \
    X(EBADSIG, "signature does not match")                                                         \
    X(EEXPIRED, "expired")                                                                         \
    X(ECANCELED, "canceled")                                                                       \
    X(ETIMEOUT, "timed out")                                                                       \
    X(ECLOSED, "connection closed")                                                                \
    X(EIO, "input/output error")                                                                   \
    X(EDB, "database error")                                                                       \
    X(EBUSY, "busy")                                                                               \
    X(EUNAVAILABLE, "temporarily unavailable")                                                     \
    X(ETYPE, "wrong type")                                                                         \
    X(ESYNTAX, "syntax error")                                                                     \
    X(EUNDEFINED, "undefined name")                                                                \
    X(ESECURITY, "forbidden operation")                                                            \
    X(ERUNTIME, "run-time error")                                                                  \
    X(EUNSUPPORTED, "not supported")

typedef enum cf_code {
#define CF_X(name, text) CF_##name,
    CF_ERROR_CODES(CF_X)
#undef CF_X
} cf_code;

/* An error on the caller's stack; no heap. All zero means "no error". */
typedef struct cf_error {
    cf_code     code;
    int         line;         /* Line of the C source that failed. */
    const char *file;         /* C source file; static storage. */
    int         input_line;   /* Position in the input being read, counted from 1; 0 when none. */
    int         input_column; /* Counted from 1, in characters. */
    char        input[160];   /* Name of that input: a template, a settings file, a column. */
    char        message[640]; /* One sentence for people, NUL-terminated. */
} cf_error;

#if defined(__GNUC__)
#define CF_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define CF_PRINTF(fmt, args)
#endif

/* Leaves a variable as the stack is, even when the compiler was told to zero all of them. */
#if defined(__has_attribute)
#if __has_attribute(uninitialized)
#define CF_UNSET __attribute__((uninitialized))
#endif
#endif
#ifndef CF_UNSET
#define CF_UNSET
#endif

/* Marks a function that may suspend the running fiber until something has happened. */
#define CF_SUSPENDS

/* Records a failure and returns false, so that `return cf_fail(err, …)` reads well.
 *
 * Args:
 *   err: receives the error; may be NULL. An error already there is replaced.
 *   code: what kind of failure.
 *   ...: a printf format and its arguments: what was wrong, where, and what to do.
 *
 * Returns: false, always.
 */
#define cf_fail(err, code, ...) cf_fail_at((err), (code), __FILE__, __LINE__, __VA_ARGS__)

bool cf_fail_at(cf_error *err, cf_code code, const char *file, int line, const char *format, ...)
    CF_PRINTF(5, 6);
bool cf_fail_va(cf_error *err, cf_code code, const char *file, int line, const char *format,
                va_list args) CF_PRINTF(5, 0);

/* Adds the position in the input to an error; keeps one that is already there.
 *
 * Args:
 *   err: the error; may be NULL.
 *   input: name of the file or template.
 *   line: counted from 1.
 *   column: counted from 1; 0 when unknown.
 *
 * Returns: false, always.
 */
bool cf_fail_in(cf_error *err, const char *input, int line, int column);

/* Puts a context in front of an error's message: "context: message". Returns false. */
bool cf_fail_prefix(cf_error *err, const char *format, ...) CF_PRINTF(2, 3);

/* Forgets an error. NULL is fine. */
void cf_error_clear(cf_error *err);

/* Declares an error that is none: `cf_error name = { 0 };` without the zeroing of 800 bytes of
 * text, which is more than a small read costs otherwise. */
#define CF_NO_ERROR(name)                                                                          \
    cf_error name CF_UNSET;                                                                        \
    cf_error_clear(&name)

/* The stable name of a code, such as "EPARSE". */
const char *cf_code_name(cf_code code);

/* What a code means, such as "malformed input". */
const char *cf_code_text(cf_code code);

#endif
