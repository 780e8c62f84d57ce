/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verbs.h"

#define SENDING (CLI_MESSAGE | CLI_OUTPUT | CLI_STORES)
#define READING (CLI_MESSAGE | CLI_TRUST | CLI_JSON | CLI_STORES)
#define SIGNING (CLI_IDENTITY | CLI_SIGN)
#define ENCRYPTING (CLI_RECIPIENTS | CLI_ENCRYPT | CLI_TRUST)
#define CERTIFYING (CLI_FIELDS | CLI_TIME)
#define CHECKING (CLI_CHECKS | CLI_PASSPHRASE | CLI_TIME | CLI_JSON)
#define KEYS (CLI_KEYRING | CLI_JSON)
#define PROFILES (CLI_PROFILES | CLI_STORE | CLI_JSON)
#define POLICIES (CLI_POLICIES | CLI_STORE | CLI_JSON)
#define STORE (CLI_STORE | CLI_JSON)
#define HARVEST (CLI_STORE | CLI_HARVEST | CLI_JSON)
#define PLANNING                                                                              \
    (CLI_MESSAGE | CLI_ENVELOPE | CLI_IDENTITY | CLI_SIGN | CLI_ENCRYPT | CLI_TRUST |         \
     CLI_JSON | CLI_EXPLAIN | CLI_STORES)
#define FILTERING                                                                             \
    (CLI_MESSAGE | CLI_FILTER | CLI_IDENTITIES | CLI_SIGN | CLI_ENCRYPT | CLI_TRUST |         \
     CLI_POLICY | CLI_STORES)

#define SENDING_NOTES                                                                         \
    "The message comes from FILE or stdin. What reached stdout counts only with exit code 0."
#define RECIPIENT_NOTES                                                                       \
    SENDING_NOTES                                                                             \
    "\nOf a recipient's file only the first certificate is used; the certificates"            \
    "\nabove it may follow. Trust of recipients is judged with --revocation required only."
#define RENEWAL_NOTES                                                                         \
    "The fields are those of the certificate that is there, as the options change them."
#define CHECK_NOTES                                                                           \
    "Of a file, every certificate that did not issue another one of it is checked.\n"         \
    "Exit code 0: no errors found; 1: errors."

#define PLAN_NOTES                                                                            \
    "The profile is --profile or what --set says; the mode is sign if nothing else is "       \
    "said.\n"                                                                                 \
    "Keys come from --keyring or from stores. Exit code 0: all get it; else the first of "    \
    "these that is "                                                                          \
    "true\n"                                                                                  \
    "of any recipient: 6 deferred (try again), 4 bounced, 5 dropped."
#define FILTER_NOTES                                                                          \
    "The message comes from stdin. --outgoing needs --from and a RECIPIENT, and takes\n"      \
    "--profile and --keyring; --incoming takes --policy. stdout gets the message when all "   \
    "of\n"                                                                                    \
    "it is there; one that becomes several deliveries needs --send-with, as in\n"             \
    "  --send-with '/usr/sbin/sendmail -G -i -f {sender} -- {recipients}'\n"                  \
    "which runs for each when all are there. Put -- in front of the RECIPIENTs.\n"            \
    "Exit code with --mta: 0 done; 67 bounce, a key is missing; 65 any other bounce; 75 "     \
    "try\n"                                                                                   \
    "again, for all trouble, wrong usage too. Dropped: 0 with --send-with, else 75, as an "   \
    "MTA\n"                                                                                   \
    "takes no output for an empty message. Without --mta: as plan, and 2 and 3 as ever."

#define SHOW_NOTES "With -o the certificate is copied there as PEM, or the text."
#define PROFILE_NOTES "Fields that do not apply to the mode are refused."
#define POLICY_NOTES "Fields that do not apply are refused, as signature is with smime=off."

