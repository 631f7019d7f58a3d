/* test_supervisor.c -- worker processes that crash, are killed, drained and replaced. */
#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <carafe/server.h>
#include <carafe/time.h>

#define PATIENCE 10000 /* Milliseconds. */

static char  folder[] = "/tmp/carafe-test-supervisor-XXXXXX";
static char  port_file[64], log_file[64], binary[64];
static pid_t supervisor;
static int   port;
static char  text[65536];

static void ignore_request(void *data, cf_arena *arena, cf_http_request *request,
                           cf_http_response *response)
{
    (void)data, (void)arena, (void)request, (void)response;
}

static const char *read_text(const char *path)
{
    FILE  *file = fopen(path, "r");
    size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;

    text[size] = '\0';
    if (file)
        fclose(file);
    return text;
}

static void pause_briefly(int64_t since)
{
    cr_assert_lt(cf_monotonic_us() - since, PATIENCE * 1000, "it did not happen; the log: %s",
                 read_text(log_file));
    usleep(5000);
}

/* A process that ended stays as a zombie for as long as whoever inherited it takes to notice. */
static bool has_ended(pid_t pid)
{
    char        path[40];
    const char *state;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    state = strrchr(read_text(path), ')');
    return !state || strncmp(state, ") Z", 3) == 0;
}

static void copy_file(const char *from, const char *to)
{
    char   part[65536];
    FILE  *in = fopen(from, "r"), *out = fopen(to, "w");
    size_t n;

    cr_assert(in && out);
    while ((n = fread(part, 1, sizeof part, in)) > 0)
        fwrite(part, 1, n, out);
    fclose(in);
    fclose(out);
    chmod(to, 0755);
}

static void spawn(const char *workers, const char *drain)
{
    cr_assert(mkdtemp(folder));
    snprintf(port_file, sizeof port_file, "%s/port", folder);
    snprintf(log_file, sizeof log_file, "%s/log", folder);
    snprintf(binary, sizeof binary, "%s/sample", folder);
    copy_file(NET_SAMPLE, binary);
    supervisor = fork();
    if (supervisor == 0) {
        if (!freopen(log_file, "w", stderr))
            _exit(126);
        execl(binary, binary, port_file, workers, drain, (char *)NULL);
        _exit(127);
    }
}

static void start(void)
{
    int64_t since = cf_monotonic_us();

    spawn("1", "2000");
    while ((port = (int)strtol(read_text(port_file), NULL, 10)) == 0)
        pause_briefly(since);
}

static int wait_for_end(void)
{
    int64_t since = cf_monotonic_us();
    int     status;

    while (waitpid(supervisor, &status, WNOHANG) == 0)
        pause_briefly(since);
    supervisor = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void clean(void)
{
    char broken[80];

    snprintf(broken, sizeof broken, "%s.broken", port_file);
    unlink(broken);
    unlink(port_file);
    unlink(log_file);
    unlink(binary);
    rmdir(folder);
}

static void stop(void)
{
    kill(supervisor, SIGTERM);
    cr_assert_eq(wait_for_end(), 0, "%s", read_text(log_file));
    clean();
}

static int client(const char *path)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    char               request[256];
    int                fd = socket(AF_INET, SOCK_STREAM, 0);

    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0,
                 "a connection was refused");
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
             path);
    cr_assert_gt(send(fd, request, strlen(request), MSG_NOSIGNAL), 0);
    return fd;
}

static const char *answer_of(int fd)
{
    static char   answer[4096];
    struct pollfd item = { .fd = fd, .events = POLLIN };
    size_t        size = 0;
    ssize_t       n = 1;

    while (n > 0 && size < sizeof answer - 1) {
        cr_assert_eq(poll(&item, 1, PATIENCE), 1, "no answer; the log: %s", read_text(log_file));
        n = recv(fd, answer + size, sizeof answer - 1 - size, 0);
        size += n > 0 ? (size_t)n : 0;
    }
    answer[size] = '\0';
    close(fd);
    return answer;
}

static const char *get(const char *path)
{
    return answer_of(client(path));
}

static pid_t worker_of(const char *answer)
{
    const char *word = strstr(answer, "worker ");

    cr_assert(word, "no worker answered but: %s", answer);
    return (pid_t)strtol(word + 7, NULL, 10);
}

static void expect_log(const char *part)
{
    int64_t since = cf_monotonic_us();

    while (!strstr(read_text(log_file), part))
        pause_briefly(since);
}

Test(supervisor, a_crash_is_a_500_a_log_entry_and_a_new_worker, .init = start, .fini = stop)
{
    pid_t before = worker_of(get("/"));

    cr_assert(strstr(get("/segfault"), "HTTP/1.1 500 "));
    cr_assert_neq(worker_of(get("/")), before);
    expect_log("Segmentation fault");
    expect_log("'/segfault'");
    expect_log("handler (tests/net/sample.c:");
}

