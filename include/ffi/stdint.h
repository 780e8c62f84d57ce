/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Empty on purpose: stands in for the header of the system when smimegw.ffi.h is made. */
