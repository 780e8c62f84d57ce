/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program outside the tree, in the common language of C99 and C++11. */
#include <smimegw/smimegw.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    struct smimegw_buffer *buffer = NULL;
    if (argc != 2 || strcmp(smimegw_version(), argv[1]) != 0)
        return 1;
    if (smimegw_buffer_new(0, &buffer, NULL) != SMIMEGW_OK)
        return 1;
    if (smimegw_buffer_write(buffer, "hello", 5) != SMIMEGW_OK)
        return 1;
    printf("%s, %d bytes\n", smimegw_version(), (int)smimegw_buffer_size(buffer));
    smimegw_buffer_free(buffer);
    return 0;
}
