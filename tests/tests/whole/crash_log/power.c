// A disk that loses what was not flushed when its process is killed, under a program that knows nothing of it.
//
// Why it exists: an engine that opens its files itself cannot be given another disk, and SIGKILL alone loses nothing
// that the operating system holds. Loaded before the C library, this keeps every write to a file in memory until
// fsync or fdatasync of that file, and shows it to whoever reads. POWER_SEED decides which writes reach the file
// sooner, whole or torn at a sector, so that what is left after a kill is out of order too. sync_file_range makes
// nothing durable: it does not empty a disk's own cache.
//
// What it does not do: names, lengths and new files are durable at once.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define SECTOR_BYTES 512

struct waiting {
  struct waiting *next;
  off64_t at;
  size_t length;
  unsigned char bytes[];
};

struct file {
  struct file *next;
  dev_t device;
  ino_t inode;
  int writable;
  struct waiting *first, **end;
};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static struct file *files;
static uint64_t chance_state;

/* xorshift64*, from POWER_SEED. */
static uint64_t chance(void) {
  if (chance_state == 0) {
    const char *seed = getenv("POWER_SEED");
    chance_state = (seed == NULL ? 0 : strtoull(seed, NULL, 10)) | 1;
  }
  chance_state ^= chance_state >> 12;
  chance_state ^= chance_state << 25;
  chance_state ^= chance_state >> 27;
  return (chance_state * 0x2545f4914f6cdd1dULL) >> 33;
}

static int is_file(int number, struct stat *found) {
  return number > 2 && fstat(number, found) == 0 && S_ISREG(found->st_mode);
}

static struct file *known(const struct stat *found) {
  struct file *file = files;
  while (file != NULL && (file->device != found->st_dev || file->inode != found->st_ino)) file = file->next;
  return file;
}

/* A description of its own: a copy of the program's would hold on to its lock. */
static struct file *known_or_new(const struct stat *found, int number) {
  struct file *file = known(found);
  if (file != NULL) return file;
  char name[32];
  snprintf(name, sizeof name, "/proc/self/fd/%d", number);
  int writable = (int)syscall(SYS_openat, AT_FDCWD, name, O_RDWR | O_CLOEXEC);
  file = writable < 0 ? NULL : calloc(1, sizeof *file);
  if (file == NULL) return NULL;
  file->device = found->st_dev;
  file->inode = found->st_ino;
  file->writable = writable;
  file->end = &file->first;
  file->next = files;
  files = file;
  return file;
}

static void let_go(struct file *file) {
  while (file->first != NULL) {
    struct waiting *write = file->first;
    file->first = write->next;
    free(write);
  }
  file->end = &file->first;
}

/* A file that is gone: its number may be another file's next. */
static void forget(const char *path) {
  struct stat found;
  if (stat(path, &found) != 0 || !S_ISREG(found.st_mode)) return;
  pthread_mutex_lock(&turn);
  for (struct file **place = &files; *place != NULL; place = &(*place)->next) {
    struct file *file = *place;
    if (file->device != found.st_dev || file->inode != found.st_ino || found.st_nlink > 1) continue;
    let_go(file);
    syscall(SYS_close, file->writable);
    *place = file->next;
    free(file);
    break;
  }
  pthread_mutex_unlock(&turn);
}

static ssize_t keep(int number, const void *bytes, size_t count, off64_t at) {
  struct stat found;
  pthread_mutex_lock(&turn);
  struct file *file = is_file(number, &found) ? known_or_new(&found, number) : NULL;
  struct waiting *write = file == NULL ? NULL : malloc(sizeof *write + count);
  if (write == NULL) {
    pthread_mutex_unlock(&turn);
    return syscall(SYS_pwrite64, number, bytes, count, at);
  }
  write->next = NULL;
  write->at = at;
  write->length = count;
  memcpy(write->bytes, bytes, count);
  *file->end = write;
  file->end = &write->next;
  if (at + (off64_t)count > found.st_size) syscall(SYS_ftruncate, file->writable, at + (off64_t)count);
  size_t sooner = 0;
  uint64_t fate = chance() % 4;
  if (fate == 0) sooner = count;
  if (fate == 1) sooner = chance() % (count / SECTOR_BYTES + 1) * SECTOR_BYTES;
  if (sooner > 0) syscall(SYS_pwrite64, file->writable, bytes, sooner, at);
  pthread_mutex_unlock(&turn);
  return (ssize_t)count;
}

