/* SPDX-License-Identifier: MIT
 * wrap.h: libc's own functions, where a test or measurement stands in front of them
 * (-Wl,--wrap). */
#ifndef WRAP_H_INCLUDED
#define WRAP_H_INCLUDED
#include <dirent.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>

ssize_t __real_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t __real_recvmsg(int fd, struct msghdr *msg, int flags);
ssize_t __real_send(int fd, const void *data, size_t len, int flags);
ssize_t __real_recv(int fd, void *data, size_t len, int flags);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __real_open(const char *path, int flags, ...);
ssize_t __real_read(int fd, void *data, size_t len);
ssize_t __real_write(int fd, const void *data, size_t len);
int __real_ioctl(int fd, unsigned long request, ...);
int __real_close(int fd);
int __real_socket(int domain, int type, int protocol);
int __real_bind(int fd, const struct sockaddr *addr, socklen_t len);
int __real_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
DIR *__real_opendir(const char *path);
struct dirent *__real_readdir(DIR *dir);
int __real_closedir(DIR *dir);
int __real_stat(const char *path, struct stat *is);
int __real_fstat(int fd, struct stat *is);
int __real_access(const char *path, int mode);
int __real_unlink(const char *path);
int __real_flock(int fd, int how);
off_t __real_lseek(int fd, off_t at, int whence);
int __real_fsync(int fd);
int __real_rename(const char *from, const char *to);
#endif
