/* asset.h -- files that travel inside the binary: templates, static files, migrations, posts.
 *
 * The build turns folders into a cf_bundle. In development an asset folder on disk, when it is
 * there, wins over the bundle, so that edits show without a build. */
#ifndef CARAFE_ASSET_H
#define CARAFE_ASSET_H

#include <carafe/arena.h>
#include <carafe/error.h>
#include <carafe/str.h>

typedef struct cf_asset {
    const char *path; /* Relative, with '/': "templates/layout.html". */
    cf_str      data;
    cf_str      gzip;   /* Empty when it would not be smaller. */
    cf_str      brotli; /* The same. */
    const char *hash;   /* 16 hex digits of the content's SHA-256. */
    const char *mime;   /* "text/html; charset=utf-8" */
} cf_asset;

/* Sorted by path, bytewise. */
typedef struct cf_bundle {
    const cf_asset *assets;
    size_t          count;
    const char     *source; /* Absolute folder the assets were built from, for development. */
} cf_bundle;

/* Finds an asset by its exact path by binary search. Returns NULL when absent; bundle may be NULL.
 */
const cf_asset *cf_bundle_find(const cf_bundle *bundle, cf_str path);

/* The media type of a file name, by its ending; "application/octet-stream" when unknown. Text
 * types carry "; charset=utf-8". */
const char *cf_mime_type(cf_str path);

/* Reads a whole file.
 *
 * Args:
 *   arena: owns the content, which is NUL-terminated past its end.
 *   path: file name.
 *   limit: most bytes accepted; CF_ELIMIT above.
 *
 * Errors: CF_ENOTFOUND, CF_EIO, CF_ELIMIT; the message names the file.
 */
bool cf_file_read(cf_arena *arena, const char *path, size_t limit, cf_str *out, cf_error *err);

/* Writes a whole file by a temporary name and rename, so that readers see old or new. */
bool cf_file_write(const char *path, cf_str data, cf_error *err);

/* Whether a relative path stays inside its folder: no leading '/', no "..", no NUL, no '\\'. */
bool cf_path_is_safe(cf_str path);

#endif
