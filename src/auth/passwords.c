/* passwords.c -- what a password must be, and hashing it off the loop. */
#include "auth/auth_internal.h"

#include <stdlib.h>
#include <string.h>

#include <carafe/fiber.h>
#include <utf8proc.h>

#define LEAST_LENGTH 8
#define MOST_LENGTH  1024

/* The passwords of eight and more characters that lists of leaked ones begin with. Sorted. */
static const char *const commonest[] = {
    "00000000",    "11111111",     "111111111",     "1111111111", "11223344",   "112233445566",
    "12121212",    "123123123",    "12341234",      "12345678",   "123456789",  "1234567890",
    "123456789a",  "12345678910",  "1234qwer",      "123qweasd",  "147258369",  "1q2w3e4r",
    "1q2w3e4r5t",  "1qaz2wsx",     "22222222",      "55555555",   "66666666",   "77777777",
    "87654321",    "88888888",     "987654321",     "99999999",   "a1234567",   "a12345678",
    "a123456789",  "aa123456",     "aa12345678",    "abc12345",   "abcd1234",   "abcdefgh",
    "abcdefg1",    "admin123",     "administrator", "alexander",  "anthony1",   "asdasdasd",
    "asdf1234",    "asdfasdf",     "asdfghjk",      "asdfghjkl",  "babygirl",   "basketball",
    "benjamin",    "blink182",     "butterfly",     "caroline",   "changeme",   "charlie1",
    "chocolate",   "christian",    "christopher",   "cocacola",   "computer",   "corvette",
    "danielle",    "dragon12",     "elizabeth",     "fireball",   "football",   "football1",
    "garfield",    "gfhjkm12",     "hello123",      "iloveyou",   "iloveyou1",  "iloveyou2",
    "internet",    "jennifer",     "jonathan",      "jordan23",   "letmein1",   "liverpool",
    "liverpool1",  "lovelove",     "marlboro",      "maverick",   "mercedes",   "michael1",
    "michelle",    "midnight",     "mustang1",      "nicholas",   "p@ssw0rd",   "pa55word",
    "pass1234",    "passw0rd",     "password",      "password!",  "password1",  "password12",
    "password123", "password1234", "password2",     "patricia",   "pokemon1",   "princess",
    "princess1",   "q1w2e3r4",     "q1w2e3r4t5",    "qazwsxedc",  "qwer1234",   "qwerqwer",
    "qwert123",    "qwerty12",     "qwerty123",     "qwerty1234", "qwertyui",   "qwertyuiop",
    "rockyou1",    "samantha",     "samsung1",      "scorpion",   "shadow12",   "slipknot",
    "software",    "spiderman",    "starwars",      "startrek",   "stephanie",  "sunshine",
    "sunshine1",   "superman",     "superman1",     "test1234",   "testtest",   "trustno1",
    "veronica",    "victoria",     "welcome1",      "welcome123", "whatever",   "william1",
    "x4ivygA51F",  "yankees1",     "zaq12wsx",      "zxcvbnm1",   "zxcvbnm123",
};

static int by_text(const void *key, const void *item)
{
    return strcmp(key, *(const char *const *)item);
}

const char *cf__normalize_password(cf_arena *arena, const char *password)
{
    utf8proc_uint8_t *normal = utf8proc_NFKC((const utf8proc_uint8_t *)password);
    const char       *out = cf_strdup(arena, normal ? (const char *)normal : password);

    free(normal);
    return out;
}

