/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/error_impl.h"
#include "base/text.h"
#include "pki/key/pbe.h"

int sgw_passphrase_init(struct sgw_passphrase *passphrase, const char *text,
                        struct smimegw_error **ret_error)
{
    *passphrase =
        (struct sgw_passphrase){.text = text != NULL ? text : "", .work = SGW_PBE_WORK_MAX};
    passphrase->size = strlen(passphrase->text);
    if (passphrase->size > SGW_PASSPHRASE_SIZE_MAX)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "the passphrase is longer than %d bytes",
                        SGW_PASSPHRASE_SIZE_MAX);
    return SMIMEGW_OK;
}

void sgw_passphrase_clear(struct sgw_passphrase *passphrase)
{
    sgw_buf_clear(&passphrase->wide);
}

/* One character of valid UTF-8. */
static uint32_t next_character(const uint8_t **at)
{
    const uint8_t *text = *at;
    if (text[0] < 0x80) {
        *at += 1;
        return text[0];
    }
    int more = text[0] < 0xe0 ? 1 : text[0] < 0xf0 ? 2 : 3;
    uint32_t character = text[0] & (0x3fU >> more);
    for (int i = 1; i <= more; i++)
        character = character << 6 | (text[i] & 0x3fU);
    *at += more + 1;
    return character;
}

static int append_unit(struct sgw_buf *buf, uint32_t unit)
{
    const uint8_t octets[2] = {(uint8_t)(unit >> 8), (uint8_t)unit};
    return sgw_buf_append(buf, octets, sizeof(octets));
}

/* [RFC7292-B.1] speaks of a BMPString; all makers write the rest as surrogates. */
static int append_utf16(struct sgw_buf *buf, const uint8_t *text, size_t size)
{
    const uint8_t *end = text + size;
    int ret = SMIMEGW_OK;
    while (ret == SMIMEGW_OK && text < end) {
        uint32_t character = next_character(&text);
        if (character < 0x10000) {
            ret = append_unit(buf, character);
            continue;
        }
        ret = append_unit(buf, 0xd800 + ((character - 0x10000) >> 10));
        if (ret == SMIMEGW_OK)
            ret = append_unit(buf, 0xdc00 + (character & 0x3ff));
    }
    return ret;
}

static int append_octets(struct sgw_buf *buf, const uint8_t *text, size_t size)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < size; i++)
        ret = append_unit(buf, text[i]);
    return ret;
}

static bool is_ascii(const uint8_t *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] >= 0x80)
            return false;
    return true;
}

int sgw_passphrase_form(struct sgw_passphrase *passphrase, int number)
{
    const uint8_t *text = (const uint8_t *)passphrase->text;
    size_t size = passphrase->size;
    bool is_utf8 = sgw_utf8_valid(text, size);
    int ret;
    if (number > 1 || (number == 1 && size > 0 && (!is_utf8 || is_ascii(text, size))))
        return SMIMEGW_E_PASSPHRASE;
    sgw_buf_clear(&passphrase->wide);
    if (number == 1 && size == 0)
        return SMIMEGW_OK;
    if (number == 0 && is_utf8)
        ret = append_utf16(&passphrase->wide, text, size);
    else
        ret = append_octets(&passphrase->wide, text, size);
    return ret == SMIMEGW_OK ? append_unit(&passphrase->wide, 0) : ret;
}
