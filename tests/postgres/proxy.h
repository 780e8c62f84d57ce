/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef POSTGRES_PROXY_H
#define POSTGRES_PROXY_H

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "postgres/support.h"

/* What becomes of the next commit on its way through. */
enum proxy_mode {
    PROXY_PASS,
    PROXY_LOSE_ANSWER,   /* the server has it; then the connection is cut */
    PROXY_LOSE_COMMIT,   /* cut before the server has it */
    PROXY_SWALLOW_COMMIT /* it stays on the way, and the connection open */
};

enum { PROXY_PAIRS = 16 };

/* Stands between the store and the server; one thread. */
struct proxy {
    pthread_t thread;
    int mode; /* the next commit sets it back */
    int is_over;
    char folder[80];
    struct sockaddr_un own;
    struct sockaddr_un real;
    struct pollfd places[1 + 2 * PROXY_PAIRS];
    int is_cut_by_answer[PROXY_PAIRS];
};

static inline void proxy_close(struct proxy *proxy, int pair)
{
    for (int i = 1 + 2 * pair; i <= 2 + 2 * pair; i++) {
        if (proxy->places[i].fd >= 0)
            close(proxy->places[i].fd);
        proxy->places[i].fd = -1;
    }
    proxy->is_cut_by_answer[pair] = 0;
}

static inline void proxy_accept(struct proxy *proxy)
{
    int client = accept(proxy->places[0].fd, NULL, NULL);
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    int pair = 0;
    while (pair < PROXY_PAIRS - 1 && proxy->places[1 + 2 * pair].fd >= 0)
        pair++;
    proxy_close(proxy, pair);
    proxy->places[1 + 2 * pair] = (struct pollfd){.fd = client, .events = POLLIN};
    proxy->places[2 + 2 * pair] = (struct pollfd){.fd = server, .events = POLLIN};
    if (connect(server, (struct sockaddr *)&proxy->real, sizeof(proxy->real)) != 0)
        proxy_close(proxy, pair);
}

/* Bytes of one side to the other; a commit comes in one piece. */
static inline void proxy_move(struct proxy *proxy, int pair, int is_from_client)
{
    char bytes[65536];
    int from = proxy->places[is_from_client ? 1 + 2 * pair : 2 + 2 * pair].fd;
    int to = proxy->places[is_from_client ? 2 + 2 * pair : 1 + 2 * pair].fd;
    int mode = PROXY_PASS;
    ssize_t size = read(from, bytes, sizeof(bytes));
    if (size > 0 && is_from_client && memmem(bytes, (size_t)size, "COMMIT", 6) != NULL)
        mode = __atomic_exchange_n(&proxy->mode, PROXY_PASS, __ATOMIC_SEQ_CST);
    if (mode == PROXY_SWALLOW_COMMIT)
        return;
    int is_cut = size <= 0 || mode == PROXY_LOSE_COMMIT ||
                 (!is_from_client && proxy->is_cut_by_answer[pair]);
    if (is_cut || write(to, bytes, (size_t)size) != size)
        proxy_close(proxy, pair);
    else if (mode == PROXY_LOSE_ANSWER)
        proxy->is_cut_by_answer[pair] = 1;
}

static inline void *proxy_work(void *userdata)
{
    struct proxy *proxy = userdata;
    while (!__atomic_load_n(&proxy->is_over, __ATOMIC_SEQ_CST)) {
        if (poll(proxy->places, 1 + 2 * PROXY_PAIRS, 20) <= 0)
            continue;
        for (int i = 0; i < 2 * PROXY_PAIRS; i++)
            if (proxy->places[1 + i].fd >= 0 && proxy->places[1 + i].revents != 0)
                proxy_move(proxy, i / 2, i % 2 == 0);
        if (proxy->places[0].revents != 0)
            proxy_accept(proxy);
    }
    return NULL;
}

static inline struct proxy *proxy_start(void)
{
    struct proxy *proxy = calloc(1, sizeof(*proxy));
    snprintf(proxy->folder, sizeof(proxy->folder), "%s/proxy", getenv("PGHOST"));
    assert_int_equal(mkdir(proxy->folder, 0755), 0);
    proxy->own.sun_family = proxy->real.sun_family = AF_UNIX;
    snprintf(proxy->own.sun_path, sizeof(proxy->own.sun_path), "%s/.s.PGSQL.5432",
             proxy->folder);
    snprintf(proxy->real.sun_path, sizeof(proxy->real.sun_path), "%s/.s.PGSQL.5432",
             getenv("PGHOST"));
    for (int i = 0; i < 1 + 2 * PROXY_PAIRS; i++)
        proxy->places[i].fd = -1;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&proxy->own, sizeof(proxy->own)), 0);
    assert_int_equal(listen(fd, PROXY_PAIRS), 0);
    proxy->places[0] = (struct pollfd){.fd = fd, .events = POLLIN};
    assert_int_equal(pthread_create(&proxy->thread, NULL, proxy_work, proxy), 0);
    return proxy;
}

static inline void proxy_stop(struct proxy *proxy)
{
    __atomic_store_n(&proxy->is_over, 1, __ATOMIC_SEQ_CST);
    pthread_join(proxy->thread, NULL);
    for (int i = 0; i < PROXY_PAIRS; i++)
        proxy_close(proxy, i);
    close(proxy->places[0].fd);
    unlink(proxy->own.sun_path);
    rmdir(proxy->folder);
    free(proxy);
}

#endif
