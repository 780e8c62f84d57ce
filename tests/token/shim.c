/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A PKCS#11 module before softhsm2 that fails when it is told to. Its token is that of
 * softhsm2 under the label "shim". The file SHIM_STATE has lines of a name and a number: what
 * the function of that name returns, or "flags", which are added to the token's. Each login is
 * a byte more in the file SHIM_LOGINS.
 */
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static CK_FUNCTION_LIST table;
static CK_FUNCTION_LIST_PTR real;

static unsigned long look_up(const char *name)
{
    char word[64];
    long number;
    unsigned long found = 0;
    const char *path = getenv("SHIM_STATE");
    FILE *file = path != NULL ? fopen(path, "r") : NULL;
    while (file != NULL && fscanf(file, "%63s %li", word, &number) == 2)
        if (strcmp(word, name) == 0)
            found = (unsigned long)number;
    if (file != NULL)
        fclose(file);
    return found;
}

static CK_RV initialize(void *arguments)
{
    CK_RV rv = real->C_Initialize(arguments);
    return rv == CKR_CRYPTOKI_ALREADY_INITIALIZED ? CKR_OK : rv;
}

/* softhsm2 may have been loaded beside */
static CK_RV finalize(void *reserved)
{
    (void)reserved;
    return CKR_OK;
}

static CK_RV get_info(CK_INFO *info)
{
    CK_RV rv = real->C_GetInfo(info);
    memcpy(info->libraryDescription, "shim", 4);
    return rv;
}

static CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    CK_RV rv = real->C_GetTokenInfo(slot, info);
    memset(info->label, ' ', sizeof(info->label));
    memcpy(info->label, "shim", 4);
    info->flags |= look_up("flags");
    return rv;
}

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,
                          CK_SESSION_HANDLE *session)
{
    CK_RV rv = look_up("C_OpenSession");
    return rv != CKR_OK ? rv : real->C_OpenSession(slot, flags, application, notify, session);
}

static CK_RV get_session_info(CK_SESSION_HANDLE session, CK_SESSION_INFO *info)
{
    CK_RV rv = look_up("C_GetSessionInfo");
    return rv != CKR_OK ? rv : real->C_GetSessionInfo(session, info);
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char *pin,
                   unsigned long size)
{
    const char *path = getenv("SHIM_LOGINS");
    FILE *file = path != NULL ? fopen(path, "a") : NULL;
    if (file != NULL) {
        fputc('x', file);
        fclose(file);
    }
    return real->C_Login(session, user, pin, size);
}

static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
                       CK_OBJECT_HANDLE key)
{
    CK_RV rv = look_up("C_SignInit");
    return rv != CKR_OK ? rv : real->C_SignInit(session, mechanism, key);
}

static CK_RV sign(CK_SESSION_HANDLE session, unsigned char *data, unsigned long size,
                  unsigned char *signature, unsigned long *signature_size)
{
    CK_RV rv = real->C_Sign(session, data, size, signature, signature_size);
    if (signature != NULL && rv == CKR_OK && look_up("flip") != 0)
        signature[*signature_size / 2] ^= 1;
    return rv;
}

static CK_RV decrypt(CK_SESSION_HANDLE session, unsigned char *data, unsigned long size,
                     unsigned char *plain, unsigned long *plain_size)
{
    CK_RV rv = real->C_Decrypt(session, data, size, plain, plain_size);
    return look_up("C_Decrypt") != CKR_OK ? look_up("C_Decrypt") : rv;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
    void *library = dlopen(getenv("SHIM_MODULE"), RTLD_NOW);
    CK_C_GetFunctionList get =
        library != NULL ? (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList") : NULL;
    if (get == NULL || get(&real) != CKR_OK)
        return CKR_GENERAL_ERROR;
    table = *real;
    table.C_Initialize = initialize;
    table.C_Finalize = finalize;
    table.C_GetInfo = get_info;
    table.C_GetFunctionList = C_GetFunctionList;
    table.C_GetTokenInfo = get_token_info;
    table.C_OpenSession = open_session;
    table.C_GetSessionInfo = get_session_info;
    table.C_Login = login;
    table.C_SignInit = sign_init;
    table.C_Sign = sign;
    table.C_Decrypt = decrypt;
    *list = &table;
    return CKR_OK;
}
