/* asset.c -- files inside the binary and whole files on disk. */
#include <carafe/asset.h>

#include <carafe/buf.h>
#include <carafe/crypto.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const cf_asset *cf_bundle_find(const cf_bundle *bundle, cf_str path)
{
    size_t low = 0, high = bundle ? bundle->count : 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int    order = cf_str_cmp(path, cf_str_of(bundle->assets[middle].path));

        if (order == 0)
            return &bundle->assets[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* Endings of file names in lower case and the media types they stand for. */
static const struct {
    const char *ending, *type;
} mime_types[] = {
    { "html", "text/html; charset=utf-8" },
    { "css", "text/css; charset=utf-8" },
    { "js", "text/javascript; charset=utf-8" },
    { "mjs", "text/javascript; charset=utf-8" },
    { "json", "application/json" },
    { "svg", "image/svg+xml; charset=utf-8" },
    { "png", "image/png" },
    { "jpg", "image/jpeg" },
    { "jpeg", "image/jpeg" },
    { "gif", "image/gif" },
    { "webp", "image/webp" },
    { "avif", "image/avif" },
    { "ico", "image/x-icon" },
    { "bmp", "image/bmp" },
    { "woff2", "font/woff2" },
    { "woff", "font/woff" },
    { "ttf", "font/ttf" },
    { "otf", "font/otf" },
    { "txt", "text/plain; charset=utf-8" },
    { "htm", "text/html; charset=utf-8" },
    { "md", "text/markdown; charset=utf-8" },
    { "csv", "text/csv; charset=utf-8" },
    { "xml", "text/xml; charset=utf-8" },
    { "ics", "text/calendar; charset=utf-8" },
    { "vcf", "text/vcard; charset=utf-8" },
    { "rss", "application/rss+xml; charset=utf-8" },
    { "atom", "application/atom+xml; charset=utf-8" },
    { "xhtml", "application/xhtml+xml; charset=utf-8" },
    { "map", "application/json" },
    { "webmanifest", "application/manifest+json" },
    { "pdf", "application/pdf" },
    { "wasm", "application/wasm" },
    { "zip", "application/zip" },
    { "gz", "application/gzip" },
    { "tar", "application/x-tar" },
    { "7z", "application/x-7z-compressed" },
    { "epub", "application/epub+zip" },
    { "rtf", "application/rtf" },
    { "doc", "application/msword" },
    { "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
    { "xls", "application/vnd.ms-excel" },
    { "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
    { "ppt", "application/vnd.ms-powerpoint" },
    { "pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
    { "odt", "application/vnd.oasis.opendocument.text" },
    { "ods", "application/vnd.oasis.opendocument.spreadsheet" },
    { "mp3", "audio/mpeg" },
    { "ogg", "audio/ogg" },
    { "oga", "audio/ogg" },
    { "opus", "audio/ogg" },
    { "wav", "audio/wav" },
    { "flac", "audio/flac" },
    { "m4a", "audio/mp4" },
    { "mp4", "video/mp4" },
    { "webm", "video/webm" },
    { "ogv", "video/ogg" },
    { "mov", "video/quicktime" },
    { "tif", "image/tiff" },
    { "tiff", "image/tiff" },
    { "eml", "message/rfc822" },
};

const char *cf_mime_type(cf_str path)
{
    cf_str name = path, directory, stem, ending;

    if (cf_str_rcut(path, '/', &directory, &name) == false)
        name = path;
    if (cf_str_rcut(name, '.', &stem, &ending) && stem.len) {
        for (size_t i = 0; i < sizeof mime_types / sizeof *mime_types; i++)
            if (cf_str_iis(ending, mime_types[i].ending))
                return mime_types[i].type;
    }
    return "application/octet-stream";
}

/* Fails with the reason that errno gives for what could not be done to a file. */
static bool fail_errno(cf_error *err, const char *verb, const char *path)
{
    int     reason = errno;
    cf_code code = reason == ENOENT || reason == ENOTDIR ? CF_ENOTFOUND
                   : reason == EACCES || reason == EPERM ? CF_EDENIED
                                                         : CF_EIO;

    return cf_fail(err, code, "cannot %s %s: %s", verb, path, strerror(reason));
}

/* Reads to the end of a descriptor; the size that fstat() told is only a hint, since files grow
 * and those of /proc claim to be empty. */
static bool read_all(cf_arena *arena, int fd, size_t hint, const char *path, size_t limit,
                     cf_str *out, cf_error *err)
{
    size_t cap = hint + 2, len = 0;
    char  *data = cf_alloc(arena, cap);

    for (;;) {
        ssize_t got = read(fd, data + len, cap - len - 1);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_errno(err, "read", path);
        if (got == 0)
            break;
        len += (size_t)got;
        if (len > limit)
            return cf_fail(err, CF_ELIMIT, "%s is larger than %zu bytes", path, limit);
        if (len == cap - 1) {
            data = cf_grow(arena, data, cap, cap * 2);
            cap *= 2;
        }
    }
    data[len] = '\0';
    *out = cf_str_n(data, len);
    return true;
}

bool cf_file_read(cf_arena *arena, const char *path, size_t limit, cf_str *out, cf_error *err)
{
    struct stat status;
    bool        ok = false;
    int         fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0)
        return fail_errno(err, "open", path);
    if (fstat(fd, &status) < 0)
        fail_errno(err, "read", path);
    else if (S_ISDIR(status.st_mode))
        cf_fail(err, CF_EIO, "cannot read %s: it is a folder", path);
    else if (S_ISREG(status.st_mode) && (size_t)status.st_size > limit)
        cf_fail(err, CF_ELIMIT, "%s has %lld bytes, and at most %zu are accepted", path,
                (long long)status.st_size, limit);
    else
        ok = read_all(arena, fd, S_ISREG(status.st_mode) ? (size_t)status.st_size : 4096, path,
                      limit, out, err);
    close(fd);
    return ok;
}

static bool write_all(int fd, cf_str data)
{
    while (data.len) {
        ssize_t put = write(fd, data.ptr, data.len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        data = cf_str_n(data.ptr + put, data.len - (size_t)put);
    }
    return true;
}

/* Writes and syncs the temporary file, and gives it the mode of the one that it replaces. */
static bool fill(int fd, const char *path, cf_str data)
{
    struct stat status;
    bool        ok = write_all(fd, data);

    if (ok && stat(path, &status) == 0)
        ok = fchmod(fd, status.st_mode & 07777) == 0;
    ok = ok && fsync(fd) == 0;
    return close(fd) == 0 && ok;
}

bool cf_file_write(const char *path, cf_str data, cf_error *err)
{
    char     temporary[4096];
    uint64_t unique;
    int      fd, length;

    cf_random(&unique, sizeof unique);
    length = snprintf(temporary, sizeof temporary, "%s.%016llx.tmp", path,
                      (unsigned long long)unique);
    if (length < 0 || (size_t)length >= sizeof temporary)
        return cf_fail(err, CF_ELIMIT, "cannot write a file whose path has %zu bytes",
                       strlen(path));
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return fail_errno(err, "write", path);
    if (!fill(fd, path, data) || rename(temporary, path) < 0) {
        fail_errno(err, "write", path);
        unlink(temporary);
        return false;
    }
    return true;
}

bool cf_path_is_safe(cf_str path)
{
    if (!path.len || path.ptr[0] == '/' || memchr(path.ptr, '\0', path.len) ||
        memchr(path.ptr, '\\', path.len))
        return false;
    for (cf_str part; path.len;) {
        cf_str_cut(path, '/', &part, &path);
        if (cf_str_is(part, ".."))
            return false;
    }
    return true;
}
