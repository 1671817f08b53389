#include "secret.h"

#include "error.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

int
secret_set(struct secret *s, const void *data, size_t len)
{
	secret_clear(s);
	if (len > SECRET_MAX)
		return SKS_TOO_BIG;
	if (len > 0)
		memcpy(s->bytes, data, len);
	s->len = len;
	return SKS_OK;
}

int
secret_set_str(struct secret *s, const char *text)
{
	return secret_set(s, text, strlen(text));
}

void
secret_clear(struct secret *s)
{
	explicit_bzero(s, sizeof(*s));
}

bool
secret_equal_bytes(const void *a, const void *b, size_t len)
{
	/* volatile: the compiler must not leave the loop at the first difference */
	const volatile uint8_t *x = a;
	const volatile uint8_t *y = b;
	volatile uint8_t differ = 0;

	for (size_t i = 0; i < len; i++)
		differ = (uint8_t)(differ | (x[i] ^ y[i]));
	return differ == 0;
}

bool
secret_equal(const struct secret *a, const struct secret *b)
{
	bool bytes_equal;

	if (a->len > SECRET_MAX || b->len > SECRET_MAX)
		return false;
	/* Both arrays have room for any length, so that the work depends on a alone. */
	bytes_equal = secret_equal_bytes(a->bytes, b->bytes, a->len);
	return (a->len == b->len) & bytes_equal;
}

int
secret_random(void *dst, size_t len)
{
	uint8_t *out = dst;
	size_t done = 0;

	while (done < len) {
		ssize_t n = getrandom(out + done, len - done, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			explicit_bzero(dst, len);
			return SKS_IO;
		}
		done += (size_t)n;
	}
	return SKS_OK;
}

int
secret_keep(void *at, size_t len)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t first = (uintptr_t)at / page * page;
	uintptr_t end = ((uintptr_t)at + len + page - 1) / page * page;
	void *pages = (void *)first;

	return mlock(pages, end - first) == 0 && madvise(pages, end - first, MADV_DONTDUMP) == 0
		   ? SKS_OK
		   : SKS_NOMEM;
}
