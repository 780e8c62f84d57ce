/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A store with many certificates: how fast they go in, how soon the store opens, how long a
 * look-up takes, how large it is; TAP. Through the library's calls. Arguments: number of
 * certificates, then --judge to fail what misses its target.
 */
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <smimegw/smimegw.h>
#include <smimegw/sqlite.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* One certificate in so many is of a domain. */
enum { DOMAIN_EACH = 100, BATCH = 10000, LOOKUPS = 20001, TARGET_RATE = 5000 };
static const double target_open = 1.0;
static const double target_lookup = 50e-6;

/* A certificate whose names hold seven digits that can be changed: its signature is wrong
 * then, which nobody asks a store about. */
struct pattern {
    gnutls_datum_t der;
    const char *digits; /* where they stand, with the text around them */
};

struct bench {
    char path[64];
    struct pattern address;
    struct pattern domain;
    long count;
};

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void need(int ret, const char *what)
{
    if (ret == 0)
        return;
    printf("Bail out! %s: %d\n", what, ret);
    exit(1);
}

static void make_pattern(struct pattern *pattern, gnutls_x509_subject_alt_name_t type,
                         const char *name)
{
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t crt;
    unsigned int size = (unsigned int)strlen(name);
    need(gnutls_x509_privkey_init(&key), "key");
    need(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                      GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
         "key");
    need(gnutls_x509_crt_init(&crt), "certificate");
    need(gnutls_x509_crt_set_version(crt, 3), "version");
    need(gnutls_x509_crt_set_serial(crt, "\x01\x02\x03\x04\x05\x06\x07\x08", 8), "serial");
    need(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name, size), "CN");
    need(gnutls_x509_crt_set_activation_time(crt, 1700000000), "time");
    need(gnutls_x509_crt_set_expiration_time(crt, 2600000000), "time");
    need(gnutls_x509_crt_set_key(crt, key), "key");
    need(gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE |
                                                GNUTLS_KEY_KEY_AGREEMENT),
         "key usage");
    need(gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_EMAIL_PROTECTION, 0), "purpose");
    need(gnutls_x509_crt_set_subject_alt_name(crt, type, name, size, GNUTLS_FSAN_SET), "SAN");
    need(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0), "signature");
    need(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &pattern->der), "DER");
    pattern->digits = name;
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
}

/* Write a name of the same length over each place where the pattern's stands. */
static void rename_pattern(struct pattern *pattern, char *name)
{
    unsigned char *at = pattern->der.data;
    const unsigned char *end = at + pattern->der.size;
    size_t size = strlen(name);
    while ((at = memmem(at, (size_t)(end - at), pattern->digits, size)) != NULL) {
        memcpy(at, name, size);
        at += size;
    }
    pattern->digits = name;
}

static int is_domain(long number)
{
    return number % DOMAIN_EACH == 0;
}

static void name_of(long number, char ret[40])
{
    snprintf(ret, 40, is_domain(number) ? "dom%07ld.example" : "user%07ld@example.com",
             number);
}

static void put_one(struct bench *bench, struct smimegw_transaction *transaction, long number,
                    char name[2][40])
{
    struct smimegw_error *error = NULL;
    int domain = is_domain(number);
    struct pattern *pattern = domain ? &bench->domain : &bench->address;
    char next[40];
    name_of(number, next);
    rename_pattern(pattern, next);
    snprintf(name[domain], 40, "%s", next);
    pattern->digits = name[domain];
    const struct smimegw_record record = {
        .size = sizeof(record),
        .kind = SMIMEGW_RECORD_HARVESTED,
        .grade = SMIMEGW_GRADE_HARVESTED,
        .name = next,
        .origin = "bench",
        .data = pattern->der.data,
        .data_size = pattern->der.size,
        .added = 1700000000 + number / 100,
    };
    int ret = smimegw_transaction_put(transaction, &record, SMIMEGW_KEYRING_REPLACE, &error);
    need(ret, smimegw_error_text(error));
}

static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A second; ret_processor: a second of the processor, for machines that do other things, too.
 */
