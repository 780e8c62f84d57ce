/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/gateway.h>
#include <smimegw/verdict.h>
#include <stdlib.h>
#include <string.h>

#include "addons/filter/run.h"
#include "addons/filter/text.h"

static void clear_person(struct sgw_flt_person *person)
{
    free(person->address);
    free(person->normal);
}

static int make_person(const char *address, struct sgw_flt_person *ret,
                       struct smimegw_error **ret_error)
{
    size_t size = strlen(address);
    struct sgw_flt_person person = {sgw_flt_copy(address, size),
                                    sgw_flt_normal(address, size)};
    if (person.address == NULL || person.normal == NULL) {
        clear_person(&person);
        return sgw_flt_no_memory(ret_error);
    }
    *ret = person;
    return SMIMEGW_OK;
}

int smimegw_filter_input_new(struct smimegw_gateway *gateway, struct smimegw_message *message,
                             struct smimegw_filter_input **ret_input,
                             struct smimegw_error **ret_error)
{
    SGW_REQUIRE(message != NULL && ret_input != NULL, ret_error);
    struct smimegw_filter_input *input = sgw_flt_new(1, sizeof(*input));
    if (input == NULL)
        return sgw_flt_no_memory(ret_error);
    if (make_person("", &input->sender, ret_error) < 0) {
        free(input);
        return SMIMEGW_E_NOMEM;
    }
    input->message = message;
    input->gateway = smimegw_gateway_ref(gateway);
    input->direction = SMIMEGW_FILTER_OUTGOING;
    *ret_input = input;
    return SMIMEGW_OK;
}

void smimegw_filter_input_free(struct smimegw_filter_input *input)
{
    if (input == NULL)
        return;
    for (size_t i = 0; i < input->people_count; i++)
        clear_person(&input->people[i]);
    clear_person(&input->sender);
    free(input->people);
    smimegw_gateway_unref(input->gateway);
    smimegw_verdict_unref(input->verdict);
    free(input);
}

int smimegw_filter_input_set_sender(struct smimegw_filter_input *input, const char *address,
                                    struct smimegw_error **ret_error)
{
    SGW_REQUIRE(input != NULL, ret_error);
    const char *text = address != NULL ? address : "";
    SGW_REQUIRE(sgw_utf8_valid((const uint8_t *)text, strlen(text)), ret_error);
    struct sgw_flt_person person;
    int ret = make_person(text, &person, ret_error);
    if (ret < 0)
        return ret;
    clear_person(&input->sender);
    input->sender = person;
    return SMIMEGW_OK;
}

int smimegw_filter_input_add_recipient(struct smimegw_filter_input *input, const char *address,
                                       struct smimegw_error **ret_error)
{
    SGW_REQUIRE(input != NULL && address != NULL, ret_error);
    SGW_REQUIRE(sgw_utf8_valid((const uint8_t *)address, strlen(address)), ret_error);
    if (SGW_FLT_ROOM(input, people) < 0)
        return sgw_flt_no_memory(ret_error);
    int ret = make_person(address, &input->people[input->people_count], ret_error);
    if (ret == SMIMEGW_OK)
        input->people_count++;
    return ret;
}

int smimegw_filter_input_set_verdict(struct smimegw_filter_input *input,
                                     struct smimegw_verdict *verdict,
                                     struct smimegw_error **ret_error)
{
    SGW_REQUIRE(input != NULL, ret_error);
    struct smimegw_verdict *kept = smimegw_verdict_ref(verdict);
    smimegw_verdict_unref(input->verdict);
    input->verdict = kept;
    return SMIMEGW_OK;
}

int smimegw_filter_input_set_direction(struct smimegw_filter_input *input, int direction,
                                       struct smimegw_error **ret_error)
{
    SGW_REQUIRE(input != NULL, ret_error);
    SGW_REQUIRE(direction == SMIMEGW_FILTER_INCOMING || direction == SMIMEGW_FILTER_OUTGOING,
                ret_error);
    input->direction = direction;
    return SMIMEGW_OK;
}

int smimegw_filter_input_set_groups(struct smimegw_filter_input *input,
                                    smimegw_filter_group_fn find, void *userdata,
                                    struct smimegw_error **ret_error)
{
    SGW_REQUIRE(input != NULL, ret_error);
    input->find_group = find;
    input->userdata = userdata;
    return SMIMEGW_OK;
}
