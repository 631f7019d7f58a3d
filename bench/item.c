/* item.c -- what the benchmarks of the model layer share: the row they read, and a clock. */
#include "item.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

CF_MODEL(Item, "item", CF_COLUMN(Item, id, .primary_key = true), CF_COLUMN(Item, title, .max = 80),
         CF_COLUMN(Item, body), CF_COLUMN(Item, created), CF_COLUMN(Item, live),
         CF_COLUMN(Item, score), CF_COLUMN(Item, parent_id, .references = "item.id"),
         CF_HAS_MANY(Item, children, Item, .column = "parent_id"));

int64_t sink;

void use_item(const Item *item)
{
    sink += item->title[0] + item->body[0] + item->created.us + item->parent_id;
}

void stop(const char *what, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(1);
}

double cpu_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}
