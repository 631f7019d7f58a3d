/* main.c -- the program. */
#include "app.h"

int main(int argc, char **argv)
{
    return cf_main(argc, argv, create_app);
}
