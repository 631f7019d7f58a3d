/* item.h -- what the benchmarks of the model layer share: the row they read, and a clock. */
#ifndef CARAFE_BENCH_ITEM_H
#define CARAFE_BENCH_ITEM_H

#include <carafe.h>

/* Rows in the table. */
#define ITEMS 10000

typedef struct Item {
    CF_ROW;
    int64_t     id;
    const char *title, *body;
    cf_time     created;
    bool        live;
    double      score;
    int64_t     parent_id;
} Item;
extern const cf_model Item_model;

/* Bytes and numbers that were read, so that no read is optimised away. */
extern int64_t sink;

/* Reads something of every cache line of a row. */
void use_item(const Item *item);

/* Ends the program with a message. */
_Noreturn void stop(const char *what, const char *why);

/* CPU time of this process so far, in microseconds. */
double cpu_us(void);

#endif
