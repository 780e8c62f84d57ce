/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Profiles, policies and certificates of identities that are kept in a store. */
#include "plan_support.h"

#include "store/store_support.h"

#define HEAD "# smimegw profiles 1\n\n"

static int load_now(struct smimegw_store *store, struct smimegw_profiles *profiles,
                    uint32_t flags, const char *text)
{
    struct smimegw_error *error = NULL;
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_READ);
    int ret = smimegw_profiles_load(profiles, transaction, flags, &error);
    if (text != NULL && strstr(smimegw_error_text(error), text) == NULL)
        fail_msg("%s, not %s", smimegw_error_text(error), text);
    smimegw_error_free(error);
    smimegw_transaction_rollback(transaction);
    return ret;
}

static void save_now(struct smimegw_store *store, const struct smimegw_profiles *profiles)
{
    struct smimegw_error *error = NULL;
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    need(smimegw_profiles_save(profiles, transaction, &error), error, "save");
    commit(transaction);
}

static struct smimegw_buffer *export_set(const struct smimegw_profiles *profiles)
{
    struct smimegw_buffer *text = make_buffer();
    assert_int_equal(smimegw_profiles_export(profiles, smimegw_buffer_write, text, NULL),
                     SMIMEGW_OK);
    return text;
}

static struct smimegw_profiles *import_set(const char *text)
{
    struct smimegw_profiles *profiles;
    assert_int_equal(smimegw_profiles_new(&profiles, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_profiles_import(profiles, text, strlen(text), 0, NULL),
                     SMIMEGW_OK);
    return profiles;
}

static struct smimegw_store *make_store(void)
{
    struct smimegw_store *store;
    assert_int_equal(smimegw_store_new_memory(&store, NULL), SMIMEGW_OK);
    return store;
}

static void profiles_come_back(void **state)
{
    (void)state;
    struct smimegw_store *store = make_store();
    struct smimegw_profiles *made = import_set(
        HEAD "[a]\nmode = encrypt\ncipher = aes-256-gcm\n\n[b [x]]\n\n[c]\nmode = triple\n");
    struct smimegw_profiles *read = import_set(HEAD);
    save_now(store, made);
    assert_int_equal(load_now(store, read, 0, NULL), SMIMEGW_OK);
    struct smimegw_buffer *before = export_set(made);
    struct smimegw_buffer *after = export_set(read);
    assert_string_equal(smimegw_buffer_data(before), smimegw_buffer_data(after));
    /* a name that is taken, and nothing is changed */
    assert_int_equal(load_now(store, read, 0, "another profile called \"a\""),
                     SMIMEGW_E_USAGE);
    assert_int_equal(load_now(store, read, SMIMEGW_PROFILES_REPLACE, NULL), SMIMEGW_OK);
    assert_int_equal(load_now(store, read, 2, NULL), SMIMEGW_E_USAGE);
    /* the store becomes what the set is */
    assert_int_equal(smimegw_profiles_remove(made, "b [x]", NULL), SMIMEGW_OK);
    save_now(store, made);
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_READ);
    expect_each(transaction, SMIMEGW_RECORD_PROFILE, NULL, "a c ");
    assert_int_equal(smimegw_profiles_save(made, transaction, NULL), SMIMEGW_E_USAGE);
    smimegw_transaction_rollback(transaction);
    assert_int_equal(smimegw_profiles_load(NULL, NULL, 0, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_profiles_save(NULL, NULL, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_profiles_load(read, NULL, 0, NULL), SMIMEGW_E_USAGE);
    smimegw_buffer_free(before);
    smimegw_buffer_free(after);
    smimegw_profiles_free(made);
    smimegw_profiles_free(read);
    smimegw_store_unref(store);
}

/* Records of others' making. */
static void what_is_no_profile_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *error;
    } rows[] = {
        {"mode = sign\n", "record \"x\": line 1"},
        {HEAD, "record \"x\": it does not hold one profile"},
        {HEAD "[y]\n", "record \"x\": it does not hold one profile"},
        {HEAD "[x]\n\n[y]\n", "record \"x\": it does not hold one profile"},
        {HEAD "[x]\nmode = loud\n", "record \"x\": line 4"},
        {"# smimegw policies 1\n\n[x]\n", "record \"x\": line 1"},
        {HEAD "[w]\n", "record \"x\": line 3: there is another profile"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct smimegw_store *store = make_store();
        struct smimegw_profiles *profiles = import_set(HEAD "[kept]\n");
        const struct smimegw_record good =
            text_record(SMIMEGW_RECORD_PROFILE, "w", HEAD "[w]\n");
        const struct smimegw_record bad =
            text_record(SMIMEGW_RECORD_PROFILE, "x", rows[i].text);
        put_now(store, &good);
        put_now(store, &bad);
        assert_int_equal(load_now(store, profiles, 0, rows[i].error), SMIMEGW_E_SETTING);
        assert_int_equal(smimegw_profiles_count(profiles), 1);
        smimegw_profiles_free(profiles);
        smimegw_store_unref(store);
    }
}

static void policies_come_back(void **state)
{
    (void)state;
    static const char text[] = "# smimegw policies 1\n\n[in]\nsignature = remove\n";
    struct smimegw_store *store = make_store();
    struct smimegw_policies *made;
    struct smimegw_policies *read;
    assert_int_equal(smimegw_policies_new(&made, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_policies_new(&read, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_policies_import(made, text, strlen(text), 0, NULL), SMIMEGW_OK);
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    assert_int_equal(smimegw_policies_save(made, transaction, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_policies_load(read, transaction, 0, NULL), SMIMEGW_OK);
    expect_each(transaction, SMIMEGW_RECORD_PROFILE, NULL, "");
    commit(transaction);
    struct smimegw_buffer *file = make_buffer();
    assert_int_equal(smimegw_policies_export(read, smimegw_buffer_write, file, NULL),
                     SMIMEGW_OK);
    assert_string_equal(smimegw_buffer_data(file), text);
    smimegw_buffer_free(file);
    smimegw_policies_free(made);
    smimegw_policies_free(read);
    smimegw_store_unref(store);
}

/* The store has its certificates, the host its key. */
static int make_identity(void *userdata, const struct smimegw_record *record)
{
    struct smimegw_buffer *file = make_buffer();
    struct smimegw_buffer *key = read_key_file("rsa2048-key.pem");
    smimegw_buffer_write(file, record->data, record->data_size);
    smimegw_buffer_write(file, smimegw_buffer_data(key), smimegw_buffer_size(key));
    assert_int_equal(smimegw_identity_new(smimegw_buffer_data(file), smimegw_buffer_size(file),
                                          NULL, userdata, NULL),
                     SMIMEGW_OK);
    smimegw_buffer_free(file);
    smimegw_buffer_free(key);
    return 0;
}

static void identities_have_their_certificates(void **state)
{
    (void)state;
    struct smimegw_identity *identity = NULL;
    struct smimegw_store *store = make_store();
    struct smimegw_buffer *pem = read_key_file("rsa2048.pem");
    struct smimegw_record record = text_record(SMIMEGW_RECORD_IDENTITY, "gw", "");
    record.data = smimegw_buffer_data(pem);
    record.data_size = smimegw_buffer_size(pem);
    put_now(store, &record);
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_READ);
    assert_int_equal(smimegw_transaction_get(transaction, SMIMEGW_RECORD_IDENTITY, "gw",
                                             make_identity, &identity, NULL),
                     SMIMEGW_OK);
    smimegw_transaction_rollback(transaction);
    assert_string_equal(
        smimegw_cert_text(smimegw_identity_cert(identity), SMIMEGW_CERT_ADDRESSES),
        "rsa2048@example.com");
    smimegw_identity_unref(identity);
    smimegw_buffer_free(pem);
    smimegw_store_unref(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profiles_come_back),
        cmocka_unit_test(what_is_no_profile_is_refused),
        cmocka_unit_test(policies_come_back),
        cmocka_unit_test(identities_have_their_certificates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
