/* test_arena.c -- memory with one owner. */
#include <criterion/criterion.h>

#include <signal.h>
#include <stdint.h>
#include <string.h>

#include <carafe/arena.h>

static char order[8];

static void note(void *data)
{
    size_t used = strlen(order);

    order[used] = *(const char *)data;
    order[used + 1] = '\0';
}

Test(arena, blocks_do_not_overlap_and_are_aligned)
{
    cf_arena      *arena = cf_arena_new();
    unsigned char *blocks[200];

    for (size_t i = 0; i < 200; i++) {
        blocks[i] = cf_alloc(arena, i * 7);
        cr_assert_eq((uintptr_t)blocks[i] % 16, 0);
        memset(blocks[i], (int)i, i * 7);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t k = 0; k < i * 7; k++)
            cr_assert_eq(blocks[i][k], (unsigned char)i);
    cf_arena_free(arena);
}

Test(arena, an_allocation_larger_than_any_block_works)
{
    cf_arena *arena = cf_arena_new();
    size_t    size = 3 << 20;
    char     *large = cf_alloc(arena, size);

    memset(large, 'x', size);
    cr_assert_geq(cf_arena_used(arena), size);
    cf_arena_reset(arena);
    cr_assert_lt(cf_arena_used(arena), size);
    cf_arena_free(arena);
}

Test(arena, calloc_is_zeroed_after_a_reset_of_dirty_memory)
{
    cf_arena   *arena = cf_arena_new();
    const char *zero;

    memset(cf_alloc(arena, 2000), 0xff, 2000);
    cf_arena_reset(arena);
    zero = cf_calloc(arena, 1000, 2);
    for (size_t i = 0; i < 2000; i++)
        cr_assert_eq(zero[i], 0);
    cf_arena_free(arena);
}

Test(arena, calloc_aborts_when_the_size_overflows, .signal = SIGABRT)
{
    cf_calloc(cf_arena_new(), SIZE_MAX / 2, 3);
}

Test(arena, the_latest_block_grows_in_place_and_others_by_copy)
{
    cf_arena *arena = cf_arena_new();
    char     *first = cf_strdup(arena, "first"), *grown;

    cr_assert_eq(cf_grow(arena, first, 6, 100), first);
    cf_alloc(arena, 1);
    grown = cf_grow(arena, first, 100, 5000);
    cr_assert_neq(grown, first);
    cr_assert_str_eq(grown, "first");
    cr_assert_eq(cf_grow(arena, grown, 5000, 10), grown);
    cr_assert_not_null(cf_grow(arena, NULL, 0, 10));
    cf_arena_free(arena);
}

Test(arena, deferred_calls_run_latest_first_on_reset_and_on_free)
{
    cf_arena *arena = cf_arena_new();

    cf_arena_defer(arena, note, (void *)"a");
    cf_arena_defer(arena, note, (void *)"b");
    cf_arena_defer(arena, note, (void *)"c");
    cf_arena_reset(arena);
    cr_assert_str_eq(order, "cba");
    cf_arena_defer(arena, note, (void *)"d");
    cf_arena_free(arena);
    cr_assert_str_eq(order, "cbad");
}

Test(arena, an_undeferred_call_does_not_run)
{
    static const char a = 'a', b = 'b';
    cf_arena         *arena = cf_arena_new();

    cf_arena_defer(arena, note, (void *)&a);
    cf_arena_defer(arena, note, (void *)&b);
    cr_assert(cf_arena_undefer(arena, note, (void *)&b));
    cr_assert_not(cf_arena_undefer(arena, note, (void *)&b));
    cf_arena_free(arena);
    cr_assert_str_eq(order, "a");
}

Test(arena, copies_of_text_are_terminated)
{
    cf_arena *arena = cf_arena_new();

    cr_assert_null(cf_strdup(arena, NULL));
    cr_assert_str_eq(cf_strdup(arena, ""), "");
    cr_assert_str_eq(cf_strndup(arena, "carafe", 3), "car");
    cr_assert_str_eq(cf_strndup(arena, NULL, 0), "");
    cr_assert_arr_eq(cf_memdup(arena, "a\0b", 3), "a\0b", 3);
    cr_assert_str_eq(cf_printf(arena, "%s-%d-%0300d", "x", 7, 1) + 303, "1");
    cf_arena_free(arena);
}

Test(arena, null_is_freed_without_harm)
{
    cf_arena_free(NULL);
}
