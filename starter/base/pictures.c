/* pictures.c -- uploaded pictures: decoded, encoded anew, stored under names of our own.
 *
 * A name is random and never used twice, so a picture may be cached for as long as one likes, and
 * what the visitor's computer called the file never reaches our disk. */
#include "pictures.h"

#include "forms.h"

#include <errno.h>
#include <stdio.h>

const char *upload_folder(cf_request *req)
{
    return cf_config_text(cf_app_config(cf_request_app(req)), "UPLOAD_FOLDER");
}

/* One piece of file work, done on the thread pool so that a slow disk holds up nobody. */
typedef struct file_work {
    const char *folder, *path;
    cf_str      data;
    bool        ok;
    cf_error    error;
} file_work;

static void write_file(void *arg)
{
    file_work *work = arg;
    work->ok = cf_folder_make(work->folder, &work->error) &&
               cf_file_write(work->path, work->data, &work->error);
}

static void remove_file(void *arg)
{
    file_work *work = arg;
    work->ok = remove(work->path) == 0 || errno == ENOENT;
}

static bool store(cf_request *req, const cf_image *image, const char *prefix, const char **name,
                  cf_error *err)
{
    cf_arena *arena = cf_request_arena(req);
    char *file = cf_printf(arena, "%s-%s.%s", prefix, cf_random_token(arena, 12), image->extension);
    file_work *work = cf_new(arena, file_work);

    work->folder = upload_folder(req);
    work->path = cf_printf(arena, "%s/%s", work->folder, file);
    work->data = image->data;
    if (!cf_offload(write_file, work, err))
        return false;
    if (!work->ok) {
        *err = work->error;
        return false;
    }
    *name = file;
    return true;
}

bool picture_take(cf_request *req, cf_form *form, const char *field, picture_kind kind,
                  const char **name)
{
    static const cf_image_options options[] = {
        [PICTURE_AVATAR] = { .max_side = 512, .square = true },
        [PICTURE_POST] = { .max_side = 1600 },
    };
    static const char *const prefixes[] = { [PICTURE_AVATAR] = "avatar", [PICTURE_POST] = "post" };
    cf_arena                *arena = cf_request_arena(req);
    const cf_upload         *upload = cf_form_file(form, field);
    cf_image                 image;
    cf_str                   data;
    cf_error                 err = { 0 };

    *name = NULL;
    if (!upload)
        return true;
    if (!cf_upload_read(upload, arena, PICTURE_MAX_SIZE, &data, &err) ||
        !cf_image_reencode(arena, data, &options[kind], &image, &err)) {
        cf_log(CF_INFO, "refused a picture: %s", err.message);
        cf_form_error(form, field, "%s",
                      err.code == CF_ELIMIT ? "This picture is too large."
                                            : "This file is not a picture that can be read.");
        return false;
    }
    if (!store(req, &image, prefixes[kind], name, &err)) {
        cf_log_error(&err, "cannot store a picture");
        cf_form_error(form, field, "The picture could not be stored. Try again later.");
        return false;
    }
    return true;
}

void picture_remove(cf_request *req, const char *name)
{
    cf_error   err = { 0 };
    file_work *work;

    if (!name || !*name || !cf_path_is_safe(cf_str_of(name)))
        return;
    work = cf_new(cf_request_arena(req), file_work);
    work->path = cf_printf(cf_request_arena(req), "%s/%s", upload_folder(req), name);
    if (!cf_offload(remove_file, work, &err))
        remove_file(work); /* Nobody waits for a canceled request, but its file must go. */
    if (!work->ok)
        cf_log(CF_WARNING, "could not delete the picture %s", work->path);
}
