/* shell_history.c -- the inputs of earlier sessions: a private file, one line an entry, bounded. A
 * line break inside an entry is kept as one of ASCII's separators, which nobody types. */
#include "cli/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the file, for '\n' in an entry. */
#define LINE_BREAK '\x1e'
/* Larger files are not ours. */
#define MOST_BYTES CF_MIB(8)

static char *replaced(cf_arena *arena, cf_str text, char from, char to)
{
    char *copy = cf_str_dup(arena, text);

    for (size_t i = 0; i < text.len; i++)
        if (copy[i] == from)
            copy[i] = to;
    return copy;
}

cf_list *cf__history_load(cf_arena *arena, const char *file, size_t most)
{
    cf_list *lines = cf_list_new(arena);
    cf_error ignored = { 0 };
    cf_str   text, line;

    if (!file || !cf_file_read(arena, file, MOST_BYTES, &text, &ignored))
        return lines;
    while (text.len) {
        cf_str_cut(text, '\n', &line, &text);
        if (line.len && cf_str_is_utf8(line))
            cf_list_add(lines, cf_string(replaced(arena, line, LINE_BREAK, '\n')));
    }
    if (lines->len > most) {
        memmove(lines->items, lines->items + (lines->len - most), most * sizeof(cf_value));
        lines->len = most;
    }
    return lines;
}

static int open_private(const char *file, int flags)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600);

    if (fd >= 0 && fchmod(fd, 0600) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool write_all(int fd, cf_str text)
{
    while (text.len) {
        ssize_t done = write(fd, text.ptr, text.len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        text = cf_str_slice(text, (size_t)done, text.len);
    }
    return true;
}

void cf__history_add(const char *file, cf_str entry)
{
    cf_arena *arena;
    cf_str    line;
    int       fd;

    if (!file || !entry.len || entry.ptr[0] == ' ')
        return;
    arena = cf_arena_new();
    line = cf_str_of(cf_printf(arena, "%s\n", replaced(arena, entry, '\n', LINE_BREAK)));
    fd = open_private(file, O_APPEND);
    if (fd >= 0) {
        write_all(fd, line);
        close(fd);
    }
    cf_arena_free(arena);
}

void cf__history_trim(const char *file, size_t most)
{
    cf_arena   *arena = cf_arena_new();
    cf_list    *all = cf__history_load(arena, file, SIZE_MAX);
    const char *fresh = cf_printf(arena, "%s.%ld", file ? file : "", (long)getpid());
    cf_buf      text = cf_buf_in(arena, 0);
    int         fd;

    if (all->len > most && (fd = open_private(fresh, O_EXCL)) >= 0) {
        for (size_t i = all->len - most; i < all->len; i++)
            cf_buf_printf(&text, "%s\n", replaced(arena, cf_text(all->items[i]), '\n', LINE_BREAK));
        if (!write_all(fd, cf_buf_view(&text)) || rename(fresh, file) != 0)
            unlink(fresh);
        close(fd);
    }
    cf_arena_free(arena);
}
