/* postgres_alive.c -- whether the server is there: reached, away, or silent.
 *
 * While it is away nobody waits: every request is refused at once with the reason, and one in a
 * growing while tries again. A server that hangs or that the network cut off says nothing, which
 * looks like a statement that takes its time: so after a silence it is asked for a sign of life
 * over a connection of its own, and if none comes within connect_timeout all connections are given
 * up. */
#include <carafe/log.h>

#include "db/postgres.h"

#define FIRST_BACKOFF 100
#define MAX_BACKOFF   3000
/* Microseconds of silence after which one asks. */
#define PATIENCE INT64_C(3000000)

void cf__pg_up(cf__pg_state *state)
{
    if (state->backoff)
        cf_log(CF_INFO, "the database %s is reached again", state->database->url);
    state->backoff = 0;
    state->down_until = 0;
    state->heard = cf_monotonic_us();
}

/* No attempt to reach the server for a while. */
static void put_off(cf__pg_state *state, int64_t delay, const cf_error *error)
{
    int64_t now = cf_monotonic_us();

    if (!state->backoff)
        cf_log(CF_ERROR, "%s", error->message);
    state->backoff = delay < MAX_BACKOFF ? delay : MAX_BACKOFF;
    /* Not all processes at once. */
    state->down_until = now + state->backoff * 1000 - now % (state->backoff * 250 + 1);
    state->down = *error;
}

void cf__pg_down(cf__pg_state *state, const cf_error *error)
{
    put_off(state, state->backoff ? state->backoff * 2 : FIRST_BACKOFF, error);
}

bool cf__pg_may_connect(const cf__pg_state *state, cf_error *err)
{
    bool trying = state->backoff && state->connect.holder;

    if (!trying && (!state->down_until || cf_monotonic_us() >= state->down_until))
        return true;
    if (err)
        *err = state->down;
    return false;
}

/* ---- a silent server ---- */

typedef struct question {
    const cf__pg_url *url;
    PGPing            answer;
} question;

static void ask_now(void *data)
{
    question *q = data;

    q->answer = PQpingParams(q->url->keys, q->url->values, 0);
}

static void give_all_up(cf__pg_state *state)
{
    cf_error error = { 0 };

    cf_fail(&error, CF_EUNAVAILABLE, "the database %s does not answer", state->database->url);
    /* Who has waited all the while shall not be the one who tries again. */
    put_off(state, MAX_BACKOFF, &error);
    /* Connections that somebody waits on see it by this. */
    state->era++;
    cf__pg_close_idle(state);
    cf__pg_wake_all(state);
    cf__pg_batch_lose(state);
}

static void ask(void *data)
{
    cf__pg_state *state = data;
    question      q = { .url = &state->url, .answer = PQPING_NO_ATTEMPT };
    int64_t       began = cf_monotonic_us();

    state->asking = true;
    cf_offload(ask_now, &q, NULL);
    state->asking = false;
    if (q.answer != PQPING_NO_RESPONSE)
        state->heard = cf_monotonic_us();
    else if (state->heard < began)
        give_all_up(state);
}

void cf__pg_silent(cf__pg_state *state, int64_t since)
{
    int64_t now = cf_monotonic_us();

    if (state->asking || now - since < PATIENCE || now - state->heard < PATIENCE)
        return;
    if (!cf_fiber_current())
        ask(state);
    else
        state->asking = cf_fiber_spawn("postgres question", ask, state, NULL) != NULL;
}
