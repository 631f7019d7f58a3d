/* fuzz_env.c -- .env files. */
#include <stdint.h>
#include <stdlib.h>

#include "base/env_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena *arena = cf_arena_new();
    cf_map   *map = cf_map_new(arena);
    cf_error  err = { 0 };

    if (!cf__env_parse(arena, cf_str_n((const char *)data, size), ".env", map, &err) &&
        err.code != CF_EPARSE)
        abort();
    for (size_t i = 0; i < map->len; i++)
        if (!cf_text(map->entries[i].key).len || map->entries[i].value.type != CF_TYPE_STRING)
            abort();
    cf_arena_free(arena);
    return 0;
}
