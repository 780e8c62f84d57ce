-- SPDX-License-Identifier: LGPL-2.1-or-later
-- The library through LuaJIT, from the header as it is installed.
-- usage: ffi_luajit.lua smimegw.ffi.h libsmimegw.so
local ffi = require("ffi")

local file = assert(io.open(arg[1]))
ffi.cdef(file:read("*a"))
file:close()
local lib = ffi.load(arg[2])

assert(ffi.string(lib.smimegw_version()):match("^0%."))
assert(ffi.string(lib.smimegw_result_name(lib.SMIMEGW_E_LIMIT)) == "SMIMEGW_E_LIMIT")

local buffer, err = ffi.new("struct smimegw_buffer *[1]"), ffi.new("struct smimegw_error *[1]")
assert(lib.smimegw_buffer_new(5, buffer, err) == lib.SMIMEGW_OK)
assert(lib.smimegw_buffer_write(buffer[0], "hello", 5) == lib.SMIMEGW_OK)
assert(lib.smimegw_buffer_write(buffer[0], "!", 1) == lib.SMIMEGW_E_LIMIT)
assert(ffi.string(lib.smimegw_buffer_data(buffer[0]), lib.smimegw_buffer_size(buffer[0])) == "hello")
lib.smimegw_buffer_free(buffer[0])

local gateway = ffi.new("struct smimegw_gateway *[1]")
assert(lib.smimegw_gateway_new(gateway, err) == lib.SMIMEGW_OK)
assert(lib.smimegw_gateway_set(gateway[0], "no-such", "1", err) == lib.SMIMEGW_E_SETTING)
assert(lib.smimegw_error_code(err[0]) == lib.SMIMEGW_E_SETTING)
lib.smimegw_error_free(err[0])
lib.smimegw_gateway_unref(gateway[0])
