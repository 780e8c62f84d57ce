/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fault.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static enum fault_kind plan;
static long calls_left;
static bool has_happened;

void fault_plan(enum fault_kind kind, long at)
{
    plan = kind;
    calls_left = at;
    has_happened = false;
}

bool fault_has_happened(void)
{
    return has_happened;
}

/* What this call meets. */
static enum fault_kind next_fault(void)
{
    bool goes_on = plan == FAULT_SPACE_ON || plan == FAULT_IO_ON;
    if (plan == FAULT_NONE || (--calls_left != 0 && !(goes_on && calls_left < 0)))
        return FAULT_NONE;
    has_happened = true;
    if (plan == FAULT_KILL)
        kill(getpid(), SIGKILL);
    return plan;
}

/* -1 and errno, or 0 where the call is to be done. */
static int failure(enum fault_kind fault)
{
    if (fault == FAULT_INTERRUPT) {
        errno = EINTR;
        return -1;
    }
    errno = fault == FAULT_SPACE || fault == FAULT_SPACE_ON ? ENOSPC : EIO;
    return fault >= FAULT_SPACE && fault <= FAULT_IO_ON ? -1 : 0;
}

static int done(enum fault_kind fault, long ret)
{
    if (fault == FAULT_KILL_TORN)
        kill(getpid(), SIGKILL);
    return (int)ret;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
    enum fault_kind fault = next_fault();
    if (failure(fault) < 0)
        return -1;
    if ((fault == FAULT_SHORT || fault == FAULT_KILL_TORN) && size > 1)
        size /= 2;
    ssize_t ret = syscall(SYS_pwrite64, fd, data, size, offset);
    done(fault, 0);
    return ret;
}

ssize_t write(int fd, const void *data, size_t size)
{
    enum fault_kind fault = next_fault();
    if (failure(fault) < 0)
        return -1;
    if ((fault == FAULT_SHORT || fault == FAULT_KILL_TORN) && size > 1)
        size /= 2;
    ssize_t ret = syscall(SYS_write, fd, data, size);
    done(fault, 0);
    return ret;
}

int fdatasync(int fd)
{
    enum fault_kind fault = next_fault();
    return failure(fault) < 0 ? -1 : done(fault, syscall(SYS_fdatasync, fd));
}

int fsync(int fd)
{
    enum fault_kind fault = next_fault();
    return failure(fault) < 0 ? -1 : done(fault, syscall(SYS_fsync, fd));
}

int ftruncate64(int fd, off64_t size)
{
    enum fault_kind fault = next_fault();
    return failure(fault) < 0 ? -1 : done(fault, syscall(SYS_ftruncate, fd, size));
}

int unlink(const char *name)
{
    enum fault_kind fault = next_fault();
    return failure(fault) < 0 ? -1 : done(fault, syscall(SYS_unlink, name));
}

int link(const char *name, const char *other)
{
    enum fault_kind fault = next_fault();
    return failure(fault) < 0 ? -1 : done(fault, syscall(SYS_link, name, other));
}

int rename(const char *name, const char *other)
{
    enum fault_kind fault = next_fault();
    return failure(fault) < 0 ? -1 : done(fault, syscall(SYS_rename, name, other));
}
