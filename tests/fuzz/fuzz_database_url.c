/* fuzz_database_url.c -- any bytes as DATABASE_URL: refused with a reason, or a database of some
 * file. A password never comes back out. */
#include <stdint.h>
#include <stdlib.h>

#include <carafe/db.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_file(const char *file)
{
    for (const unsigned char *p = (const unsigned char *)file; file && *p; p++)
        if (*p < 0x20)
            abort();
    if (file && !*file)
        abort();
}

/* A password put in front of the host is masked, whatever stands around it. */
static void check_mask(cf_arena *arena, const char *scheme, const char *url)
{
    cf_error     err = { 0 };
    const char  *secret = cf_printf(arena, "%s://me:s3cr3t-w0rd@%s", scheme, url);
    cf_database *database = cf_database_open(arena, secret, NULL, &err);

    if (strstr(url, "s3cr3t-w0rd"))
        return;
    if (strstr(err.message, "s3cr3t-w0rd") ||
        (database && strstr(cf_database_url(database), "s3cr3t-w0rd")))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena    *arena = cf_arena_new();
    const char  *url = cf_strndup(arena, (const char *)data, size);
    cf_error     err = { 0 };
    cf_database *database = cf_database_open(arena, url, NULL, &err);

    if (database)
        check_file(cf_database_file(database));
    else if (!err.code || !err.message[0])
        abort();
    check_mask(arena, "sqlite", url);
    check_mask(arena, "postgresql", url);
    cf_arena_free(arena);
    return 0;
}
