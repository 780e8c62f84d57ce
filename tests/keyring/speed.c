/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file with 100,000 public keys: imported at 5,000 a second or better, into a keyring and
 * into a store in memory; looked up at once; TAP. Argument: number of entries. */
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <smimegw/smimegw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    DIFFERENT = 10000,
    RATE = 5000,
    TRIES = 3,
    LOOKUP_MICROSECONDS = 20,
    STORE_MICROSECONDS = 50,
    LOOKUPS = 20000
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

/* A certificate for userN@example.com, PEM. */
static gnutls_datum_t make_cert(gnutls_x509_privkey_t key, int number)
{
    char address[64];
    uint8_t serial[8] = {1};
    gnutls_x509_crt_t crt;
    gnutls_datum_t pem;
    memcpy(serial + 4, &number, 4);
    snprintf(address, sizeof(address), "user%d@example.com", number);
    need(gnutls_x509_crt_init(&crt), "certificate");
    need(gnutls_x509_crt_set_version(crt, 3), "version");
    need(gnutls_x509_crt_set_serial(crt, serial, sizeof(serial)), "serial");
    need(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, address,
                                       (unsigned int)strlen(address)),
         "name");
    need(gnutls_x509_crt_set_activation_time(crt, 1700000000), "time");
    need(gnutls_x509_crt_set_expiration_time(crt, 2600000000), "time");
    need(gnutls_x509_crt_set_key(crt, key), "key");
    need(gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE |
                                                GNUTLS_KEY_KEY_ENCIPHERMENT),
         "key usage");
    need(gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_EMAIL_PROTECTION, 0), "purpose");
    need(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_RFC822NAME, address,
                                              (unsigned int)strlen(address), GNUTLS_FSAN_SET),
         "address");
    need(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0), "signature");
    need(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem), "PEM");
    gnutls_x509_crt_deinit(crt);
    return pem;
}

static void write_file(FILE *file, size_t entries)
{
    gnutls_x509_privkey_t key;
    static gnutls_datum_t pems[DIFFERENT];
    need(gnutls_x509_privkey_init(&key), "key");
    need(gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, 2048, 0), "key");
    for (int i = 0; i < DIFFERENT; i++)
        pems[i] = make_cert(key, i);
    for (size_t i = 0; i < entries; i++)
        fprintf(file, "Name: key number %zu\nOrigin: speed\n%s\n", i,
                pems[i % DIFFERENT].data);
    for (int i = 0; i < DIFFERENT; i++)
        gnutls_free(pems[i].data);
    gnutls_x509_privkey_deinit(key);
}

static int count(void *userdata, int outcome, size_t line, const char *name, const char *text,
                 size_t done, size_t size)
{
    (void)line;
    (void)name;
    (void)text;
    (void)done;
    (void)size;
    *(size_t *)userdata += outcome == SMIMEGW_IMPORT_ADDED;
    return 0;
}

static double import_rate(struct smimegw_keyring *keyring, const char *data, size_t size,
                          size_t entries)
{
    size_t added = 0;
    double start = seconds();
    need(smimegw_keyring_import(keyring, data, size, 0, count, &added, NULL), "import");
    if (added != entries)
        need((int)added, "not all entries were taken; added");
    return (double)entries / (seconds() - start);
}

/* Microseconds of one lookup of an address, its domain, its wildcard; most find nothing. */
static double lookup_time(const struct smimegw_keyring *keyring)
{
    char address[64];
    double start = seconds();
    for (int i = 0; i < LOOKUPS; i++) {
        snprintf(address, sizeof(address), "nobody%d@sub%d.example.org", i, i);
        smimegw_keyring_lookup(keyring, address, -1);
    }
    return (seconds() - start) / LOOKUPS * 1e6;
}

static double store_rate(struct smimegw_store *store, const char *data, size_t size,
                         size_t entries)
{
    struct smimegw_transaction *transaction;
    size_t added = 0;
    double start = seconds();
    need(smimegw_transaction_new(store, SMIMEGW_TRANSACTION_WRITE, &transaction, NULL),
         "transaction");
    need(smimegw_transaction_import(transaction, data, size, 0, count, &added, NULL),
         "import");
    need(smimegw_transaction_commit(transaction, NULL), "commit");
    if (added != entries)
        need((int)added, "not all entries were taken; added");
    return (double)entries / (seconds() - start);
}

static int take_first(void *userdata, const struct smimegw_record *record)
{
    *(int *)userdata += record->data_size > 0;
    return 1;
}

/* The same of a store, with a transaction for each; all find one. */
static double store_lookup_time(struct smimegw_store *store)
{
    char address[64];
    const char *addresses[] = {address};
    struct smimegw_transaction *transaction;
    int found = 0;
    double start = seconds();
    for (int i = 0; i < LOOKUPS; i++) {
        snprintf(address, sizeof(address), "user%d@example.com", i % DIFFERENT);
        smimegw_transaction_new(store, SMIMEGW_TRANSACTION_READ, &transaction, NULL);
        smimegw_transaction_find(transaction, addresses, 1, take_first, &found, NULL);
        smimegw_transaction_rollback(transaction);
    }
    double spent = seconds() - start;
    if (found != LOOKUPS)
        need(found, "not all were found; found");
    return spent / LOOKUPS * 1e6;
}

static int tell(int number, double rate, double lookup, int most, const char *what)
{
    printf("%s %d - %s: imported at %.0f a second\n", rate >= RATE ? "ok" : "not ok", number,
           what, rate);
    printf("%s %d - %s: a lookup takes %.1f us\n", lookup < most ? "ok" : "not ok", number + 1,
           what, lookup);
    return rate >= RATE && lookup < most ? 0 : 1;
}

int main(int argc, char **argv)
{
    char *data = NULL;
    size_t size = 0;
    double best = 0;
    double lookup = 0;
    double store_best = 0;
    double store_lookup = 0;
    size_t entries = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
    FILE *file = open_memstream(&data, &size);
    write_file(file, entries);
    fclose(file);
    /* a busy machine may be slow twice */
    for (int i = 0; i < TRIES && best < RATE; i++) {
        struct smimegw_keyring *keyring;
        need(smimegw_keyring_new(&keyring, NULL), "keyring");
        double rate = import_rate(keyring, data, size, entries);
        best = rate > best ? rate : best;
        lookup = lookup_time(keyring);
        smimegw_keyring_free(keyring);
    }
    for (int i = 0; i < TRIES && (store_best < RATE || store_lookup > STORE_MICROSECONDS);
         i++) {
        struct smimegw_store *store;
        need(smimegw_store_new_memory(&store, NULL), "store");
        double rate = store_rate(store, data, size, entries);
        store_best = rate > store_best ? rate : store_best;
        store_lookup = store_lookup_time(store);
        smimegw_store_unref(store);
    }
    printf("1..4\n# %zu entries (%.0f MB)\n", entries, (double)size / 1e6);
    free(data);
    return tell(1, best, lookup, LOOKUP_MICROSECONDS, "keyring") |
           tell(3, store_best, store_lookup, STORE_MICROSECONDS, "store in memory");
}
