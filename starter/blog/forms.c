/* forms.c -- the form that writes a post. */
#include "forms.h"

#include "../base/forms.h"
#include "models.h"

static cf_query *all_tags(cf_request *req)
{
    return cf_query_order_by(cf_select(req, Tag), "name");
}

/* clang-format off */
CF_FORM(PostForm,
    CF_STRING("title", .label = "Title", .required = true, .max = POST_TITLE_MAX),
    CF_STRING("subtitle", .label = "Subtitle", .max = POST_SUBTITLE_MAX),
    CF_TEXTAREA("body", .label = "Content", .required = true, .max = 200000, .keep_space = true),
    CF_SELECT("status", .label = "Status", .fallback = "draft",
              .choices = CF_CHOICES({ "draft", "Draft" }, { "published", "Published" },
                                    { "archived", "Archived" })),
    CF_QUERY_SELECT_MULTIPLE("tags", .label = "Tags", .query = all_tags, .option_label = "name"),
    CF_STRING("new_tags", .label = "New tags", .max = 300),
    CF_FILE("image", .label = "Picture", .allowed = PICTURE_ENDINGS, .max_size = PICTURE_MAX_SIZE));
/* clang-format on */