static int flush(int number) {
  struct stat found;
  pthread_mutex_lock(&turn);
  struct file *file = is_file(number, &found) ? known(&found) : NULL;
  if (file != NULL) {
    for (struct waiting *write = file->first; write != NULL; write = write->next)
      syscall(SYS_pwrite64, file->writable, write->bytes, write->length, write->at);
    let_go(file);
  }
  pthread_mutex_unlock(&turn);
  return 0;
}

/* What is read, with what waits laid over it. */
static ssize_t look(int number, void *bytes, size_t count, off64_t at) {
  struct stat found;
  pthread_mutex_lock(&turn);
  ssize_t got = syscall(SYS_pread64, number, bytes, count, at);
  struct file *file = got > 0 && is_file(number, &found) ? known(&found) : NULL;
  for (struct waiting *write = file == NULL ? NULL : file->first; write != NULL; write = write->next) {
    off64_t start = write->at > at ? write->at : at;
    off64_t end = write->at + (off64_t)write->length;
    if (end > at + got) end = at + got;
    if (start < end)
      memcpy((unsigned char *)bytes + (start - at), write->bytes + (start - write->at), (size_t)(end - start));
  }
  pthread_mutex_unlock(&turn);
  return got;
}

ssize_t pwrite64(int number, const void *bytes, size_t count, off64_t at) { return keep(number, bytes, count, at); }
ssize_t pread64(int number, void *bytes, size_t count, off64_t at) { return look(number, bytes, count, at); }
int fsync(int number) { return flush(number); }
int fdatasync(int number) { return flush(number); }
int sync_file_range(int number, off64_t at, off64_t count, unsigned int flags) {
  (void)number, (void)at, (void)count, (void)flags;
  return 0;
}

ssize_t write(int number, const void *bytes, size_t count) {
  struct stat found;
  if (!is_file(number, &found)) return syscall(SYS_write, number, bytes, count);
  int appends = fcntl(number, F_GETFL) & O_APPEND;
  off64_t at = lseek64(number, 0, appends ? SEEK_END : SEEK_CUR);
  ssize_t kept = keep(number, bytes, count, at);
  if (kept > 0) lseek64(number, at + kept, SEEK_SET);
  return kept;
}

ssize_t read(int number, void *bytes, size_t count) {
  struct stat found;
  if (!is_file(number, &found)) return syscall(SYS_read, number, bytes, count);
  off64_t at = lseek64(number, 0, SEEK_CUR);
  ssize_t got = look(number, bytes, count, at);
  if (got > 0) lseek64(number, at + got, SEEK_SET);
  return got;
}

int ftruncate64(int number, off64_t length) {
  struct stat found;
  pthread_mutex_lock(&turn);
  struct file *file = is_file(number, &found) ? known(&found) : NULL;
  for (struct waiting *write = file == NULL ? NULL : file->first; write != NULL; write = write->next) {
    off64_t left = length > write->at ? length - write->at : 0;
    if ((off64_t)write->length > left) write->length = (size_t)left;
  }
  int done = (int)syscall(SYS_ftruncate, number, length);
  pthread_mutex_unlock(&turn);
  return done;
}

int rename(const char *from, const char *to) {
  forget(to);
  return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path) {
  forget(path);
  return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int open64(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  int mode = va_arg(more, int);
  va_end(more);
  if (flags & O_TRUNC) forget(path);
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