const struct cli_verb cli_verbs[] = {
    {"sign", "[FILE]", 0, 1, "Sign a message", SENDING_NOTES, SENDING | SIGNING, CLI_IDENTITY,
     cli_send},
    {"encrypt", "[FILE]", 0, 1, "Encrypt a message", RECIPIENT_NOTES, SENDING | ENCRYPTING,
     CLI_RECIPIENTS, cli_send},
    {"sign-encrypt", "[FILE]", 0, 1, "Sign a message, then encrypt it", RECIPIENT_NOTES,
     SENDING | SIGNING | ENCRYPTING, CLI_IDENTITY | CLI_RECIPIENTS, cli_send},
    {"triple", "[FILE]", 0, 1, "Sign a message, encrypt it, sign the result", RECIPIENT_NOTES,
     SENDING | SIGNING | ENCRYPTING, CLI_IDENTITY | CLI_RECIPIENTS, cli_send},
    {"decrypt", "[FILE]", 0, 1, "Decrypt a message; with --trust only if its signatures pass",
     "Exit code 0: decrypted; 1: can't be decrypted, or signed and no pass with --trust.\n"
     "A message that is encrypted but not signed passes; the report says so.",
     READING | CLI_OUTPUT | CLI_IDENTITIES, CLI_IDENTITIES, cli_decrypt},
    {"verify", "[FILE]", 0, 1, "Verify a signed message and write it without its signature",
     "Exit code 0: pass; 1: no pass, and no message is written.", READING | CLI_OUTPUT,
     CLI_TRUST, cli_verify},
    {"receive", "[FILE]", 0, 1, "Decrypt and verify a message as a gateway delivers it",
     "A complete message is written whatever the verdict, which is in the report: what can't\n"
     "be decrypted is written as it came. What is over --set message-size is not\n"
     "looked into. Exit code 0: written; 3: trouble, and nothing that was written counts.",
     READING | CLI_OUTPUT | CLI_IDENTITIES | CLI_POLICY, 0, cli_receive},
    {"plan", "[FILE]", 0, 1, "Tell what becomes of a message for each of its recipients",
     PLAN_NOTES, PLANNING, CLI_ENVELOPE, cli_plan},
    {"protect", "[FILE]", 0, 1, "Sign and encrypt a message as its recipients need it",
     "FOLDER gets 1.eml and 1.rcpt (its recipients, a line each), 2.eml and 2.rcpt and so\n"
     "on: all of them or, on failure, nothing; no delivery, no folder.\n" PLAN_NOTES,
     PLANNING | CLI_OUT_FOLDER, CLI_ENVELOPE | CLI_OUT_FOLDER, cli_protect},
    {"filter", "[RECIPIENT...]", 0, SIZE_MAX,
     "Protect or receive a message in an MTA's pipe: all of it comes out, or nothing",
     FILTER_NOTES, FILTERING, 0, cli_filter},
    {"inspect", "[FILE]", 0, 1, "Show the layers, signers, recipients and parts of a message",
     "Layers open as far as the identities go. Nothing is changed or written.",
     READING | CLI_IDENTITIES, 0, cli_inspect},
    {"settings", "", 0, 0, "List the settings and fields that --set changes", NULL, 0, 0,
     cli_settings},
    {"cert create", "", 0, 0, "Make a private key and its self-signed certificate",
     "The file is an --identity: the private key and the certificate, in PEM.",
     CERTIFYING | CLI_NEW_KEY | CLI_KEY_OUTPUT | CLI_FORCE | CLI_JSON, CLI_KEY_OUTPUT,
     cli_cert_create},
    {"cert csr", "", 0, 0, "Make a signing request for a CA, over a key that is there",
     RENEWAL_NOTES, CLI_FIELDS | CLI_IDENTITY | CLI_EMPTY | CLI_TEXT_OUTPUT, CLI_IDENTITY,
     cli_cert_csr},
    {"cert renew", "", 0, 0, "Make a new self-signed certificate for a key that is there",
     RENEWAL_NOTES "\nOf a PEM identity the private key is written, too, as it is.",
     CERTIFYING | CLI_IDENTITY | CLI_EMPTY | CLI_KEY_OUTPUT | CLI_FORCE | CLI_JSON,
     CLI_IDENTITY | CLI_KEY_OUTPUT, cli_cert_renew},
    {"cert import", "FILE", 1, 1,
     "Check a private key and its certificates, show and keep them",
     "FILE is kept as it is, for nobody else to read. Certificates alone become PEM.\n"
     "Exit code 0: meets the requirements; 1: does not, and nothing is written.",
     CLI_IMPORT | CLI_PASSPHRASE | CLI_TIME | CLI_JSON | CLI_KEY_OUTPUT, 0, cli_cert_import},
    {"cert lint", "FILE...", 1, SIZE_MAX, "Check certificates against what a gateway needs",
     CHECK_NOTES, CHECKING, 0, cli_cert_lint},
    {"cert show", "FILE...", 1, SIZE_MAX, "Show all that certificates say",
     "Takes certificates in PEM, DER or PKCS#7, and identities in PEM or PKCS#12.", CHECKING,
     0, cli_cert_show},
    {"key add", "NAME CERT", 2, 2, "Add a public key under a name",
     "Of CERT the first certificate is taken.", KEYS | CLI_KEY_ADD | CLI_ORIGIN, CLI_KEYRING,
     cli_key_add},
    {"key list", "", 0, 0, "List the public keys", NULL, KEYS, CLI_KEYRING, cli_key_list},
    {"key show", "NAME", 1, 1, "Show a public key", NULL, KEYS | CLI_TIME, CLI_KEYRING,
     cli_key_show},
    {"key rm", "NAME...", 1, SIZE_MAX, "Remove public keys", NULL, CLI_KEYRING, CLI_KEYRING,
     cli_key_remove},
    {"key import", "FILE", 1, 1, "Add the public keys of a file",
     "FILE is an export, or any text with PEM certificates. Private keys are never taken.\n"
     "Exit code 0: all taken or there already; 1: some are not, and the report says why.",
     KEYS | CLI_KEY_ADD | CLI_PROGRESS, CLI_KEYRING, cli_key_import},
    {"key export", "", 0, 0, "Write all public keys to one text file", NULL,
     CLI_KEYRING | CLI_TEXT_OUTPUT, CLI_KEYRING, cli_key_export},
    {"key lookup", "ADDRESS...", 1, SIZE_MAX, "Tell which public key an address is served by",
     "Exit code 0: there is one for each address; 1: there is not.", KEYS | CLI_TIME,
     CLI_KEYRING, cli_key_lookup},
    {"profile create", "NAME", 1, 1, "Make a sending profile", PROFILE_NOTES,
     PROFILES | CLI_NAMED_FIELDS | CLI_NAMED_ADD, CLI_PROFILES, cli_named_create},
    {"profile edit", "NAME", 1, 1, "Change fields of a sending profile", PROFILE_NOTES,
     PROFILES | CLI_NAMED_FIELDS, CLI_PROFILES, cli_named_edit},
    {"profile copy", "NAME NEW", 2, 2, "Copy a sending profile, with other fields",
     PROFILE_NOTES, PROFILES | CLI_NAMED_FIELDS | CLI_NAMED_ADD, CLI_PROFILES, cli_named_copy},
    {"profile show", "NAME", 1, 1, "Show the fields of a sending profile", NULL, PROFILES,
     CLI_PROFILES, cli_named_show},
    {"profile list", "", 0, 0, "List the sending profiles", NULL, PROFILES, CLI_PROFILES,
     cli_named_list},
    {"profile search", "TEXT", 1, 1, "List the sending profiles in which a text is",
     "It is looked for in names and values. Exit code 0: found; 1: not found.", PROFILES,
     CLI_PROFILES, cli_named_search},
    {"profile rm", "NAME...", 1, SIZE_MAX, "Remove sending profiles", NULL,
     CLI_PROFILES | CLI_STORE, CLI_PROFILES, cli_named_remove},
    {"profile check", "", 0, 0, "Check a file of sending profiles",
     "Exit code 0: nothing wrong; 1: the text says in which line what is.", PROFILES,
     CLI_PROFILES, cli_named_check},
    {"profile import", "FILE", 1, 1, "Add the sending profiles of a file",
     "All of them, or none. Exit code 1: something in FILE is wrong.",
     PROFILES | CLI_NAMED_ADD, CLI_PROFILES, cli_named_import},
    {"profile export", "", 0, 0, "Write all sending profiles to one text file", NULL,
     CLI_PROFILES | CLI_STORE | CLI_TEXT_OUTPUT, CLI_PROFILES, cli_named_export},
    {"policy create", "NAME", 1, 1, "Make a policy", POLICY_NOTES,
     POLICIES | CLI_NAMED_FIELDS | CLI_NAMED_ADD, CLI_POLICIES, cli_named_create},
    {"policy edit", "NAME", 1, 1, "Change fields of a policy", POLICY_NOTES,
     POLICIES | CLI_NAMED_FIELDS, CLI_POLICIES, cli_named_edit},
    {"policy copy", "NAME NEW", 2, 2, "Copy a policy, with other fields", POLICY_NOTES,
     POLICIES | CLI_NAMED_FIELDS | CLI_NAMED_ADD, CLI_POLICIES, cli_named_copy},
    {"policy show", "NAME", 1, 1, "Show the fields of a policy", NULL, POLICIES, CLI_POLICIES,
     cli_named_show},
    {"policy list", "", 0, 0, "List the policies", NULL, POLICIES, CLI_POLICIES,
     cli_named_list},
    {"policy search", "TEXT", 1, 1, "List the policies in which a text is",
     "It is looked for in names and values. Exit code 0: found; 1: not found.", POLICIES,
     CLI_POLICIES, cli_named_search},
    {"policy rm", "NAME...", 1, SIZE_MAX, "Remove policies", NULL, CLI_POLICIES | CLI_STORE,
     CLI_POLICIES, cli_named_remove},
    {"policy check", "", 0, 0, "Check a file of policies",
     "Exit code 0: nothing wrong; 1: the text says in which line what is.", POLICIES,
     CLI_POLICIES, cli_named_check},
    {"policy import", "FILE", 1, 1, "Add the policies of a file",
     "All of them, or none. Exit code 1: something in FILE is wrong.",
     POLICIES | CLI_NAMED_ADD, CLI_POLICIES, cli_named_import},
    {"policy export", "", 0, 0, "Write all policies to one text file", NULL,
     CLI_POLICIES | CLI_STORE | CLI_TEXT_OUTPUT, CLI_POLICIES, cli_named_export},
    {"store create", "", 0, 0, "Make a store that is not there",
     "A PEM file (named .pem or .txt) keeps public keys only.", CLI_STORE, CLI_STORE,
     cli_store_create},
    {"store check", "", 0, 0, "Check all of a store",
     "Exit code 0: nothing is wrong; 1: the text says what is.", CLI_STORE, CLI_STORE,
     cli_store_check},
    {"store backup", "FILE", 1, 1, "Copy a store that may be in use", NULL,
     CLI_STORE | CLI_PROGRESS, CLI_STORE, cli_store_backup},
    {"store add", "NAME CERT", 2, 2,
     "Put a public key, or certificates of an identity, into a store",
     "Private keys are never taken.", STORE | CLI_RECORD | CLI_KEY_ADD | CLI_ORIGIN, CLI_STORE,
     cli_store_add},
    {"store import", "FILE", 1, 1, "Add the public keys of a file to a store",
     "FILE is an export, or any text with PEM certificates. Private keys are never taken.\n"
     "Exit code 0: all taken or there already; 1: some are not, and the report says why.",
     STORE | CLI_KEY_ADD | CLI_PROGRESS, CLI_STORE, cli_store_import},
    {"store export", "", 0, 0, "Write all public keys of a store to one text file", NULL,
     CLI_STORE | CLI_TEXT_OUTPUT, CLI_STORE, cli_store_export},
    {"store list", "", 0, 0, "List what is in a store", "Without --kind all of it.",
     STORE | CLI_RECORD, CLI_STORE, cli_record_list},
    {"store show", "NAME", 1, 1, "Show something in a store", SHOW_NOTES,
     STORE | CLI_RECORD | CLI_TEXT_OUTPUT, CLI_STORE, cli_record_show},
    {"store rm", "NAME...", 1, SIZE_MAX, "Remove something from a store",
     "All of the names, or none.", CLI_STORE | CLI_RECORD, CLI_STORE, cli_record_remove},
    {"harvest list", "", 0, 0, "List the public keys that were collected",
     "State: used; held, for an administrator to look at; or untrusted.", HARVEST, CLI_STORE,
     cli_record_list},
    {"harvest show", "NAME", 1, 1, "Show a public key that was collected", SHOW_NOTES,
     HARVEST | CLI_TEXT_OUTPUT, CLI_STORE, cli_record_show},
    {"harvest promote", "NAME [NEW]", 1, 2, "Make an administrator's key of a collected one",
     "It serves encryption and verification from now on.",
     CLI_STORE | CLI_HARVEST | CLI_KEY_ADD, CLI_STORE, cli_harvest_promote},
    {"harvest rm", "NAME...", 1, SIZE_MAX, "Remove public keys that were collected",
     "All of the names, or none.", CLI_STORE | CLI_HARVEST, CLI_STORE, cli_record_remove},
    {"harvest alerts", "", 0, 0, "List what an administrator should see", NULL, HARVEST,
     CLI_STORE, cli_harvest_alerts},
#ifdef CLI_HAS_RULES
    {"rules check", "FILE", 1, 1, "Check a text of filters",
     "Exit code 0: nothing wrong; 1: the text says in which line and column what is.", 0, 0,
     cli_rules_check},
    {"rules run", "[FILE]", 0, 1, "Show what filters decide about a message, and why",
     "FILE or stdin is the message. With -o the message with the changes of its header is\n"
     "written, where all recipients fall under one policy.",
     READING | CLI_IDENTITIES | CLI_RULES | CLI_POLICY | CLI_OUTPUT, CLI_RULES, cli_rules_run},
#endif
    {"trust list", "FILE...", 1, SIZE_MAX, "List the certificates of files for --trust", NULL,
     CLI_JSON, 0, cli_trust_list},
    {"trust extract", "", 0, 0, "Write the roots that NSS trusts for mail, for --trust",
     "Mozilla's choice, as Debian's libnss3 brings it; it is yours to cut down.",
     CLI_MODULE | CLI_TEXT_OUTPUT | CLI_JSON, 0, cli_trust_extract},
};

const size_t cli_verb_count = sizeof(cli_verbs) / sizeof(cli_verbs[0]);

const struct cli_verb_group cli_verb_groups[] = {
    {"cert", "Make, import, check and show certificates"},
    {"key", "Keep public keys of others in a file"},
    {"store", "Keep public keys, profiles and policies in a store"},
    {"harvest", "Look after public keys that receive collected"},
    {"profile", "Keep settings for sending in a file"},
    {"policy", "Keep settings for receiving in a file"},
#ifdef CLI_HAS_RULES
    {"rules", "Try the filters of doc/filter.md"},
#endif
    {"trust", "Look after certificates to trust"}};

const size_t cli_verb_group_count = sizeof(cli_verb_groups) / sizeof(cli_verb_groups[0]);