Test(supervisor, a_crash_is_answered_by_the_apps_own_page, .init = start, .fini = stop)
{
    const char *answer = get("/segfault?a=b");

    cr_assert(strstr(answer, "HTTP/1.1 500 "));
    cr_assert(strstr(answer, "\r\nConnection: close\r\n"));
    cr_assert(strstr(answer, "crashed: Segmentation fault in /segfault, /segfault?a=b"));
}

/* The sample's page for an abort aborts as well. */
Test(supervisor, an_abort_is_a_500_too, .init = start, .fini = stop)
{
    cr_assert(strstr(get("/abort"), "HTTP/1.1 500 "));
    cr_assert(strstr(get("/"), " ok"));
    expect_log("in '/abort'");
}

Test(supervisor, an_overflowing_stack_is_named, .init = start, .fini = stop)
{
    cr_assert(strstr(get("/overflow"), "HTTP/1.1 500 "));
    expect_log("stack overflow");
    expect_log("in '/overflow': overflow");
    expect_log(" times)");
    cr_assert(strstr(get("/"), " ok"));
}

Test(supervisor, no_connection_is_refused_while_workers_are_killed, .init = start, .fini = stop)
{
    for (int i = 0; i < 5; i++) {
        pid_t worker = worker_of(get("/"));
        kill(worker, SIGKILL);
        for (int k = 0; k < 3; k++) {
            /* One that the dying worker had accepted already may come to nothing. */
            const char *answer = get("/");
            cr_assert(strstr(answer, " ok") || k == 0);
        }
    }
}

Test(supervisor, a_handler_that_holds_its_loop_is_logged_with_its_stack, .init = start,
     .fini = stop)
{
    int64_t since = cf_monotonic_us();

    /* On a busy machine the watchdog's thread may itself be late: it gets further chances. */
    do {
        cr_assert(strstr(get("/hold"), " ok"));
        pause_briefly(since);
    } while (!strstr(read_text(log_file), "'/hold' has held its loop for"));
    expect_log("handler (tests/net/sample.c:");
}

Test(supervisor, sigterm_lets_running_requests_end, .init = start)
{
    int fd = client("/slow");

    usleep(100000);
    kill(supervisor, SIGTERM);
    cr_assert(strstr(answer_of(fd), " ok"));
    cr_assert_eq(wait_for_end(), 0);
    clean();
}

Test(supervisor, sigquit_ends_at_once, .init = start)
{
    int fd = client("/slow");

    usleep(100000);
    kill(supervisor, SIGQUIT);
    cr_assert_eq(wait_for_end(), 0);
    cr_assert_null(strstr(answer_of(fd), " ok"));
    clean();
}

Test(supervisor, workers_end_with_their_supervisor, .init = start)
{
    pid_t   worker = worker_of(get("/"));
    int64_t since = cf_monotonic_us();

    kill(supervisor, SIGKILL);
    cr_assert_eq(wait_for_end(), -SIGKILL);
    while (!has_ended(worker))
        pause_briefly(since);
    clean();
}

Test(supervisor, sighup_takes_the_new_binary_and_loses_no_request, .init = start, .fini = stop)
{
    pid_t   before = worker_of(get("/")), now = before;
    int64_t since = cf_monotonic_us();
    int     running = client("/slow");
    char    fresh[80];

    usleep(50000);
    snprintf(fresh, sizeof fresh, "%s.new", binary);
    copy_file(NET_SAMPLE, fresh);
    cr_assert_eq(rename(fresh, binary), 0);
    kill(supervisor, SIGHUP);
    while (now == before) {
        now = worker_of(get("/"));
        pause_briefly(since);
    }
    cr_assert_eq(worker_of(answer_of(running)), before);
    while (!has_ended(before))
        pause_briefly(since);
    cr_assert_eq(kill(supervisor, 0), 0, "it is still the same process");
    cr_assert_eq(worker_of(get("/")), now);
    kill(supervisor, SIGHUP);
    while (worker_of(get("/")) == now)
        pause_briefly(since);
}

Test(supervisor, sighup_with_a_binary_that_does_not_start_changes_nothing, .init = start,
     .fini = stop)
{
    pid_t before = worker_of(get("/"));
    char  broken[80];

    snprintf(broken, sizeof broken, "%s.broken", port_file);
    fclose(fopen(broken, "w"));
    kill(supervisor, SIGHUP);
    expect_log("the new binary does not start");
    cr_assert_eq(worker_of(get("/")), before);
}

Test(supervisor, workers_that_cannot_start_end_it_with_the_reason)
{
    setenv("SAMPLE_FAILS", "1", 1);
    spawn("2", "2000");
    cr_assert_eq(wait_for_end(), 1);
    cr_assert(strstr(read_text(log_file), "sample: the database is not there"));
    clean();
}

Test(supervisor, a_port_in_use_is_an_error_that_says_so, .init = start, .fini = stop)
{
    cf_server_options options = { .port = port, .handler = ignore_request };
    cf_error          err = { 0 };

    cr_assert_not(cf_server_run(&options, &err));
    cr_assert(strstr(err.message, "in use"));
}
