/*
 * Lets User-Mode Linux 6.1 run on processors with AVX-512 or AMX.
 *
 * That kernel keeps the vector registers of a task in 832 octets, which is what AVX needs, and writes
 * them back with PTRACE_SETREGSET. The host takes the whole state or nothing (EFAULT), and with
 * AVX-512 the whole is 2696 octets, with AMX 11008. Preloaded into linux.uml, this keeps what does
 * not fit beside the task's buffer, found again by the buffer's address, and hands the host the whole.
 * Where 832 octets are the whole it changes nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

enum {
	WHOLE_MAX = 65536, /* more than any processor has */
	KEPT = 2688 - 512, /* up to the end of AVX-512 */
	SLOTS = 8192,      /* a task has one; a power of two */
	STATE_BITS = 512,  /* where the state tells which of its parts are in use */
};

/* x87, SSE and AVX are within what the guest keeps; with AVX-512 it is what this file keeps. */
static const uint64_t WITHIN = 0x07, KEPT_TOO = 0xe7;

struct slot {
	const void *buffer;
	uint8_t rest[KEPT];
};

static long (*system_ptrace)(enum __ptrace_request, ...);
static uint8_t whole[WHOLE_MAX];
static size_t whole_length;
static struct slot slots[SLOTS];

__attribute__((constructor)) static void find(void)
{
	*(void **)&system_ptrace = dlsym(RTLD_NEXT, "ptrace");
}

/* The slot of a buffer, or the free one where it belongs; none when the table is full. */
static struct slot *slot_of(const void *buffer)
{
	size_t at = ((uintptr_t)buffer >> 6) * 0x9e3779b97f4a7c15u >> 32;

	for (size_t tried = 0; tried < SLOTS; tried++, at++) {
		struct slot *slot = &slots[at % SLOTS];
		if (!slot->buffer || slot->buffer == buffer)
			return slot;
	}
	return NULL;
}

static size_t rest_of(size_t length)
{
	size_t rest = whole_length > length ? whole_length - length : 0;
	return rest < KEPT ? rest : KEPT;
}

static long take(pid_t pid, struct iovec *guest)
{
	struct iovec host = { whole, sizeof whole };
	long result = system_ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &host);

	if (result)
		return result;
	whole_length = host.iov_len;
	if (whole_length < guest->iov_len)
		guest->iov_len = whole_length;
	memcpy(guest->iov_base, whole, guest->iov_len);
	struct slot *slot = slot_of(guest->iov_base);
	if (slot) {
		slot->buffer = guest->iov_base;
		memcpy(slot->rest, whole + guest->iov_len, rest_of(guest->iov_len));
	}
	return 0;
}

static long give(pid_t pid, const struct iovec *guest)
{
	struct iovec host = { whole, whole_length };
	const struct slot *slot = slot_of(guest->iov_base);
	uint64_t bits;

	if (guest->iov_len >= whole_length)
		return system_ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, guest);
	memset(whole, 0, whole_length);
	memcpy(whole, guest->iov_base, guest->iov_len);
	memcpy(&bits, whole + STATE_BITS, sizeof bits);
	if (slot && slot->buffer) {
		memcpy(whole + guest->iov_len, slot->rest, rest_of(guest->iov_len));
		bits &= KEPT_TOO;
	} else {
		/* A task that has just begun: its state was copied from another's. */
		bits &= WITHIN;
	}
	memcpy(whole + STATE_BITS, &bits, sizeof bits);
	return system_ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &host);
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list arguments;
	va_start(arguments, request);
	pid_t pid = va_arg(arguments, pid_t);
	void *address = va_arg(arguments, void *);
	void *data = va_arg(arguments, void *);
	va_end(arguments);

	if ((uintptr_t)address == NT_X86_XSTATE) {
		if (request == PTRACE_GETREGSET)
			return take(pid, data);
		if (request == PTRACE_SETREGSET)
			return give(pid, data);
	}
	return system_ptrace(request, pid, address, data);
}
