/* test_folder.c -- folders: which files lie in one, and making one. */
#include <carafe/asset.h>
#include <carafe/folder.h>

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info, (void)kind, (void)place;
    return remove(path);
}

static void put(cf_arena *arena, const char *top, const char *path)
{
    cf_error err = { 0 };
    cr_assert(cf_file_write(cf_printf(arena, "%s/%s", top, path), CF_STR("x"), &err), "%s",
              err.message);
}

Test(folder, lists_files_below_it_sorted_without_hidden_ones_and_links)
{
    static const char *const expected[] = { "a.md", "b/c.MD", "b/d/e.md" };
    char                     top[] = "/tmp/carafe-folder-XXXXXX";
    cf_arena                *arena = cf_arena_new();
    cf_list                 *found;
    cf_error                 err = { 0 };

    cr_assert_not_null(mkdtemp(top));
    mkdir(cf_printf(arena, "%s/b", top), 0700);
    mkdir(cf_printf(arena, "%s/b/d", top), 0700);
    put(arena, top, "b/d/e.md");
    put(arena, top, "b/c.MD");
    put(arena, top, "a.md");
    put(arena, top, "a.txt");
    put(arena, top, ".hidden.md");
    cr_assert_eq(symlink("a.md", cf_printf(arena, "%s/link.md", top)), 0);
    cr_assert_eq(symlink(top, cf_printf(arena, "%s/b/loop", top)), 0);

    cr_assert(cf_folder_list(arena, top, ".md", 10, &found, &err), "%s", err.message);
    cr_assert_eq(found->len, 3);
    for (size_t i = 0; i < 3; i++)
        cr_expect(cf_str_is(cf_text(found->items[i]), expected[i]));
    cr_assert(cf_folder_list(arena, top, NULL, 10, &found, &err));
    cr_assert_eq(found->len, 4);

    cr_assert_not(cf_folder_list(arena, top, ".md", 2, &found, &err));
    cr_assert_eq(err.code, CF_ELIMIT);
    cr_assert_not(cf_folder_list(arena, cf_printf(arena, "%s/none", top), NULL, 2, &found, &err));
    cr_assert_eq(err.code, CF_ENOTFOUND);
    cf_arena_free(arena);
    nftw(top, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

Test(folder, is_made_with_those_above_it)
{
    char     top[] = "/tmp/carafe-folder-XXXXXX", path[64];
    cf_error err = { 0 };
    FILE    *file;

    cr_assert_not_null(mkdtemp(top));
    snprintf(path, sizeof path, "%s/a/b//c/", top);
    cr_assert(cf_folder_make(path, &err), "%s", err.message);
    cr_assert(cf_folder_make(path, &err));
    cr_assert_eq(access(path, R_OK | W_OK | X_OK), 0);

    snprintf(path, sizeof path, "%s/file", top);
    file = fopen(path, "w");
    cr_assert_not_null(file);
    fclose(file);
    snprintf(path, sizeof path, "%s/file/below", top);
    cr_assert_not(cf_folder_make(path, &err));
    cr_assert_eq(err.code, CF_EIO);
    nftw(top, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}
