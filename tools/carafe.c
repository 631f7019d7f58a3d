/* carafe.c -- the tool `carafe`. */
#include <carafe/cli.h>

int main(int argc, char **argv)
{
    return cf_tool_main(argc, argv);
}