static double import_all(struct bench *bench, double *ret_processor)
{
    char names[2][40];
    struct smimegw_store *store;
    struct smimegw_error *error = NULL;
    make_pattern(&bench->address, GNUTLS_SAN_RFC822NAME, "user0000000@example.com");
    make_pattern(&bench->domain, GNUTLS_SAN_DNSNAME, "dom0000000.example");
    double start = seconds();
    double processor = processor_seconds();
    need(smimegw_sqlite_open(bench->path, SMIMEGW_SQLITE_CREATE, 0, &store, &error),
         smimegw_error_text(error));
    for (long done = 0; done < bench->count; done += BATCH) {
        struct smimegw_transaction *transaction;
        need(smimegw_transaction_new(store, SMIMEGW_TRANSACTION_WRITE, &transaction, NULL),
             "transaction");
        for (long i = done; i < done + BATCH && i < bench->count; i++)
            put_one(bench, transaction, i, names);
        need(smimegw_transaction_commit(transaction, NULL), "commit");
    }
    smimegw_store_unref(store);
    double rate = (double)bench->count / (seconds() - start);
    *ret_processor = (double)bench->count / (processor_seconds() - processor);
    gnutls_free(bench->address.der.data);
    gnutls_free(bench->domain.der.data);
    return rate;
}

static int count_record(void *userdata, const struct smimegw_record *record)
{
    (void)record;
    ++*(int *)userdata;
    return 0;
}

/* A transaction that looks for one address and finds one record. */
static double time_lookup(struct smimegw_store *store, long number)
{
    char name[40];
    char address[44];
    const char *const wanted = address;
    struct smimegw_transaction *transaction;
    int found = 0;
    name_of(number, name);
    snprintf(address, sizeof(address), "%s%s", is_domain(number) ? "x@" : "", name);
    double start = seconds();
    need(smimegw_transaction_new(store, SMIMEGW_TRANSACTION_READ, &transaction, NULL), "read");
    need(smimegw_transaction_find(transaction, &wanted, 1, count_record, &found, NULL),
         "find");
    need(smimegw_transaction_commit(transaction, NULL), "end");
    double time = seconds() - start;
    need(found - 1, address);
    return time;
}

static int compare_doubles(const void *a, const void *b)
{
    double first = *(const double *)a;
    double second = *(const double *)b;
    return (first > second) - (first < second);
}

static double lookup_median(struct smimegw_store *store, const struct bench *bench, int domain,
                            double *ret_p99)
{
    static double times[LOOKUPS];
    for (int i = 0; i < LOOKUPS; i++) {
        long number = random() % (bench->count / DOMAIN_EACH) * DOMAIN_EACH;
        if (!domain)
            number += 1 + random() % (DOMAIN_EACH - 1);
        times[i] = time_lookup(store, number);
    }
    qsort(times, LOOKUPS, sizeof(times[0]), compare_doubles);
    *ret_p99 = times[LOOKUPS * 99 / 100];
    return times[LOOKUPS / 2];
}

static void print_lookups(struct smimegw_store *store, const struct bench *bench, int domain,
                          int is_judged)
{
    double p99;
    double p50 = lookup_median(store, bench, domain, &p99);
    printf("%sok %d - look-up by %s in a transaction of its own: p50 %.1f us, p99 %.1f us\n",
           is_judged && p50 > target_lookup ? "not " : "", 3 + domain,
           domain ? "domain" : "address", p50 * 1e6, p99 * 1e6);
}

int main(int argc, char **argv)
{
    struct bench bench = {.count = argc > 1 ? atol(argv[1]) : 1000000};
    int is_judged = argc > 2 && strcmp(argv[2], "--judge") == 0;
    struct smimegw_store *store;
    struct stat status;
    snprintf(bench.path, sizeof(bench.path), "/tmp/smimegw-bench-%d", (int)getpid());
    double processor;
    double rate = import_all(&bench, &processor);
    need(stat(bench.path, &status), "size");
    printf("1..4\n# %ld certificates, %.0f bytes each in the file, %.0f MB\n", bench.count,
           (double)status.st_size / (double)bench.count, (double)status.st_size / 1e6);
    printf("%sok 1 - %.0f a second go in, %.0f a second of the processor\n",
           is_judged && rate < TARGET_RATE ? "not " : "", rate, processor);
    double start = seconds();
    need(smimegw_sqlite_open(bench.path, 0, 0, &store, NULL), "open");
    double open_time = seconds() - start;
    printf("%sok 2 - it opens in %.1f ms\n",
           is_judged && open_time > target_open ? "not " : "", open_time * 1e3);
    print_lookups(store, &bench, 0, is_judged);
    print_lookups(store, &bench, 1, is_judged);
    smimegw_store_unref(store);
    unlink(bench.path);
    return 0;
}
