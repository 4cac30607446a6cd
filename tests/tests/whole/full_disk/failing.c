// A disk that fails when it is told to, under the real server: loaded before the C library.
//
// Why it exists: a file system that turns read-only under open files, or a flush that fails, cannot be had from the
// operating system without harming other processes, and room that runs out only by taking it from them. The file that
// DISK_FAULT names says what fails as long as it is there: "flush" (EIO), "write" (EROFS), or "grow" (ENOSPC): nothing
// more can be written, though files open, close, shrink and go. Standard streams, sockets and devices always work.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static int is_told(const char *what) {
  const char *path = getenv("DISK_FAULT");
  char said[8] = {0};
  if (path == NULL) return 0;
  long file = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  long length = syscall(SYS_read, file, said, sizeof said - 1);
  syscall(SYS_close, file);
  return length > 0 && strcmp(said, what) == 0;
}

static int fails(int with) {
  errno = with;
  return -1;
}

static int is_kept(int file) {
  struct stat found;
  return file > 2 && fstat(file, &found) == 0 && S_ISREG(found.st_mode);
}

// What writing to a file fails with, or nothing.
static int why_not_written(int file) {
  if (!is_kept(file)) return 0;
  return is_told("write") ? EROFS : is_told("grow") ? ENOSPC : 0;
}

static int is_opened_to_write(const char *path, int flags) {
  int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));
  return writes && strncmp(path, "/dev/", 5) != 0 && strncmp(path, "/proc/", 6) != 0 && is_told("write");
}

int fdatasync(int file) {
  return is_told("flush") ? fails(EIO) : (int)syscall(SYS_fdatasync, file);
}

int fsync(int file) {
  return is_told("flush") ? fails(EIO) : (int)syscall(SYS_fsync, file);
}

ssize_t write(int file, const void *bytes, size_t count) {
  int with = why_not_written(file);
  return with ? fails(with) : syscall(SYS_write, file, bytes, count);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
  int with = why_not_written(file);
  return with ? fails(with) : syscall(SYS_pwrite64, file, bytes, count, at);
}

int ftruncate64(int file, off64_t length) {
  return is_kept(file) && is_told("write") ? fails(EROFS) : (int)syscall(SYS_ftruncate, file, length);
}

int open64(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  int mode = va_arg(more, int);
  va_end(more);
  if (is_opened_to_write(path, flags)) return fails(EROFS);
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int rename(const char *from, const char *to) {
  if (is_told("write")) return fails(EROFS);
  return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path) {
  return is_told("write") ? fails(EROFS) : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int mkdir(const char *path, mode_t mode) {
  return is_told("write") ? fails(EROFS) : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}
