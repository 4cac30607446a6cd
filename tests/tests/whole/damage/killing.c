// A process that is killed just before it gives a file or directory a name: loaded before the C library.
//
// Why it exists: between two renames lie microseconds, which no kill from outside hits. KILL_NAME is how the last part of
// the new or the old name begins, KILL_BEFORE which of those renames never happens, counted from 1.
#define _GNU_SOURCE
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <fcntl.h>

static atomic_int renames;

static int is_named(const char *path, const char *begin) {
  const char *last = strrchr(path, '/');
  return strncmp(last == NULL ? path : last + 1, begin, strlen(begin)) == 0;
}

int rename(const char *from, const char *to) {
  const char *name = getenv("KILL_NAME"), *before = getenv("KILL_BEFORE");
  if (name != NULL && before != NULL && (is_named(from, name) || is_named(to, name)) &&
      atomic_fetch_add(&renames, 1) + 1 == atoi(before)) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  return (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
}