bool cf_auth_check_password(const char *password, const char *email, cf_error *err)
{
    cf_arena *arena = cf_arena_new();
    cf_str    normal = cf_str_of(cf__normalize_password(arena, password ? password : ""));
    cf_str    lower = cf_str_lower(arena, normal);
    size_t    length = cf_utf8_count(normal);
    bool      ok = true;

    if (length < LEAST_LENGTH)
        ok = cf_fail(err, CF_EINVAL, "Password must be at least %d characters.", LEAST_LENGTH);
    else if (length > MOST_LENGTH)
        ok = cf_fail(err, CF_EINVAL, "Password must be at most %d characters.", MOST_LENGTH);
    else if (bsearch(lower.ptr, commonest, sizeof commonest / sizeof commonest[0],
                     sizeof commonest[0], by_text))
        ok = cf_fail(err, CF_EINVAL,
                     "This password is among the most common ones. Choose another.");
    else if (email && cf_str_ieq(lower, cf_str_of(email)))
        ok = cf_fail(err, CF_EINVAL, "The password must not be your e-mail address.");
    cf_arena_free(arena);
    return ok;
}

typedef struct hashing {
    cf_arena   *arena; /* The worker thread's own. */
    const char *password, *hash;
    char       *made;
    bool        matches, outdated, ok;
    cf_error    err;
} hashing;

static void hash_work(void *data)
{
    hashing *h = data;

    h->ok = cf_password_hash(h->arena, cf_str_of(h->password), &h->made, &h->err);
}

static void verify_work(void *data)
{
    hashing *h = data;

    h->ok = cf_password_verify(cf_str_of(h->password), cf_str_of(h->hash), &h->matches,
                               &h->outdated, &h->err);
}

const char *cf__hash_password(cf_arena *arena, const char *password, cf_error *err)
{
    hashing h = { .arena = cf_arena_new(), .password = cf__normalize_password(arena, password) };
    const char *out = NULL;

    if (cf_offload(hash_work, &h, err)) {
        if (h.ok)
            out = cf_strdup(arena, h.made);
        else
            *err = h.err;
    }
    cf_arena_free(h.arena);
    return out;
}

bool cf__verify_password(const char *password, const char *hash, bool *matches, bool *outdated,
                         cf_error *err)
{
    cf_arena *arena = cf_arena_new();
    hashing   h = { .password = cf__normalize_password(arena, password), .hash = hash };
    bool      ok = cf_offload(verify_work, &h, err);

    *matches = ok && h.ok && h.matches;
    *outdated = h.outdated;
    if (ok && !h.ok) {
        *err = h.err;
        ok = false;
    }
    cf_arena_free(arena);
    return ok;
}

void cf__verify_nobody(cf_request *req, const char *password)
{
    cf__auth *auth = cf__auth_of(cf_request_app(req));
    cf_error  err = { 0 };
    bool      matches, outdated;

    if (!auth->dummy_hash)
        auth->dummy_hash = cf__hash_password(cf_app_arena(cf_request_app(req)),
                                             "nobody has this one", &err);
    if (auth->dummy_hash)
        cf__verify_password(password, auth->dummy_hash, &matches, &outdated, &err);
}

bool cf_auth_set_password(cf_request *req, void *user, const char *password, cf_error *err)
{
    cf_arena   *arena = cf_request_arena(req);
    const char *hash;

    if (!cf_auth_check_password(password, cf__user_text(user, "email"), err))
        return false;
    hash = cf__hash_password(arena, password, err);
    return hash && cf__user_set(user, "password", cf_string(hash), err) &&
           cf__user_set(user, "uniquifier", cf_string(cf_random_token(arena, 24)), err);
}

bool cf_auth_verify_password(cf_request *req, void *user, const char *password, cf_error *err)
{
    bool     matches, outdated;
    cf_error bad = { 0 };

    if (!cf__verify_password(password, cf__user_text(user, "password"), &matches, &outdated,
                             &bad)) {
        /* An account without a usable hash cannot be signed in to by password. */
        if (bad.code != CF_EPARSE && bad.code != CF_EUNSUPPORTED)
            *err = bad;
        return false;
    }
    if (matches && outdated) {
        const char *hash = cf__hash_password(cf_request_arena(req), password, err);
        if (hash)
            cf__user_set(user, "password", cf_string(hash), err);
    }
    return matches;
}
