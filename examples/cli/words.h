/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

/*
 * A header's text with its encoded words (RFC 2047) in UTF-8, to be freed; NULL when out of
 * memory. Words in other charsets than UTF-8, ISO-8859-1 and US-ASCII, and broken ones, stay
 * as they are. What comes out is as hostile as what went in: show it by cli_print().
 */
char *cli_words_decode(const char *text);

#endif
