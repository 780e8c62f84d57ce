/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A server that is reached, and never says a word. */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "postgres/support.h"

static int listen_on(int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void a_string_does_not_make_it_wait_for_ever(void **state)
{
    const char *const settings[] = {"timeout-ms", "100", NULL};
    char connection[100];
    int port;
    int fd = listen_on(&port);
    struct smimegw_store *store = NULL;
    time_t start = time(NULL);
    (void)state;
    snprintf(connection, sizeof(connection), "host=127.0.0.1 port=%d connect_timeout=0", port);
    assert_int_equal(smimegw_postgres_open(connection, settings, &store, NULL),
                     SMIMEGW_E_STORE);
    assert_true(time(NULL) - start < 30);
    close(fd);
}

static void the_next_host_is_asked(void **state)
{
    const char *const settings[] = {"create", "yes", "timeout-ms", "100", NULL};
    char connection[200];
    int port;
    int fd = listen_on(&port);
    struct smimegw_store *store = NULL;
    (void)state;
    wipe_store();
    snprintf(connection, sizeof(connection), "host=127.0.0.1,%s port=%d,%s dbname=postgres",
             getenv("PGHOST"), port, getenv("PGPORT") != NULL ? getenv("PGPORT") : "5432");
    assert_int_equal(smimegw_postgres_open(connection, settings, &store, NULL), SMIMEGW_OK);
    assert_int_equal(put_alert(store, "one"), SMIMEGW_OK);
    smimegw_store_unref(store);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_string_does_not_make_it_wait_for_ever),
        cmocka_unit_test(the_next_host_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
