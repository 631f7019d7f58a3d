/* probe.h -- answering published test cases: one JSON object a line in, one a line out.
 *
 * A kind is a function in a file of its own, kind_NAME.c, and a line in PROBE_KINDS. It reads the
 * case and puts its answer; the frame adds the id and writes the line. */
#ifndef CARAFE_TESTS_PROBE_H
#define CARAFE_TESTS_PROBE_H

#include <carafe/arena.h>
#include <carafe/error.h>
#include <carafe/str.h>
#include <carafe/value.h>

#define PROBE_KINDS(X)                                                                             \
    X(accept)                                                                                      \
    X(field)                                                                                       \
    X(fn)                                                                                          \
    X(form)                                                                                        \
    X(http1)                                                                                       \
    X(json)                                                                                        \
    X(otp)                                                                                         \
    X(parse)                                                                                       \
    X(password)                                                                                    \
    X(render)                                                                                      \
    X(routing)                                                                                     \
    X(token)                                                                                       \
    X(validator)

typedef struct probe_case {
    cf_arena     *arena; /* Reset after the case. */
    const cf_map *in;    /* The case, keys in their order. */
    cf_map       *out;   /* The answer. */
} probe_case;

#define PROBE_X(name) void probe_##name(probe_case *c);
PROBE_KINDS(PROBE_X)
#undef PROBE_X

/* A member of the case: text (empty when absent), base64 decoded, or an integer with a default. */
cf_str  probe_text(const probe_case *c, const char *name);
bool    probe_b64(const probe_case *c, const char *name, cf_str *out);
int64_t probe_int(const probe_case *c, const char *name, int64_t fallback);

/* Puts a member into the answer; `name` must outlive the case. */
void probe_put(probe_case *c, const char *name, cf_value value);

/* Answers {"error": word}. */
void probe_error(probe_case *c, const char *word);

#endif
