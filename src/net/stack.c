/* stack.c -- the C stack of the running code, resolved by libdw. */
#include <carafe/stack.h>

#include <elfutils/libdwfl.h>
#include <execinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_FRAMES 64

size_t cf_backtrace_addresses(uintptr_t *addresses, size_t max, size_t skip)
{
    void  *found[MOST_FRAMES + 16];
    int    total = backtrace(found, (int)(sizeof found / sizeof found[0]));
    size_t count = 0;

    for (size_t i = skip + 1; i < (size_t)(total > 0 ? total : 0) && count < max; i++)
        addresses[count++] = (uintptr_t)found[i];
    return count;
}

/* Debugging information is read from the modules themselves only: looking for it elsewhere may ask
 * servers on the network. */
static int find_no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                             const char *file, const char *link, GElf_Word crc, char **found)
{
    (void)module, (void)data, (void)name, (void)base, (void)file, (void)link, (void)crc;
    *found = NULL;
    return -1;
}

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_linux_proc_find_elf,
    .find_debuginfo = find_no_debuginfo,
};

static Dwfl *open_self(void)
{
    Dwfl *dwfl = dwfl_begin(&callbacks);

    if (dwfl && dwfl_linux_proc_report(dwfl, getpid()) == 0 &&
        dwfl_report_end(dwfl, NULL, NULL) == 0)
        return dwfl;
    if (dwfl)
        dwfl_end(dwfl);
    return NULL;
}

/* As the project's folder sees it: compilers name a source by the way from the build folder. */
static const char *source_name(const char *path)
{
    const char *up;

    while (strncmp(path, "../", 3) == 0)
        path += 3;
    while ((up = strstr(path, "/../")))
        path = up + 4;
    return path;
}

/* clang leaves out the table by which libdw finds an address' compilation unit: ask each. */
static Dwarf_Line *search_units(Dwfl_Module *module, Dwarf_Addr address)
{
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = NULL;

    while ((unit = dwfl_module_nextcu(module, unit, &bias)))
        if (dwarf_haspc(unit, address - bias) > 0)
            return dwarf_getsrc_die(unit, address - bias);
    return NULL;
}

static void find_source(cf_arena *arena, Dwfl_Module *module, cf_frame *frame)
{
    Dwfl_Line  *known = dwfl_module_getsrc(module, frame->address);
    Dwarf_Line *line = known ? NULL : search_units(module, frame->address);
    const char *path = NULL;

    if (known) {
        path = dwfl_lineinfo(known, NULL, &frame->line, NULL, NULL, NULL);
    } else if (line) {
        path = dwarf_linesrc(line, NULL, NULL);
        dwarf_lineno(line, &frame->line);
    }
    frame->file = path ? cf_strdup(arena, source_name(path)) : NULL;
}

static void resolve_one(cf_arena *arena, Dwfl *dwfl, cf_frame *frame)
{
    Dwfl_Module *module = dwfl_addrmodule(dwfl, frame->address);
    const char  *path = NULL;

    if (!module)
        return;
    dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, &path, NULL);
    frame->module = cf_strdup(arena, path);
    frame->function = cf_strdup(arena, dwfl_module_addrname(module, frame->address));
    find_source(arena, module, frame);
}

cf_frame *cf_backtrace_resolve(cf_arena *arena, const uintptr_t *addresses, size_t count)
{
    cf_frame *frames = cf_new_array(arena, cf_frame, count);
    Dwfl     *dwfl = open_self();

    for (size_t i = 0; i < count; i++) {
        /* A return address lies behind its call, maybe on the next line. */
        frames[i].address = addresses[i] > 0 ? addresses[i] - 1 : 0;
        if (dwfl)
            resolve_one(arena, dwfl, &frames[i]);
    }
    if (dwfl)
        dwfl_end(dwfl);
    return frames;
}

cf_frame *cf_backtrace(cf_arena *arena, size_t skip, size_t *count)
{
    uintptr_t addresses[MOST_FRAMES];

    *count = cf_backtrace_addresses(addresses, MOST_FRAMES, skip + 1);
    return cf_backtrace_resolve(arena, addresses, *count);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static bool same_place(const cf_frame *a, const cf_frame *b)
{
    return a->line == b->line && a->function && b->function && a->line > 0 &&
           strcmp(a->function, b->function) == 0;
}

void cf_backtrace_line(cf_buf *out, const cf_frame *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const cf_frame *f = &frames[i];
        size_t          times = 1;
        for (; i + 1 < count && same_place(f, &frames[i + 1]); i++)
            times++; /* Recursion. */
        if (f != frames)
            cf_buf_puts(out, " < ");
        if (f->function)
            cf_buf_puts(out, f->function);
        else
            cf_buf_printf(out, "0x%zx", (size_t)f->address);
        if (f->file)
            cf_buf_printf(out, " (%s:%d)", f->file, f->line);
        else if (f->module)
            cf_buf_printf(out, " (%s)", base_name(f->module));
        if (times > 1)
            cf_buf_printf(out, " (%zu times)", times);
    }
}
