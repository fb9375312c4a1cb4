/* SPDX-License-Identifier: MIT
 * vif_objects.h 0.2.0: os-vif's objects as C structs, to and from their JSON wire form.
 *
 * USE    One file of the program says
 *            #define VIF_IMPLEMENTATION
 *            #include "vif_objects.h"
 *        and all others only include it. With VIF_STATIC defined every file gets a private copy.
 *
 *            char memory[8192];
 *            vif_arena arena;
 *            vif_object *o;
 *            vif_error err;
 *            vif_arena_init(&arena, memory, sizeof memory);
 *            if (vif_decode(&arena, text, strlen(text), &o, &err) != VIF_OK) {
 *                fprintf(stderr, "%s: %s\n", err.where, err.text);
 *            } else if (vif_is_a(o, VIF_CLASS_VIFBridge)) {
 *                puts(vif_as_vif(o)->bridge.bridge_name);
 *            }
 *
 * OPTIONS (define before the include of the implementation)
 *        VIF_STATIC       private copy in each file that includes the header
 *        VIF_JSON_DEPTH   deepest nesting that is read or written, default 32, at most 64
 *        VIF_NO_DECODE    leave out vif_decode, if the program fills objects itself (-6 KB)
 *        VIF_NO_ENCODE    leave out vif_encode (-1.8 KB)
 *
 * RULES  Memory: all memory comes from the arena that the caller gives. A decoded object and its
 *        strings live in it, and one vif_arena_free frees them. Strings are UTF-8 with a NUL.
 *        Threads: there are no globals. Use an object in one thread at a time.
 *        Signals and fork do not matter.
 *        Errors: functions return a status. Through the vif_error pointer (which may be NULL) they
 *        also give the field's path, the byte of the text at fault, the class, the rule and the
 *        value (escaped and cut). Bad input has no effect on *out.
 *
 * STRICT Some things that the reference, os-vif in Python, takes are refused here: any value as a
 *        boolean; an integer or a list as an address; a real number as an integer or a string; true
 *        as the string "True"; " 1_0 " as an integer; "10.1" and "010.1.2.3" as addresses; "10/8"
 *        and "10.0.0.0/255.0.0.0" as networks; any character for the dot of a PCI address; a
 *        newline behind a PCI address or a MAC; a list as a UUID; text as the list of its
 *        characters; integers beyond int64 or with a '+'; "1" and "01.0" as versions; and fields
 *        that the class does not have. Also refused are duplicate keys of an object, U+0000 in a
 *        string, and text that is not RFC 8259 JSON in UTF-8. A version's patch level ("1.0.7") is
 *        not kept.
 *
 * NOT    This header does not judge what a field means for a host (vif.h does). It has no schema of
 *        its own and does no RPC. Its classes are os-vif's 31 and Kuryr's VIFVlanNested,
 *        VIFMacvlanNested and VIFDPDKNested. */
#ifndef VIF_OBJECTS_H_INCLUDED
#define VIF_OBJECTS_H_INCLUDED

/* vif common block: the same to the letter in vif_objects.h and vif_netlink.h */
#ifndef VIF_COMMON_INCLUDED
#define VIF_COMMON_INCLUDED
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#define VIF_VERSION_MAJOR 0
#define VIF_VERSION_MINOR 2
#define VIF_VERSION_PATCH 0
#define VIF_VERSION_NUM 200             /* major * 10000 + minor * 100 + patch */
#if defined(__GNUC__) || defined(__clang__)
#define VIF_UNUSED_FN __attribute__((unused))
#define VIF_MUST_CHECK __attribute__((warn_unused_result))
#else
#define VIF_UNUSED_FN
#define VIF_MUST_CHECK
#endif
#if defined(VIF_STATIC) && !defined(VIF_IMPLEMENTATION)
#define VIF_IMPLEMENTATION              /* a private copy is always a whole copy */
#endif
#ifndef VIF_API
#ifdef VIF_STATIC
#define VIF_API VIF_UNUSED_FN static
#else
#define VIF_API extern
#endif
#endif

/* Every status: its name, its value, what a second try needs (vif_retry), and its words. Each
 * exception of os-vif has a code; vif adds the others. */
#define VIF_STATUS_MAP(X) \
    X(OK, 0, NEVER, "success") \
    X(E_INVAL, -1, CHANGED, "invalid argument") \
    X(E_NOMEM, -2, NOW, "out of memory") \
    X(E_SPACE, -3, CHANGED, "the caller's buffer is too small") \
    X(E_SYSTEM, -4, CHANGED, "a system call failed; see sys_errno") \
    X(E_KERNEL, -5, CHANGED, "the kernel refused the request; see sys_errno") \
    X(E_UNKNOWN, -6, LOOKED, "outcome unknown: look before repeating") \
    X(E_PROTO, -7, LOOKED, "malformed message") \
    X(E_TOO_BIG, -8, CHANGED, "message larger than the buffer") \
    X(E_TIMEOUT, -9, NOW, "deadline passed; nothing was changed") \
    X(E_INTERRUPTED, -10, NOW, "the table changed while it was read") \
    X(E_UNSUPPORTED, -11, NEVER, "not supported by this kernel or server") \
    X(E_EXISTS, -12, CHANGED, "exists and belongs to somebody else") \
    X(E_CONFLICT, -13, NOW, "changed by somebody else in between") \
    X(E_BUSY, -14, NOW, "busy: another call is at work, or there is no room now") \
    X(E_JSON, -15, CHANGED, "malformed JSON") \
    X(E_FIELD, -16, CHANGED, "ValueError: value not allowed") \
    X(E_KEY, -17, CHANGED, "KeyError: required key is missing") \
    X(E_OBJECT, -18, NEVER, "UnsupportedObjectError: unknown class or namespace") \
    X(E_VERSION, -19, NEVER, "IncompatibleObjectVersion: version not supported") \
    X(E_BAD_VERSION, -20, CHANGED, "InvalidVersion: not a version") \
    X(E_ACTION, -21, NEVER, "ObjectActionError: cannot be encoded for that version") \
    X(E_NOT_OPEN, -22, CHANGED, "LibraryNotInitialized: the host is not open") \
    X(E_NO_PLUGIN, -23, NEVER, "NoMatchingPlugin: no plugin of that name") \
    X(E_PLUG, -24, CHANGED, "PlugException") \
    X(E_UNPLUG, -25, CHANGED, "UnplugException") \
    X(E_NO_VIF_CLASS, -26, NEVER, "NoMatchingVIFClass: the plugin does not take this class") \
    X(E_VIF_VERSION, -27, NEVER, "NoSupportedVIFVersion: the plugin does not take this version") \
    X(E_NO_PROFILE_CLASS, -28, NEVER, "NoMatchingPortProfileClass: not taken by the plugin") \
    X(E_PROFILE_VERSION, -29, NEVER, "NoSupportedPortProfileVersion: not taken by the plugin") \
    X(E_NO_INTERFACE, -30, CHANGED, "NetworkInterfaceNotFound: no such network interface") \
    X(E_NO_INTERFACE_TYPE, -31, CHANGED, "NetworkInterfaceTypeNotDefined: no interface type") \
    X(E_NO_PROFILE, -32, CHANGED, "MissingPortProfile: the VIF needs a port profile") \
    X(E_WRONG_PROFILE, -33, CHANGED, "WrongPortProfile: the port profile is of the wrong class") \
    X(E_NO_REPRESENTOR, -34, CHANGED, "RepresentorNotFound: no representor for this VF") \
    X(E_NO_PCI_DEVICE, -35, CHANGED, "PciDeviceNotFoundById: no such PCI device") \
    X(E_TAP_CREATION, -36, NEVER, "TapCreationNotSupported: this VIF cannot have its tap created") \
    X(E_DIFFERENT, -37, CHANGED, "check found differences") \
    X(E_UNCONFIRMED, -38, LOOKED, "committed, but not yet confirmed as applied or ready") \
    X(E_CANCELED, -39, CHANGED, "cancelled by the caller")
#define VIF__STATUS_ENUM(name, value, retry, words) VIF_##name = value,
typedef enum vif_status { VIF_STATUS_MAP(VIF__STATUS_ENUM) VIF__STATUS_MIN = -4096 } vif_status;

/* Why a call failed. Both texts end with a NUL. What the other side chose is escaped in them. */
typedef struct vif_error {
    vif_status status;
    int sys_errno;                      /* positive errno, 0 if none */
    uint32_t offset;                    /* byte at fault in the input or our request; 0: none */
    char where[96];                     /* field path of an object, or resource of a plan */
    char text[160];                     /* the broken rule and its class, or the other side's
                                         * own words */
} vif_error;

/* What the same call needs before it is worth a second try. */
typedef enum vif_retry {
    VIF_RETRY_NEVER,                    /* this program, kernel or server will not do it */
    VIF_RETRY_CHANGED,                  /* something must change first, here or on the far side */
    VIF_RETRY_LOOKED,                   /* a look: all or a part may have been done */
    VIF_RETRY_NOW                       /* nothing: the other side was busy, or a race was lost */
} vif_retry;

#if defined(__cplusplus) && !defined(VIF_STATIC)
extern "C" {
#endif
/* The code's name, as "E_FIELD", and its words. Never NULL; static storage. */
VIF_API const char *vif_status_name(vif_status status);
VIF_API const char *vif_status_words(vif_status status);
/* Decides by the status, and by errno where the status leaves it open. */
VIF_API vif_retry vif_error_retry(const vif_error *err);

/* Append to the NUL-terminated string in a buffer of cap bytes and cut what does not fit. _escaped
 * turns control characters, double quotes, backslashes and bytes that are not ASCII into \xNN. */
VIF_API void vif_cat(char *to, size_t cap, const char *text);
VIF_API void vif_cat_escaped(char *to, size_t cap, const char *text, size_t len);
/* Fills *err (may be NULL) and returns the status. It escapes `where` and copies `text` as it is.
 * Without a text it takes the words for sys_errno, or those for the status if errno has none. */
VIF_API vif_status vif_fail(vif_error *err, vif_status status, int sys_errno, const char *where,
                            const char *text);
/* Copies the next word of a list separated by commas, cut to cap - 1 bytes and padded with NULs,
 * and moves *list behind it. Skips empty words. False at the end, or if *list is NULL. */
VIF_API bool vif_list_next(const char **list, char *word, size_t cap);
#if defined(__cplusplus) && !defined(VIF_STATIC)
}
#endif

/* A file descriptor and a number that may be unset, which they are when all bytes are zero. */
typedef struct vif_fd {
    bool set;
    int fd;
} vif_fd;
typedef struct vif_u32 {
    bool set;
    uint32_t value;
} vif_u32;
static VIF_UNUSED_FN vif_fd vif_fd_of(int fd)
{
    vif_fd out;
    out.set = true;
    out.fd = fd;
    return out;
}
static VIF_UNUSED_FN vif_u32 vif_u32_of(uint32_t value)
{
    vif_u32 out;
    out.set = true;
    out.value = value;
    return out;
}
#endif
#if VIF_VERSION_NUM != 200
#error "vif headers of different versions: take all of them from one release (0.2.0 here)"
#endif
/* >>common: texts and errors
 *
 * Every part reports its failures through these functions: the status, errno, the place and the
 * words. Bytes that the other side chose come in, and plain ASCII goes out. Of all names that begin
 * with vif__ only these are used by more than one header. */
#if defined(VIF_IMPLEMENTATION) && !defined(VIF_COMMON_IMPLEMENTATION_DONE)
#define VIF_COMMON_IMPLEMENTATION_DONE
#include <errno.h>

/* A constant array of bytes without alignment. Even with -Os gcc aligns an array of 32 bytes or
 * more to 32 bytes, which would make holes of a tenth of all constants. */
#if defined(__GNUC__) || defined(__clang__)
#define VIF__BYTES __attribute__((aligned(1))) static const
#else
#define VIF__BYTES static const
#endif

/* A function that compilers would inline, but that has to stay a function of its own, because that
 * makes the code or the stack frame of its caller smaller. */
#if defined(__GNUC__) || defined(__clang__)
#define VIF__APART __attribute__((noinline))
#else
#define VIF__APART
#endif

/* Names and words alternate, in the order of the codes: 0, -1, -2, ... */
#define VIF__STATUS_TEXT(name, value, retry, words) #name "\0" words "\0"
#define VIF__STATUS_RETRY(name, value, retry, words) VIF_RETRY_##retry,
VIF__BYTES char vif__status_texts[] = VIF_STATUS_MAP(VIF__STATUS_TEXT) "E_?\0unknown status";
VIF__BYTES uint8_t vif__status_retries[] = {VIF_STATUS_MAP(VIF__STATUS_RETRY) VIF_RETRY_NEVER};

/* Returns the n-th of texts that follow one another, each with its NUL. */
static const char *vif__packed(const char *text, unsigned n)
{
    for (; n > 0; n--) {
        text += strlen(text) + 1;
    }
    return text;
}

static unsigned vif__status_index(vif_status status)
{
    const int count = (int)sizeof vif__status_retries - 1;
    return (unsigned)(status > 0 || -(int)status > count ? count : -(int)status);
}

VIF_API const char *vif_status_name(vif_status status)
{
    return vif__packed(vif__status_texts, vif__status_index(status) * 2);
}

VIF_API const char *vif_status_words(vif_status status)
{
    return vif__packed(vif__status_texts, vif__status_index(status) * 2 + 1);
}

/* Words for the usual case that the kernel gives none itself. On every architecture these numbers
 * are below 256. */
static const char *vif__errno_words(int number)
{
    VIF__BYTES uint8_t numbers[] = {
        EPERM, ENOENT, ENOMEM, EACCES, EBUSY, EEXIST, ENODEV, EINVAL, ERANGE, EOPNOTSUPP,
        EADDRNOTAVAIL, ENETUNREACH, ENOBUFS, ETIMEDOUT, ENOTDIR, ELOOP, EROFS, ENOSPC
    };
    VIF__BYTES char words[] =
        "not permitted\0" "no such entry\0" "out of memory\0" "access denied\0" "busy\0"
        "already exists\0" "no such device\0" "invalid argument\0" "out of range\0"
        "not supported\0" "no such address\0" "unreachable\0" "an answer was lost\0"
        "no answer in time\0" "not a directory\0" "too many symbolic links\0"
        "read-only file system\0" "no space left\0";
    unsigned i = 0;
    while (i < sizeof numbers && numbers[i] != number) {
        i++;
    }
    return vif__packed(words, i);
}

VIF_API vif_retry vif_error_retry(const vif_error *err)
{
    if (err->status == VIF_E_KERNEL || err->status == VIF_E_SYSTEM) {
        switch (err->sys_errno) {
        case EAGAIN: case EBUSY: case EINTR: case ENOBUFS: case ENOMEM: return VIF_RETRY_NOW;
        default: break;
        }
    }
    return (vif_retry)vif__status_retries[vif__status_index(err->status)];
}

VIF__BYTES char vif__digits[] = "0123456789abcdef";

static void vif__cat_bytes(char *to, size_t cap, const char *text, size_t len)
{
    const size_t used = strlen(to), room = cap - used - 1, n = len < room ? len : room;
    memcpy(to + used, text, n);
    to[used + n] = '\0';
}

VIF_API void vif_cat(char *to, size_t cap, const char *text)
{
    vif__cat_bytes(to, cap, text, strlen(text));
}

/* An escape is appended whole or, at the end of the buffer, not at all. */
VIF_API void vif_cat_escaped(char *to, size_t cap, const char *text, size_t len)
{
    size_t used = strlen(to);
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];
        const char e[4] = {'\\', 'x', vif__digits[c >> 4], vif__digits[c & 15]};
        const bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
        const size_t n = plain ? 1 : 4;
        if (used + n >= cap) {
            break;
        }
        memcpy(to + used, plain ? text + i : e, n);
        used += n;
        to[used] = '\0';
    }
}

/* Appends the format. Each %s in it stands for the next of the texts, and each %e for the next one
 * with its odd bytes escaped. */
static void vif__cat_format(char *to, size_t cap, const char *format, const char *a, const char *b,
                            const char *c)
{
    for (;;) {
        const char *end = format;
        while (*end != '\0' && *end != '%') {
            end++;
        }
        vif__cat_bytes(to, cap, format, (size_t)(end - format));
        if (*end == '\0' || !a) {         /* a NULL text ends the output */
            break;
        }
        if (end[1] == 'e') {
            vif_cat_escaped(to, cap, a, strlen(a));
        } else {
            vif_cat(to, cap, a);
        }
        format = end + 2;
        a = b;
        b = c;
    }
}

VIF_API vif_status vif_fail(vif_error *err, vif_status status, int sys_errno, const char *where,
                            const char *text)
{
    if (err) {
        const char *said = sys_errno != 0 ? vif__errno_words(sys_errno) : "";
        memset(err, 0, sizeof *err);
        err->status = status;
        err->sys_errno = sys_errno;
        vif__cat_format(err->where, sizeof err->where, "%e", where, NULL, NULL);
        if (text) {
            said = text;
        } else if (said[0] == '\0') {
            said = vif_status_words(status);
        }
        vif_cat(err->text, sizeof err->text, said);
    }
    return status;
}

/* Most failures are vif's own decision: they have no errno, and no place to name. */
static vif_status vif__fail(vif_error *err, vif_status status, const char *text)
{
    return vif_fail(err, status, 0, "", text);
}

VIF_API bool vif_list_next(const char **list, char *word, size_t cap)
{
    size_t len = 0;
    memset(word, 0, cap);
    for (; *list && **list != '\0' && (len == 0 || **list != ','); ++*list) {
        if (**list != ',' && len < cap - 1) {
            word[len++] = **list;
        }
    }
    return len > 0;
}
#endif
/* end of the vif common block */

#ifdef __cplusplus
extern "C" {
#endif

/* ---- memory --------------------------------------------------------------------------------- */

/* All parts of a decoded object come from an arena, whose memory is handed out piece by piece and
 * freed as a whole. The caller chooses where it comes from: a block of the caller's, a hook, or a
 * block first and the hook when the block is used up. */

/* A decoded object takes about as many bytes as its JSON text (two thirds of them if the text is
 * indented), and the decoder 1 KB. 8 KB are enough for any VIF with a few subnets. If the arena is
 * full, decode returns E_NOMEM and has done nothing else: free the arena and try with more. */

/* Resizes ptr from old_size to size bytes. It acts as malloc if ptr is NULL, and as free
 * if size is 0 (returns NULL). For a size above 0, NULL means that there is no memory, and
 * ptr stays as it was. */
typedef void *(*vif_resize)(void *user, void *ptr, size_t old_size, size_t size);

typedef struct vif_arena {
    vif_resize resize;                  /* where more memory comes from, or NULL */
    void *user;                         /* the hook's first argument */
    size_t total;                       /* bytes handed out so far, padding included */
    struct {
        unsigned char *block;           /* the block in use */
        size_t cap, used;               /* its bytes, and those handed out */
        void *chunks;                   /* blocks got from resize, newest first */
    } priv;
} vif_arena;

/* Makes an arena in the caller's memory (of any alignment). It never grows. */
VIF_API void vif_arena_init(vif_arena *arena, void *memory, size_t size);
/* Makes an arena that uses up `memory` (may be NULL) first, and then takes blocks from resize. */
VIF_API void vif_arena_init_hook(vif_arena *arena, void *memory, size_t size, vif_resize resize,
                                 void *user);
/* Returns size zeroed bytes, aligned for any object, or NULL if there is no room. */
VIF_API void *vif_arena_alloc(vif_arena *arena, size_t size);
/* Returns a copy of the text with a NUL behind it, or NULL if there is no room. */
VIF_API char *vif_arena_text(vif_arena *arena, const char *text, size_t len);
/* Frees the blocks got from resize. Everything in the arena is gone. A second call is harmless. */
VIF_API void vif_arena_free(vif_arena *arena);

/* ---- JSON reader (RFC 8259) ----------------------------------------------------------------- */

/* Bytes go in and tokens come out, in a loop of the caller's:
 *
 *     vif_json_init(&json, scratch, sizeof scratch);
 *     vif_json_feed(&json, text, len);
 *     vif_json_finish(&json);
 *     while (vif_json_next(&json, &token) > VIF_JSON_MORE && token.type != VIF_JSON_END) {
 *         look at token.type, .text, .integer;
 *     }
 *
 * It takes RFC 8259 to the letter, in UTF-8 without a byte order mark. It adds one rule: a string
 * has no U+0000, because a C string can't hold it. It is not recursive. */

#ifndef VIF_JSON_DEPTH
#define VIF_JSON_DEPTH 32
#endif

typedef enum vif_json_type {
    VIF_JSON_ERROR = -1,                /* sticky; see vif_json.why */
    VIF_JSON_MORE = 0,                  /* call vif_json_feed, or vif_json_finish at the end */
    VIF_JSON_END,                       /* a whole value was read; the next call starts another */
    VIF_JSON_OBJECT,                    /* { */
    VIF_JSON_OBJECT_END,                /* } */
    VIF_JSON_ARRAY,                     /* [ */
    VIF_JSON_ARRAY_END,                 /* ] */
    VIF_JSON_KEY,                       /* a name in an object; its value is the next token */
    VIF_JSON_STRING,                    /* any other text */
    VIF_JSON_INT,                       /* fits int64, written without point and exponent */
    VIF_JSON_REAL,                      /* any other number, as text */
    VIF_JSON_TRUE,                      /* the words true, false and null */
    VIF_JSON_FALSE,
    VIF_JSON_NULL,
    VIF_JSON_SPACE                      /* scratch too small: see vif_json_scratch */
} vif_json_type;

/* text is borrowed until the next call on the reader (or the next feed). It has no NUL. */
typedef struct vif_json_token {
    vif_json_type type;                 /* which of the other members count */
    uint32_t offset;                    /* byte of the whole text where the token starts */
    const char *text;                   /* KEY, STRING: decoded; INT, REAL: as written */
    size_t len;                         /* bytes of text */
    int64_t integer;                    /* INT */
} vif_json_token;

/* A pull reader over pieces of any size. It can stop at any byte and go on with the next piece. It
 * reports duplicate keys as they come, and the caller decides what they mean. */
typedef struct vif_json {
    const char *why;                    /* after VIF_JSON_ERROR: the broken rule */
    uint32_t offset;                    /* and the byte at which it was broken */
    struct {
        const unsigned char *at, *end, *start; /* of the current piece */
        char *text;                     /* the scratch */
        size_t text_cap, text_len;      /* its size, and what a string fills of it */
        const char *literal;            /* the rest of a word that is being read */
        uint64_t arrays;                /* a bit for each open bracket, set for a list */
        uint32_t base, token, code, high; /* offsets; an escape that is being read */
        uint8_t depth, expect, lex, is_key, digits, finished, dead, drop;
        uint8_t utf8_need, utf8_low, utf8_high; /* of a character cut by the end of a piece */
    } priv;
} vif_json;

/* scratch holds a string that has escapes or is cut by the end of a piece. It may be small: if a
 * token does not fit with four bytes to spare, vif_json_next returns VIF_JSON_SPACE. */
/* A text that comes in pieces, as from a socket, with a scratch that grows:
 *
 *     for (;;) {
 *         switch (vif_json_next(&json, &token)) {
 *         case VIF_JSON_MORE:
 *             n = read(fd, piece, sizeof piece);
 *             if (n > 0) {
 *                 vif_json_feed(&json, piece, n);
 *             } else {
 *                 vif_json_finish(&json);
 *             }
 *             break;
 *         case VIF_JSON_SPACE:
 *             cap *= 2;
 *             larger = realloc(scratch, cap);
 *             vif_json_scratch(&json, scratch = larger, cap);
 *             break;
 *         case VIF_JSON_ERROR:
 *             json.why and json.offset say what is wrong, and where
 *             return;
 *         default:
 *             a token
 *         }
 *     }
 */
VIF_API void vif_json_init(vif_json *json, void *scratch, size_t cap);
/* Gives the reader the next piece, which must stay until it is used up (VIF_JSON_MORE). */
VIF_API void vif_json_feed(vif_json *json, const void *data, size_t len);
/* Says that there are no more pieces. What would be VIF_JSON_MORE is an error from now on. */
VIF_API void vif_json_finish(vif_json *json);
/* Returns the next token, or why there is none: MORE, SPACE or ERROR. After an ERROR it returns
 * only ERROR. */
VIF_API vif_json_type vif_json_next(vif_json *json, vif_json_token *token);
/* Use it instead of vif_json_init to check strings without keeping them, which needs no scratch. */
VIF_API void vif_json_init_scan(vif_json *json);
/* Whether the text is one JSON value and nothing else. */
VIF_API bool vif_json_valid(const char *text, size_t len);
/* Decodes the next character of a string (without its quotes, and known to be valid) to
 * *len bytes of UTF-8, at most four. It takes a pair of surrogates as one. Returns where
 * the character ends. */
VIF_API const char *vif_json_char(const char *p, const char *end, char to[8], size_t *len);
/* Skips the next value, or the one that started with `first` (an OBJECT or ARRAY token just read).
 * Returns VIF_JSON_END behind it, else MORE or ERROR. Needs no scratch. Only for whole texts. */
VIF_API vif_json_type vif_json_skip(vif_json *json, vif_json_type first);
/* Gives the reader a larger scratch after VIF_JSON_SPACE, and moves what was
 * read of a string there. */
VIF_API void vif_json_scratch(vif_json *json, void *scratch, size_t cap);

/* ---- JSON writer ---------------------------------------------------------------------------- */

/* Writes into the caller's buffer. Errors are sticky, so check them once, at the end. With buf
 * NULL, or when the buffer is full, it goes on counting, and len is what the whole text needs. */
typedef struct vif_json_out {
    char *buf;                          /* or NULL: only count */
    size_t cap, len;                    /* its size, and bytes needed so far; no NUL is added */
    bool overflow;                      /* len > cap: what is in the buffer is useless */
    bool bad;                           /* invalid UTF-8, or nesting deeper than VIF_JSON_DEPTH */
    struct {
        uint8_t depth, comma;           /* open brackets; whether a comma comes first */
    } priv;
} vif_json_out;

/*     vif_json_out_init(&out, buf, sizeof buf);
 *     vif_json_open(&out, '{');
 *     vif_json_key(&out, "name");
 *     vif_json_string(&out, name);
 *     vif_json_key(&out, "ports");
 *     vif_json_open(&out, '[');
 *     for (i = 0; i < count; i++) {
 *         vif_json_int(&out, port[i]);
 *     }
 *     vif_json_close(&out, ']');
 *     vif_json_close(&out, '}');
 *     if (out.bad || out.overflow) {
 *         the text is useless; after an overflow out.len bytes would be enough
 *     }
 *
 * The writer adds commas itself. An object is open('{'), then keys and values in turn, then
 * close('}'). The text is compact and safe for a terminal: control characters, DEL, U+0080 to
 * U+009F and bytes that are not UTF-8 are escaped. The last also set bad. */
VIF_API void vif_json_out_init(vif_json_out *out, void *buf, size_t cap);
/* Begin and end an object or a list. */
VIF_API void vif_json_open(vif_json_out *out, char bracket);    /* '{' or '[' */
VIF_API void vif_json_close(vif_json_out *out, char bracket);   /* '}' or ']' */
VIF_API void vif_json_key(vif_json_out *out, const char *key); /* its value comes next */
/* Write a text of len bytes, which may contain NULs, or a text up to its NUL. */
VIF_API void vif_json_text(vif_json_out *out, const char *text, size_t len);
VIF_API void vif_json_string(vif_json_out *out, const char *text);
/* Writes a number in decimal. For one that is no int64 use vif_json_raw. */
VIF_API void vif_json_int(vif_json_out *out, int64_t value);
/* Write true or false, and null. */
VIF_API void vif_json_bool(vif_json_out *out, bool value);
VIF_API void vif_json_null(vif_json_out *out);
/* Writes a value that is JSON already, without a change. */
VIF_API void vif_json_raw(vif_json_out *out, const char *json, size_t len);
/* Writes a piece of JSON without a change; it may open or close brackets, or end behind a key. */
VIF_API void vif_json_piece(vif_json_out *out, const char *json);
/* Writes bytes without a change, for a text that is not JSON. */
VIF_API void vif_json_put(vif_json_out *out, const char *bytes, size_t len);

/* ---- the objects ---------------------------------------------------------------------------- */

/* These are the objects of OpenStack's os-vif. A VIF is one network interface of a guest. Its class
 * says what carries it on the host: a port of a bridge, a socket or a device. Its network says what
 * it is connected to, its port profile what a switch or a card must know about it, and the instance
 * which guest it belongs to. HostInfo and the classes below it say what a host can plug.
 *
 * Each class is a struct that starts with a vif_object. A class with a parent starts with
 * the parent's fields, in the same places. So a pointer to any of them is also a pointer to
 * its vif_object and to its parents. Objects come from vif_decode, or a program fills them
 * after vif_object_init. */

/* In the wire form, os-vif's JSON, an object is a wrapper around its fields, and so are the objects
 * inside it and the items of its lists:
 *
 *     {"versioned_object.name": "VIFGeneric",
 *      "versioned_object.namespace": "os_vif",
 *      "versioned_object.version": "1.0",
 *      "versioned_object.data": {"vif_name": "tap0", "active": true},
 *      "versioned_object.changes": ["active"]}
 *
 * Each class has a version. A new minor version adds fields and removes none, so a reader takes
 * every older one. It refuses newer minor versions and other major ones. A writer that knows how
 * old its reader is leaves out the fields that came later (vif_encode_desc). */

/* Every class: its name, struct, parent, minor version (the major one is 1), and the minor
 * version that brought the parent's later fields (SAME: both have the same versions).
 * Parents come first. */
#define VIF_CLASS_MAP(X) \
    /* what a card does instead of the switch */ \
    X(DatapathOffloadBase, vif_datapath_offload_base, NONE, 0, 0) \
    X(DatapathOffloadRepresentor, vif_datapath_offload_representor, DatapathOffloadBase, 0, 0) \
    /* addresses of a guest */ \
    X(FixedIP, vif_fixed_ip, NONE, 0, 0) \
    X(FixedIPList, vif_fixed_ip_list, NONE, 0, 0) \
    /* what the plugins of a host can plug */ \
    X(HostInfo, vif_host_info, NONE, 0, 0) \
    X(HostPluginInfo, vif_host_plugin_info, NONE, 0, 0) \
    X(HostPortProfileInfo, vif_host_port_profile_info, NONE, 0, 0) \
    X(HostVIFInfo, vif_host_vif_info, NONE, 1, 0) \
    /* the guest, and what its VIF is connected to */ \
    X(InstanceInfo, vif_instance_info, NONE, 0, 0) \
    X(Network, vif_network, NONE, 1, 0) \
    X(Route, vif_route, NONE, 0, 0) \
    X(RouteList, vif_route_list, NONE, 0, 0) \
    X(Subnet, vif_subnet, NONE, 0, 0) \
    X(SubnetList, vif_subnet_list, NONE, 0, 0) \
    /* interfaces of a guest; the class depends on what carries them on the host */ \
    X(VIFBase, vif_base, NONE, 0, 0) \
    X(VIFBridge, vif_bridge, VIFBase, 0, 0) \
    X(VIFDirect, vif_direct, VIFBase, 0, 0) \
    X(VIFGeneric, vif_generic, VIFBase, 0, 0) \
    X(VIFHostDevice, vif_host_device, VIFBase, 0, 0) \
    X(VIFNestedDPDK, vif_nested_dpdk, VIFBase, 0, 0) \
    X(VIFOpenVSwitch, vif_openvswitch, VIFBase, 0, 0) \
    X(VIFVHostUser, vif_vhost_user, VIFBase, 1, 0) \
    /* Kuryr's, for a guest that has pods of its own */ \
    X(VIFVlanNested, vif_vlan_nested, VIFBase, 0, 0) \
    X(VIFMacvlanNested, vif_macvlan_nested, VIFBase, 0, 0) \
    X(VIFDPDKNested, vif_dpdk_nested, VIFNestedDPDK, 0, 0) \
    /* what a switch must know about a port */ \
    X(VIFPortProfileBase, vif_port_profile_base, NONE, 1, 0) \
    X(VIFPortProfile8021Qbg, vif_port_profile_8021qbg, VIFPortProfileBase, 1, 1) \
    X(VIFPortProfile8021Qbh, vif_port_profile_8021qbh, VIFPortProfileBase, 1, 1) \
    X(VIFPortProfileFPBridge, vif_port_profile_fp_bridge, VIFPortProfileBase, 1, 1) \
    X(VIFPortProfileFPTap, vif_port_profile_fp_tap, VIFPortProfileBase, 1, 1) \
    X(VIFPortProfileK8sDPDK, vif_port_profile_k8s_dpdk, VIFPortProfileBase, 1, 1) \
    X(VIFPortProfileOpenVSwitch, vif_port_profile_openvswitch, VIFPortProfileBase, 4, 2) \
    X(VIFPortProfileFPOpenVSwitch, vif_port_profile_fp_openvswitch, \
      VIFPortProfileOpenVSwitch, 4, SAME) \
    X(VIFPortProfileOVSRepresentor, vif_port_profile_ovs_representor, \
      VIFPortProfileOpenVSwitch, 4, SAME)

/* The classes as numbers: VIF_CLASS_VIFBridge, ... They may change with the library's version. */
#define VIF__CLASS_ENUM(name, type, parent, minor, since) VIF_CLASS_##name,
typedef enum vif_class {
    VIF_CLASS_NONE,                     /* no class, or any class, as the function says */
    VIF_CLASS_MAP(VIF__CLASS_ENUM)
    VIF_CLASS_COUNT
} vif_class;

/* Reading a field, and writing one:
 *
 *     if (vif_has(vif->base.network) && vif->base.network->mtu.state == VIF_STATE_SET) {
 *         mtu = vif->base.network->mtu.value;
 *     }
 *     if (vif->base.active != VIF_FALSE) {
 *         unset counts as its default, true
 *     }
 *     network.mtu = vif_int_of(1450);
 *     network.bridge_interface = vif_null()->text;
 *     subnet_list.objects.items = subnets;
 *     subnet_list.objects.count = 2;
 */

/* Every field is unset, null or set, and zero is unset. For texts and pointers NULL is unset, and
 * vif_null() is null. A list is unset if items is NULL. An empty list has count 0, and its items
 * point anywhere. */
typedef enum vif_state { VIF_STATE_UNSET, VIF_STATE_SET, VIF_STATE_NULL } vif_state;
/* A switch of three states. It is an int and not the enum, so that C and C++ take "= true", which
 * is VIF_TRUE. "= false" leaves the field unset; write VIF_FALSE to say no. */
enum { VIF_BOOL_UNSET = 0, VIF_TRUE = 1, VIF_FALSE = 2 };
typedef int vif_bool;
/* How the guest of a VIFDirect reaches the network: through the external switch (VEPA), as the only
 * user of the device (PASSTHROUGH), or through a bridge in the card (BRIDGE). */
typedef enum vif_direct_mode {
    VIF_DIRECT_UNSET, VIF_DIRECT_VEPA, VIF_DIRECT_PASSTHROUGH, VIF_DIRECT_BRIDGE
} vif_direct_mode;
/* The role of the guest (QEMU) at the socket of a VIFVHostUser. A server makes the socket, a client
 * connects to it. */
typedef enum vif_vhost_mode { VIF_VHOST_UNSET, VIF_VHOST_CLIENT, VIF_VHOST_SERVER } vif_vhost_mode;
/* Whether a VIFHostDevice is a network card or any other device. */
typedef enum vif_dev_type { VIF_DEV_UNSET, VIF_DEV_ETHERNET, VIF_DEV_GENERIC } vif_dev_type;

/* A number with its state. */
typedef struct vif_int {
    int64_t value;                      /* valid only if the state is SET */
    vif_state state;                    /* unset, set or null */
} vif_int;

/* A list of texts. */
typedef struct vif_texts {
    const char *const *items;           /* count of them, none NULL */
    size_t count;                       /* 0 if the list is empty */
} vif_texts;

/* The start of every object: its class, its version (decode keeps the received one), and which of
 * its fields changed (bit n is field n; the class's own fields come first, then its parent's). */
typedef struct vif_object {
    uint8_t klass;                      /* vif_class */
    uint8_t major, minor;               /* of the wire form, as 1.0 */
    uint32_t changes;
    struct vif_object *next_in_list;    /* private to decode */
} vif_object;

/* What a card does instead of the switch. The base only says that it does something. */
typedef struct vif_datapath_offload_base {
    vif_object object;
} vif_datapath_offload_base;

/* The card switches by a representor, a device of the host for one of its virtual functions. */
typedef struct vif_datapath_offload_representor {
    vif_object object;
    const char *representor_name, *representor_address; /* the name it gets; PCI address */
} vif_datapath_offload_representor;

/* Either of them; object.klass says which. */
typedef union vif_datapath_offload {
    vif_object object;                  /* the head of both */
    vif_datapath_offload_base base;     /* DatapathOffloadBase */
    vif_datapath_offload_representor representor; /* DatapathOffloadRepresentor */
} vif_datapath_offload;

/* An address of the guest, and the external addresses that lead to it. */
typedef struct vif_fixed_ip {
    vif_object object;
    const char *address;                /* IPv4 or IPv6 */
    vif_texts floating_ips;             /* the external addresses */
} vif_fixed_ip;

/* To fill in a subnet with two addresses:
 *
 *     vif_fixed_ip ips[2];
 *     vif_fixed_ip_list list;
 *     vif_subnet subnet;
 *     for (i = 0; i < 2; i++) {
 *         vif_object_init(&ips[i], VIF_CLASS_FixedIP);
 *         ips[i].address = address[i];
 *     }
 *     vif_object_init(&list, VIF_CLASS_FixedIPList);
 *     list.objects.items = ips;
 *     list.objects.count = 2;
 *     vif_object_init(&subnet, VIF_CLASS_Subnet);
 *     subnet.ips = &list;
 *
 * In a list of objects, items is an array of count structs. */
#define VIF_LIST_OF(type) struct { const type *items; size_t count; }

/* In the wire form a list of objects is an object of its own, with a class and a version. */
typedef struct vif_fixed_ip_list {
    vif_object object;
    VIF_LIST_OF(vif_fixed_ip) objects;  /* items and count */
} vif_fixed_ip_list;

/* A route that the guest should have. */
typedef struct vif_route {
    vif_object object;
    const char *cidr, *gateway, *interface; /* the destination, the router's address, the device */
} vif_route;

/* A list as above. */
typedef struct vif_route_list {
    vif_object object;
    VIF_LIST_OF(vif_route) objects;     /* items and count */
} vif_route_list;

/* A range of addresses of a network. */
typedef struct vif_subnet {
    vif_object object;
    const char *cidr;                   /* the range, as 10.0.0.0/8 */
    vif_texts dns;                      /* addresses of name servers */
    const char *gateway;                /* address of the router */
    const vif_fixed_ip_list *ips;       /* the VIF's addresses */
    const vif_route_list *routes;       /* those beside the one over the gateway */
    const char *dhcp_server;            /* its address */
} vif_subnet;

/* A list as above. */
typedef struct vif_subnet_list {
    vif_object object;
    VIF_LIST_OF(vif_subnet) objects;    /* items and count */
} vif_subnet_list;

/* The network that a VIF is connected to. linux_bridge also reads from it what
 * to make on the host. */
typedef struct vif_network {
    vif_object object;
    const char *id, *bridge, *label;    /* UUID; the bridge on this host; a name for people */
    const vif_subnet_list *subnets;     /* decode gives an empty list if there is none */
    vif_bool multi_host, should_provide_bridge, should_provide_vlan; /* who makes bridge and VLAN */
    const char *bridge_interface;       /* uplink of the bridge */
    vif_int vlan, mtu;                  /* id of the VLAN; bytes */
} vif_network;

/* The guest that a VIF belongs to. */
typedef struct vif_instance_info {
    vif_object object;
    const char *uuid, *name, *project_id; /* of the guest; of its tenant */
} vif_instance_info;

/* What a host's plugins can plug, as vif_host_describe and os-vif's host_info report it. From the
 * inside out these are a port profile with its versions, a VIF class with its versions and
 * profiles, a plugin with its classes, and all plugins. */
typedef struct vif_host_port_profile_info {
    vif_object object;
    const char *profile_object_name, *min_version, *max_version; /* class; as 1.0 */
} vif_host_port_profile_info;

typedef struct vif_host_vif_info {
    vif_object object;
    const char *vif_object_name, *min_version, *max_version; /* class; as 1.0 */
    VIF_LIST_OF(vif_host_port_profile_info) supported_port_profiles; /* none: any */
} vif_host_vif_info;

typedef struct vif_host_plugin_info {
    vif_object object;
    const char *plugin_name;            /* as in VIFBase.plugin */
    VIF_LIST_OF(vif_host_vif_info) vif_info; /* the classes that it plugs */
} vif_host_plugin_info;

typedef struct vif_host_info {
    vif_object object;
    VIF_LIST_OF(vif_host_plugin_info) plugin_info; /* sorted by name */
} vif_host_info;

/* What a switch or a card must know about a VIF's port. All profiles have the base's fields. */
#define VIF_PORT_PROFILE_BASE_FIELDS \
    vif_object object; \
    const vif_datapath_offload *datapath_offload;

typedef struct vif_port_profile_base {
    VIF_PORT_PROFILE_BASE_FIELDS
} vif_port_profile_base;

/* For a switch that the host talks to by VDP (IEEE 802.1Qbg): a type from the switch's table, and
 * the UUID of the VIF's use of it. */
typedef struct vif_port_profile_8021qbg {
    VIF_PORT_PROFILE_BASE_FIELDS
    vif_int manager_id, type_id, type_id_version; /* 0-255, 24 bits, 0-255 */
    const char *instance_id;            /* UUID */
} vif_port_profile_8021qbg;

/* For a switch that extends into the card (IEEE 802.1Qbh, 802.1BR). */
typedef struct vif_port_profile_8021qbh {
    VIF_PORT_PROFILE_BASE_FIELDS
    const char *profile_id;             /* name of a profile on the switch */
} vif_port_profile_8021qbh;

/* For 6WIND's fast path beside the kernel, with a bridge or with a routed tap. */
typedef struct vif_port_profile_fp_bridge {
    VIF_PORT_PROFILE_BASE_FIELDS
    const char *bridge_name;            /* the bridge that the port is on */
} vif_port_profile_fp_bridge;

typedef struct vif_port_profile_fp_tap {
    VIF_PORT_PROFILE_BASE_FIELDS
    const char *mac_address;            /* the tap's own, on the host's side */
} vif_port_profile_fp_tap;

/* For Kubernetes: where an agent in the pod finds the annotation that it waits for. */
typedef struct vif_port_profile_k8s_dpdk {
    VIF_PORT_PROFILE_BASE_FIELDS
    vif_bool l3_setup;                  /* addresses and routes are wanted as well */
    const char *selflink, *resourceversion; /* of the pod */
} vif_port_profile_k8s_dpdk;

/* For Open vSwitch: what the Interface row tells OVN or Neutron, and what the plugin makes. */
#define VIF_PORT_PROFILE_OPENVSWITCH_FIELDS \
    VIF_PORT_PROFILE_BASE_FIELDS \
    const char *interface_id;           /* external_ids:iface-id of the row; a UUID */ \
    const char *profile_id;             /* name of a profile of the network */ \
    const char *datapath_type;          /* of the bridge: system, netdev */ \
    vif_bool create_port;               /* else somebody else, as libvirt, makes the row */ \
    vif_bool create_tap, multiqueue;    /* make the device as well; with several queues */

typedef struct vif_port_profile_openvswitch {
    VIF_PORT_PROFILE_OPENVSWITCH_FIELDS
} vif_port_profile_openvswitch;

/* The same for a fast path, with a Linux bridge before the switch (hybrid) or without. */
typedef struct vif_port_profile_fp_openvswitch {
    VIF_PORT_PROFILE_OPENVSWITCH_FIELDS
    const char *bridge_name;            /* the switch's bridge; if hybrid, the Linux bridge */
    vif_bool hybrid_plug;               /* whether there is a Linux bridge */
} vif_port_profile_fp_openvswitch;

/* The same for a card that does the switching; the older way to ask for datapath_offload. */
typedef struct vif_port_profile_ovs_representor {
    VIF_PORT_PROFILE_OPENVSWITCH_FIELDS
    const char *representor_name, *representor_address; /* a name; PCI address of the function */
} vif_port_profile_ovs_representor;

/* Any port profile. object.klass says which member counts; openvswitch also serves the two classes
 * below it. */
typedef union vif_port_profile {
    vif_object object;                  /* the head of all */
    vif_port_profile_base base;         /* VIFPortProfileBase: only what all have */
    vif_port_profile_8021qbg qbg;       /* VIFPortProfile8021Qbg */
    vif_port_profile_8021qbh qbh;       /* VIFPortProfile8021Qbh */
    vif_port_profile_fp_bridge fp_bridge; /* VIFPortProfileFPBridge */
    vif_port_profile_fp_tap fp_tap;     /* VIFPortProfileFPTap */
    vif_port_profile_k8s_dpdk k8s_dpdk; /* VIFPortProfileK8sDPDK */
    vif_port_profile_openvswitch openvswitch; /* VIFPortProfileOpenVSwitch and the next two */
    vif_port_profile_fp_openvswitch fp_openvswitch; /* VIFPortProfileFPOpenVSwitch */
    vif_port_profile_ovs_representor ovs_representor; /* VIFPortProfileOVSRepresentor */
} vif_port_profile;

/* The fields of every VIF. If base.plugin is not set, the class decides which plugin plugs it:
 *
 *     VIFBridge        linux_bridge (plugin ovs puts a bridge of its own before the switch: hybrid)
 *     VIFOpenVSwitch   ovs
 *     VIFVHostUser     ovs (plugin noop is for a switch that somebody else runs)
 *     VIFHostDevice    ovs, by its representor
 *     VIFGeneric       tap
 *     others           known here, to be passed on; no plugin of vif.h plugs them
 */
#define VIF_BASE_FIELDS \
    vif_object object; \
    const char *id;                     /* a UUID; names of links are made from it */ \
    const char *address;                /* the guest's MAC */ \
    const vif_network *network;         /* what it is connected to */ \
    const char *plugin;                 /* the plugin that plugs it: ovs, linux_bridge, ... */ \
    vif_bool active;                    /* whether it is in use; vif does not read it */ \
    vif_bool preserve_on_delete;        /* it outlives its guest; vif does not read it */ \
    vif_bool has_traffic_filtering;     /* the caller filters, so vif makes no rules for it */ \
    const vif_port_profile *port_profile;

/* A VIF about which nothing more is known. */
typedef struct vif_base {
    VIF_BASE_FIELDS
} vif_base;

/* A tap that is a port of a Linux bridge. With plugin ovs the bridge is its own and
 * leads to the switch. */
typedef struct vif_bridge {
    VIF_BASE_FIELDS
    const char *vif_name, *bridge_name; /* the tap; the bridge */
} vif_bridge;

/* A device of the host, as a virtual function of a card, which the guest uses through a macvtap. */
typedef struct vif_direct {
    VIF_BASE_FIELDS
    const char *vif_name, *dev_address; /* the link; PCI address of the function */
    vif_direct_mode mode;               /* see vif_direct_mode */
    const char *vlan_name;              /* the VLAN's link between the two, if there is one */
} vif_direct;

/* A device of the host, which the plugin tap makes as a tap. */
typedef struct vif_generic {
    VIF_BASE_FIELDS
    const char *vif_name;               /* the tap */
} vif_generic;

/* A device of the host that the guest gets as a whole. */
typedef struct vif_host_device {
    VIF_BASE_FIELDS
    vif_dev_type dev_type;              /* see vif_dev_type */
    const char *dev_address;            /* PCI address */
} vif_host_device;

/* Inside a guest: a device that a DPDK program of a pod drives. It is found by the VIF's MAC. */
typedef struct vif_nested_dpdk {
    VIF_BASE_FIELDS
    const char *pci_address, *dev_driver; /* where it is; the kernel's driver that it had */
} vif_nested_dpdk;

/* A port of Open vSwitch. */
typedef struct vif_openvswitch {
    VIF_BASE_FIELDS
    const char *vif_name, *bridge_name; /* the device; the Linux bridge, if hybrid */
} vif_openvswitch;

/* A socket between the guest and a switch in user space. */
typedef struct vif_vhost_user {
    VIF_BASE_FIELDS
    const char *vif_name, *path;        /* the port; the socket's path */
    vif_vhost_mode mode;                /* see vif_vhost_mode */
} vif_vhost_user;

/* Inside a guest, for a pod (Kuryr): a VLAN over the guest's interface. */
typedef struct vif_vlan_nested {
    VIF_BASE_FIELDS
    const char *vif_name;               /* interface of the guest */
    vif_int vlan_id;                    /* 1 to 4094 */
} vif_vlan_nested;

/* The same with a macvlan. */
typedef struct vif_macvlan_nested {
    VIF_BASE_FIELDS
    const char *vif_name;               /* interface of the guest */
} vif_macvlan_nested;

/* The same with a device for DPDK. */
typedef struct vif_dpdk_nested {
    VIF_BASE_FIELDS
    const char *pci_address, *dev_driver, *vif_name; /* as in VIFNestedDPDK; the interface */
} vif_dpdk_nested;

/* Any VIF. object.klass says which member counts; base serves all. */
typedef union vif_vif {
    vif_object object;                  /* the head of all */
    vif_base base;                      /* fields of all VIFs */
    vif_bridge bridge;                  /* VIFBridge */
    vif_direct direct;                  /* VIFDirect */
    vif_generic generic;                /* VIFGeneric */
    vif_host_device host_device;        /* VIFHostDevice */
    vif_nested_dpdk nested_dpdk;        /* VIFNestedDPDK */
    vif_openvswitch openvswitch;        /* VIFOpenVSwitch */
    vif_vhost_user vhost_user;          /* VIFVHostUser */
    vif_vlan_nested vlan_nested;        /* VIFVlanNested */
    vif_macvlan_nested macvlan_nested;  /* VIFMacvlanNested */
    vif_dpdk_nested dpdk_nested;        /* VIFDPDKNested */
} vif_vif;

/* Any object at all. It is safe to read through a pointer that is null as vif_null(): every field
 * is unset there. */
typedef union vif_any {
    vif_object object;                  /* the head of all */
    char text[8];                       /* only for vif_null */
    vif_vif vif;                        /* VIFBase and below */
    vif_port_profile port_profile;      /* VIFPortProfileBase and below */
    vif_datapath_offload datapath_offload; /* DatapathOffloadBase and below */
    vif_network network;                /* Network */
    vif_subnet_list subnet_list;        /* SubnetList */
    vif_subnet subnet;                  /* Subnet */
    vif_fixed_ip_list fixed_ip_list;    /* FixedIPList */
    vif_fixed_ip fixed_ip;              /* FixedIP */
    vif_route_list route_list;          /* RouteList */
    vif_route route;                    /* Route */
    vif_instance_info instance_info;    /* InstanceInfo */
    vif_host_info host_info;            /* HostInfo */
    vif_host_plugin_info host_plugin_info; /* HostPluginInfo */
    vif_host_vif_info host_vif_info;    /* HostVIFInfo */
    vif_host_port_profile_info host_port_profile_info; /* HostPortProfileInfo */
} vif_any;

/* The null value: &vif_null()->network, vif_null()->text, … Static storage, all zero. */
VIF_API const vif_any *vif_null(void);
/* Whether a pointer field is null. For a vif_int look at its state. */
VIF_API bool vif_is_null(const void *field);
/* Whether a pointer field is set and not null, and for _text also not empty. */
VIF_API bool vif_has(const void *field);
VIF_API bool vif_has_text(const char *field);
/* A number that is set: network.mtu = vif_int_of(1450). */
VIF_API vif_int vif_int_of(int64_t value);

/* Begins an object that is not decoded: zeroes the struct of that class, and sets the class and its
 * newest version. In a union it zeroes only the member of the class.
 *
 *     vif_vif vif;
 *     vif_object_init(&vif, VIF_CLASS_VIFBridge);
 *     vif.bridge.vif_name = "tap0";
 */
VIF_API void vif_object_init(void *object, vif_class klass);
/* The class's name on the wire, as "VIFBridge"; "" for none. Static storage. */
VIF_API const char *vif_class_name(vif_class klass);
/* The class of that name, or VIF_CLASS_NONE if there is none. */
VIF_API vif_class vif_class_find(const char *name, size_t len);
/* Whether the object is of that class or of one below it. */
VIF_API bool vif_is_a(const vif_object *object, vif_class klass);
/* The same object as a VIF, or NULL if it is none. */
VIF_API const vif_vif *vif_as_vif(const vif_object *object);
/* The same object as a vif_any; object.klass says which member counts:
 *
 *     if (object->klass == VIF_CLASS_Network) {
 *         puts(vif_as_any(object)->network.bridge);
 *     }
 */
VIF_API const vif_any *vif_as_any(const vif_object *object);

/* What an error of decode, encode, validate or compare looks like, here for a network with a MAC in
 * place of its MTU:
 *
 *     err.status   VIF_E_FIELD
 *     err.where    network.mtu
 *     err.text     Network: an integer is required: "22:52:25:62:e2:aa"
 *     err.offset   byte of the text at which the value starts
 *
 * Items of lists are counted from 0: network.subnets.objects[1].cidr. A key of the wrapper is part
 * of the path, as in network.versioned_object.version. */

/* The most bytes of a text and items of a list that are read, so that no input takes unbounded
 * memory or time. Objects nest to a depth of 6, and JSON to VIF_JSON_DEPTH. */
#define VIF_TEXT_MOST 16777216u
#define VIF_LIST_MOST 65536u

/* Reads one object of any class from a whole text in os-vif's wire form. It normalises values as
 * the reference does, and a Network starts as the reference's does, with no subnets, all three
 * switches false, and a null MTU. The object lives in the arena, and *out is set only on success. A
 * field that the class does not have is refused as a misspelling, because no accepted version has
 * others. E_JSON, E_KEY, E_OBJECT, E_VERSION, E_BAD_VERSION, E_FIELD, E_NOMEM, E_TOO_BIG. */
VIF_API VIF_MUST_CHECK vif_status vif_decode(vif_arena *arena, const char *text, size_t len,
                                             vif_object **out, vif_error *err);

/* How to read. All but text and len may be zero. */
typedef struct vif_decode_desc {
    const char *text;                   /* needs no NUL, and is not kept */
    size_t len;                         /* bytes of text */
    bool unknown_fields;                /* skip fields that the class does not have */
} vif_decode_desc;

/* The same with a desc. */
VIF_API VIF_MUST_CHECK vif_status vif_decode_with(vif_arena *arena, const vif_decode_desc *desc,
                                                  vif_object **out, vif_error *err);

/* A line of a manifest: the newest version of a class that the receiver knows. */
typedef struct vif_class_version {
    vif_class klass;                    /* at most one line for each class */
    uint8_t major, minor;               /* its newest version */
} vif_class_version;

/* For a receiver that knows Network 1.0 and port profiles of Open vSwitch up to 1.2:
 *
 *     static const vif_class_version knows[] = {
 *         {VIF_CLASS_Network, 1, 0}, {VIF_CLASS_VIFPortProfileBase, 1, 2}};
 *     vif_encode_desc desc = {0};
 *     desc.manifest = knows;
 *     desc.manifest_count = 2;
 *     st = vif_encode(&vif.object, &desc, &out, &err);
 *
 * Without a manifest an object that contains others can't be written as an older version, because
 * nothing says which versions of those the receiver knows. It is E_ACTION, as in the reference. */

/* Which versions to write. All zero: the object's own. With a manifest the reference's rules hold:
 * sub-objects whose declared class the manifest names are made compatible, and others are left. */
typedef struct vif_encode_desc {
    uint8_t target_major, target_minor; /* major 0: the object's own version */
    const vif_class_version *manifest;  /* or NULL */
    size_t manifest_count;              /* its lines */
} vif_encode_desc;

/* If no buffer is sure to be large enough, ask for the length first:
 *
 *     vif_json_out_init(&out, NULL, 0);
 *     (void)vif_encode(&vif.object, NULL, &out, NULL);
 *     buf = malloc(out.len);
 *     vif_json_out_init(&out, buf, out.len);
 *     st = vif_encode(&vif.object, NULL, &out, &err);
 *
 * Writes the wire form, from which the reference reads the same object. desc may be NULL. Unset
 * fields are left out, and null is written as null. E_ACTION and E_VERSION follow the reference's
 * rules. E_SPACE: it does not fit, and out->len is what it takes. E_FIELD: a text is not UTF-8. */
VIF_API VIF_MUST_CHECK vif_status vif_encode(const vif_object *object, const vif_encode_desc *desc,
                                             vif_json_out *out, vif_error *err);
/* Sets every unset field of this object, but not of those inside it, that has a default in the
 * reference: active is true, other switches are false. What is set or null stays. */
VIF_API void vif_set_defaults(vif_object *object);
/* Checks an object that a program has filled: would decode have taken every field in it and below?
 * vif_plug and all other verbs do this first. E_FIELD, with the field's path. */
VIF_API VIF_MUST_CHECK vif_status vif_validate(const vif_object *object, vif_error *err);
/* Compares two objects, as for an agent that is told about a VIF again. VIF_OK if both hold the
 * same, else E_DIFFERENT with the first field that differs in err->where. Versions and changes do
 * not count. */
VIF_API vif_status vif_compare(const vif_object *a, const vif_object *b, vif_error *err);
/* Prints a line for each set field, in the order of the fields:
 *
 *     vif_name: "tap0"
 *     network.subnets.objects[0].dns: ["192.0.2.1","2001:db8::1"]
 *     network.bridge_interface: null
 *     network.mtu: 1450
 *     active: true
 *
 * It is meant for people and logs, and escapes control characters. Returns the length that the text
 * takes. If that is not below cap, buf holds an empty string. */
VIF_API size_t vif_print(const vif_object *object, char *buf, size_t cap);

/* ---- values --------------------------------------------------------------------------------- */

/* Convert the texts that objects hold to numbers and back. Parsers take a text with its
 * length, which needs no NUL, and accept only the whole text. They return whether it was
 * valid, and fill *out only then (a vif_ip and the bytes of a MAC may be half filled). Nothing
 * depends on the locale. */

/*     vif_ip_parse("2001:db8::1/64", 14, true, &ip)   bytes 20 01 0d b8 ..., len 16, prefix 64
 *     vif_ip_parse("10.1.2.3", 8, true, &ip)          bytes 0a 01 02 03, len 4, prefix 32
 *     vif_ip_parse("10.1.2.3/8", 10, false, &ip)      false: a prefix is not allowed
 *     vif_ip_parse("010.1.2.3", 9, false, &ip)        false: it could be octal */

/* An address in network byte order. len is 4 or 16; without a written prefix it is 32 or 128. */
typedef struct vif_ip {
    uint8_t bytes[16];                  /* the first len of them count */
    uint8_t len, prefix;                /* bytes; bits */
} vif_ip;

/* Parses an address. With `net` a /prefix may follow it. */
VIF_API bool vif_ip_parse(const char *text, size_t len, bool net, vif_ip *out);
/* Writes the canonical text of an address, as glibc's inet_ntop does, and with `net` its prefix. It
 * has at most 50 bytes. */
VIF_API void vif_ip_format(const vif_ip *ip, bool net, char out[52]);
/* Parses "22:52:25:62:e2:aa", also with '-', to six bytes. */
VIF_API bool vif_mac_parse(const char *text, size_t len, uint8_t out[6]);
/* Writes a MAC with ':', in lower case. */
VIF_API void vif_mac_format(const uint8_t mac[6], char out[18]);
/* To make a UUID from a name, which is the same on every host and at any time:
 *
 *     vif_uuid_parse(agents_space, 36, &space);
 *     vif_uuid_v5(&space, port, strlen(port), &uuid);
 *     vif_uuid_format(&uuid, text);
 */

/* A UUID in the order in which it is written. */
typedef struct vif_uuid {
    uint8_t bytes[16];                  /* first to last, as written */
} vif_uuid;

/* Parses "68da264a-847f-42a8-8ab0-5e774aee3d95", in either case, and no other spelling. */
VIF_API bool vif_uuid_parse(const char *text, size_t len, vif_uuid *out);
/* Writes a UUID in lower case. */
VIF_API void vif_uuid_format(const vif_uuid *uuid, char out[37]);
/* Makes the UUID of version 5 (RFC 9562) of a name of any length in a name space. */
VIF_API void vif_uuid_v5(const vif_uuid *space, const char *name, size_t len, vif_uuid *out);
/* Parses a decimal int64. It takes no sign but '-', and no spaces. */
VIF_API bool vif_int_parse(const char *text, size_t len, int64_t *out);
/* Whether the text is valid UTF-8. */
VIF_API bool vif_utf8_valid(const char *text);
/* Appends a number, as vif_cat appends a text. */
VIF_API void vif_cat_int(char *to, size_t cap, int64_t value);
/* Writes a number in decimal, with a NUL, to the end of digits. Returns where it begins. */
VIF_API const char *vif_int_format(int64_t value, char digits[22]);

#ifdef __cplusplus
}
#endif
#endif

#if defined(VIF_IMPLEMENTATION) && !defined(VIF_OBJECTS_IMPLEMENTATION_DONE)
#define VIF_OBJECTS_IMPLEMENTATION_DONE

/* >>text
 *
 * Texts are built in the caller's buffers. Each function appends to a NUL-terminated string and
 * cuts what does not fit, so callers need not check a length in between. The functions for errors
 * are in the common block; here is what only the objects need. */

/* It writes from the end of the buffer. Digits are made from the unsigned value, so INT64_MIN works
 * as well. */
VIF_API const char *vif_int_format(int64_t value, char digits[22])
{
    uint64_t rest = value < 0 ? 0u - (uint64_t)value : (uint64_t)value;
    char *at = digits + 21;

    *at = '\0';
    do {
        *--at = (char)('0' + (char)(rest % 10));
        rest /= 10;
    } while (rest != 0);
    if (value < 0) {
        *--at = '-';
    }
    return at;
}

VIF_API void vif_cat_int(char *to, size_t cap, int64_t value)
{
    char digits[22];

    vif_cat(to, cap, vif_int_format(value, digits));
}

/* >>values
 *
 * Numbers, MACs, addresses and UUIDs are converted from text and to text. Arbitrary text comes in,
 * with a length and perhaps without a NUL. The value in network byte order goes out, or the
 * spelling that the reference gives it. Each form has one meaning: no octal, no missing parts, no
 * spaces, nothing behind the end, no locale.
 *
 * A parser for a part takes a pointer to its place and advances it. So a whole is parsed by calling
 * the parsers of its parts in turn, and then checking that the end was reached. */

/* It compares with the limit before each step, so no step overflows: value * 10 + digit <= limit
 * means value <= (limit - digit) / 10. */
VIF_API bool vif_int_parse(const char *text, size_t len, int64_t *out)
{
    const bool negative = len > 0 && text[0] == '-';
    const uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    uint64_t value = 0;
    size_t i;

    if (len == (negative ? 1u : 0u)) {
        return false;
    }
    for (i = negative ? 1 : 0; i < len; i++) {
        const unsigned digit = (unsigned)(unsigned char)text[i] - '0';

        if (digit > 9 || value > (limit - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    /* INT64_MIN has no positive counterpart, so it negates as unsigned and copies the bits. */
    value = negative ? 0u - value : value;
    memcpy(out, &value, sizeof *out);
    return true;
}

/* The value of a hex digit in either case, or -1. Bit 5 makes a letter lower case. */
static int vif__hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* It takes six pairs of digits with a colon or a dash behind all but the last, also mixed. */
VIF_API bool vif_mac_parse(const char *text, size_t len, uint8_t out[6])
{
    unsigned i;

    if (len != 17) {
        return false;
    }
    for (i = 0; i < 6; i++) {
        const int high = vif__hex(text[i * 3]), low = vif__hex(text[i * 3 + 1]);

        if (high < 0 || low < 0 || (i < 5 && text[i * 3 + 2] != ':' && text[i * 3 + 2] != '-')) {
            return false;
        }
        out[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

VIF_API void vif_mac_format(const uint8_t mac[6], char out[18])
{
    unsigned i;

    for (i = 0; i < 6; i++) {
        out[i * 3] = vif__digits[mac[i] >> 4];
        out[i * 3 + 1] = vif__digits[mac[i] & 15];
        out[i * 3 + 2] = i < 5 ? ':' : '\0';
    }
}

/* Parses a number up to max, of at most three digits, without a leading zero. Returns -1 if there
 * is none. */
static int vif__small(const char **at, const char *end, int max)
{
    int value = 0, digits = 0;

    for (; *at < end && digits < 4 && **at >= '0' && **at <= '9'; digits++) {
        if (digits > 0 && value == 0) {
            return -1;                  /* a leading zero */
        }
        value = value * 10 + (*(*at)++ - '0');
    }
    return digits > 0 && value <= max ? value : -1;
}

/* Parses four numbers with dots between them. It refuses a leading zero, which some programs read
 * as octal: a check that reads it one way would let through what the kernel reads the other way. */
static bool vif__ip4(const char **at, const char *end, uint8_t out[4])
{
    unsigned i;

    for (i = 0; i < 4; i++) {
        int value;

        if (i > 0 && (*at == end || *(*at)++ != '.')) {
            return false;
        }
        value = vif__small(at, end, 255);
        if (value < 0) {
            return false;
        }
        out[i] = (uint8_t)value;
    }
    return true;
}

/* Parses one group of an IPv6 address, 1 to 4 hex digits. */
static bool vif__ip6_group(const char **at, const char *end, uint8_t out[2])
{
    unsigned value = 0, digits = 0;

    while (*at < end && digits < 4 && vif__hex(**at) >= 0) {
        value = value * 16 + (unsigned)vif__hex(**at);
        (*at)++;
        digits++;
    }
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
    return digits > 0;
}

/* Parses eight groups, of which one run of zeros may be "::" and the last two may be dotted (RFC
 * 4291 §2.2). */
VIF__APART static bool vif__ip6(const char **at, const char *end, uint8_t out[16])
{
    uint8_t bytes[16] = {0};
    size_t n = 0, gap = 17;

    while (*at < end && **at != '/') {
        const char *group = *at;

        if (end - *at >= 2 && group[0] == ':' && group[1] == ':' && gap == 17) {
            gap = n;
            *at += 2;
            if (*at == end || **at == '/') {
                break;
            }
        } else if (n > 0 && *(*at)++ != ':') {
            return false;
        }
        group = *at;
        if (n > 14 || !vif__ip6_group(at, end, bytes + n)) {
            return false;
        }
        n += 2;
        if (*at < end && **at == '.') {
            *at = group;
            if (n > 14 || !vif__ip4(at, end, bytes + n - 2)) {
                return false;
            }
            n += 2;
            break;
        }
    }
    if (gap == 17 ? n != 16 : n > 14) {
        return false;
    }
    gap = gap == 17 ? n : gap;
    memset(out, 0, 16);
    memcpy(out, bytes, gap);
    memcpy(out + 16 - (n - gap), bytes + gap, n - gap);
    return true;
}

/* A colon anywhere means IPv6, because no IPv4 address has one. The prefix is read only with `net`.
 * A missing prefix is the whole length, as in the reference. */
VIF_API bool vif_ip_parse(const char *text, size_t len, bool net, vif_ip *out)
{
    const char *at = len > 0 ? text : "", *end = at + len;
    const bool six = memchr(at, ':', len) != NULL;
    int prefix;

    memset(out, 0, sizeof *out);
    out->len = six ? 16 : 4;
    out->prefix = six ? 128 : 32;
    if (!(six ? vif__ip6(&at, end, out->bytes) : vif__ip4(&at, end, out->bytes))) {
        return false;
    }
    if (net && at < end && *at == '/') {
        at++;
        prefix = vif__small(&at, end, out->len * 8);
        if (prefix < 0) {
            return false;
        }
        out->prefix = (uint8_t)prefix;
    }
    return at == end;
}

/* Finds the longest run of two or more zero groups, and the first of equals (RFC 5952 §4.2). */
static void vif__ip6_gap(const uint8_t b[16], unsigned *start, unsigned *count)
{
    unsigned i, run = 0;

    *start = 8;
    *count = 1;
    for (i = 0; i < 8; i++) {
        run = (b[i * 2] | b[i * 2 + 1]) == 0 ? run + 1 : 0;
        if (run > *count) {
            *count = run;
            *start = i + 1 - run;
        }
    }
    if (*start == 8) {
        *count = 0;
    }
}

/* Appends four decimal numbers with dots between them. */
static void vif__ip4_format(const uint8_t b[4], char *out)
{
    char text[16], *at = text;
    unsigned i;

    for (i = 0; i < 4; i++) {
        if (b[i] > 99) {
            *at++ = (char)('0' + b[i] / 100);
        }
        if (b[i] > 9) {
            *at++ = (char)('0' + b[i] / 10 % 10);
        }
        *at++ = (char)('0' + b[i] % 10);
        *at++ = i < 3 ? '.' : '\0';
    }
    vif_cat(out, 52, text);
}

/* Appends groups in hex without leading zeros, with the longest run of zero groups as "::" (RFC
 * 5952). This is the form of inet_ntop, to which the reference normalises. */
static void vif__ip6_format(const uint8_t b[16], char *out)
{
    unsigned start, count, i;

    vif__ip6_gap(b, &start, &count);
    for (i = 0; i < 8; i++) {
        const unsigned group = (unsigned)b[i * 2] << 8 | b[i * 2 + 1];
        unsigned shift = 12;

        if (i >= start && i < start + count) {
            vif_cat(out, 52, i == start ? "::" : "");
            continue;
        }
        vif_cat(out, 52, i > 0 && i != start + count ? ":" : "");
        /* IPv4-compatible and IPv4-mapped addresses end in dotted form, as with inet_ntop. */
        if (i == 6 && start == 0 && (count == 6 || (count == 5 && b[10] == 255 && b[11] == 255))) {
            vif__ip4_format(b + 12, out);
            return;
        }
        while (shift > 0 && group >> shift == 0) {
            shift -= 4;
        }
        for (;; shift -= 4) {
            vif__cat_bytes(out, 52, &vif__digits[group >> shift & 15], 1);
            if (shift == 0) {
                break;
            }
        }
    }
}

/* The longest IPv6 address has 45 bytes; "/128" has four more, and then comes a NUL. */
VIF_API void vif_ip_format(const vif_ip *ip, bool net, char out[52])
{
    char digits[22];

    out[0] = '\0';
    if (ip->len == 4) {
        vif__ip4_format(ip->bytes, out);
    } else {
        vif__ip6_format(ip->bytes, out);
    }
    if (net) {
        vif__cat_format(out, 52, "/%s", vif_int_format(ip->prefix, digits), NULL, NULL);
    }
}

/* Whether a UUID has a dash before that byte: it has 8-4-4-4-12 digits. */
static bool vif__uuid_dash(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

/* It is stricter than the reference, which also takes braces, "urn:uuid:" and digits without
 * dashes: UUIDs are compared as text later, so each must have only one spelling. */
VIF_API bool vif_uuid_parse(const char *text, size_t len, vif_uuid *out)
{
    vif_uuid uuid = {{0}};
    size_t i;

    if (len != 36) {
        return false;
    }
    for (i = 0; i < 16; i++) {
        int high, low;

        if (vif__uuid_dash(i) && *text++ != '-') {
            return false;
        }
        high = vif__hex(*text++);
        low = vif__hex(*text++);
        if (high < 0 || low < 0) {
            return false;
        }
        uuid.bytes[i] = (uint8_t)(high * 16 + low);
    }
    *out = uuid;
    return true;
}

VIF_API void vif_uuid_format(const vif_uuid *uuid, char out[37])
{
    size_t i;

    for (i = 0; i < 16; i++) {
        if (vif__uuid_dash(i)) {
            *out++ = '-';
        }
        *out++ = vif__digits[uuid->bytes[i] >> 4];
        *out++ = vif__digits[uuid->bytes[i] & 15];
    }
    *out = '\0';
}

/* Hashes one block with SHA-1 (FIPS 180-4, section 6.1.2). w holds 16 words of the message
 * schedule. Each round replaces its word by the one for 16 rounds later. */
static void vif__sha1_block(uint32_t h[5], uint32_t w[16])
{
    static const uint32_t k[4] = {0x5a827999u, 0x6ed9eba1u, 0x8f1bbcdcu, 0xca62c1d6u};
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    unsigned t;

    for (t = 0; t < 80; t++) {
        const uint32_t x = w[(t + 13) % 16] ^ w[(t + 8) % 16] ^ w[(t + 2) % 16] ^ w[t % 16];
        uint32_t f = b ^ c ^ d;

        if (t < 20) {
            f = d ^ (b & (c ^ d));      /* choose: b ? c : d */
        } else if (t >= 40 && t < 60) {
            f = (b & c) | (d & (b | c));        /* majority of the three */
        }
        f += (a << 5 | a >> 27) + e + w[t % 16] + k[t / 20];
        w[t % 16] = x << 1 | x >> 31;
        e = d;
        d = c;
        c = b << 30 | b >> 2;
        b = a;
        a = f;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

/* The message is the space and the name, then a bit, zeros, and the length in bits at the end of
 * the last block of 64 bytes. Only the first 16 bytes of the hash are used. */
VIF_API void vif_uuid_v5(const vif_uuid *space, const char *name, size_t len, vif_uuid *out)
{
    uint32_t h[5] = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u, 0xc3d2e1f0u};
    uint32_t w[16] = {0};
    const size_t total = 16 + len;
    size_t i;

    for (i = 0; i % 64 != 0 || i < total + 9; i++) {
        uint32_t byte = i == total ? 0x80 : 0;

        if (i < total) {
            byte = i < 16 ? space->bytes[i] : (unsigned char)name[i - 16];
        }
        w[i / 4 % 16] = w[i / 4 % 16] << 8 | byte;
        if (i % 64 == 63) {
            if (i >= total + 8) {
                w[14] = (uint32_t)((uint64_t)total >> 29);
                w[15] = (uint32_t)(total << 3);
            }
            vif__sha1_block(h, w);
        }
    }
    for (i = 0; i < 16; i++) {
        out->bytes[i] = (uint8_t)(h[i / 4] >> (24 - i % 4 * 8));
    }
    out->bytes[6] = (uint8_t)((out->bytes[6] & 0x0f) | 0x50);
    out->bytes[8] = (uint8_t)((out->bytes[8] & 0x3f) | 0x80);
}

/* >>arena
 *
 * Memory is handed out from the bottom of a block upwards and freed as a whole. No sizes have to be
 * remembered and nothing is freed by itself, so an object that was read in part leaves nothing
 * behind. When a block is used up, the hook gives another one. The first has at least 4096 bytes;
 * later ones have at least a quarter of what is in use, and 1024, so little memory is wasted.
 * Blocks are chained, so that vif_arena_free finds them. The caller's own block is not in the
 * chain.
 *
 * Anybody may use what is above the top until the next call. The JSON reader builds strings with
 * escapes there, and vif_arena_text then keeps them without moving them. */

#define VIF__ALIGN 16u

/* Without a hook the arena can't grow. */
VIF_API void vif_arena_init(vif_arena *arena, void *memory, size_t size)
{
    vif_arena_init_hook(arena, memory, size, NULL, NULL);
}

/* It uses the caller's block first, so small objects never call the hook. */
VIF_API void vif_arena_init_hook(vif_arena *arena, void *memory, size_t size, vif_resize resize,
                                 void *user)
{
    memset(arena, 0, sizeof *arena);
    arena->resize = resize;
    arena->user = user;
    arena->priv.block = (unsigned char *)memory;
    arena->priv.cap = memory != NULL ? size : 0;
}

/* The head of a block from the hook. The rest of VIF__CHUNK_HEAD is padding. */
typedef struct vif__chunk {
    void *next;
    size_t size;
} vif__chunk;
#define VIF__CHUNK_HEAD 32u

/* Gets a new block with room for size bytes, whatever its alignment. The rest of the old block is
 * lost, which is less than was asked for. The head is copied as bytes, because the hook may align
 * blocks as it likes. */
static bool vif__arena_grow(vif_arena *arena, size_t size)
{
    const size_t quarter = arena->total / 4 > 1024 ? arena->total / 4 : 1024;
    const size_t least = arena->total > 0 ? quarter : 4096;
    vif__chunk chunk;
    unsigned char *block;

    if (arena->resize == NULL || size > SIZE_MAX / 2) {
        return false;
    }
    chunk.next = arena->priv.chunks;
    chunk.size = size + VIF__CHUNK_HEAD + VIF__ALIGN;
    chunk.size = chunk.size < least ? least : chunk.size;
    block = (unsigned char *)arena->resize(arena->user, NULL, 0, chunk.size);
    if (block == NULL) {
        return false;
    }
    memcpy(block, &chunk, sizeof chunk);
    arena->priv.chunks = block;
    arena->priv.block = block;
    arena->priv.cap = chunk.size;
    arena->priv.used = VIF__CHUNK_HEAD;
    return true;
}

/* Finds room for size bytes at the arena's top, aligned, but does not take it yet. */
static unsigned char *vif__arena_room(vif_arena *arena, size_t size, size_t align)
{
    unsigned tries;

    for (tries = 0; tries < 2; tries++) {
        const size_t at = ((uintptr_t)arena->priv.block + arena->priv.used) % align;
        const size_t pad = at == 0 ? 0 : align - at;
        const size_t left = arena->priv.cap - arena->priv.used;

        if (arena->priv.block != NULL && pad <= left && size <= left - pad) {
            arena->priv.used += pad;
            return arena->priv.block + arena->priv.used;
        }
        if (tries > 0 || !vif__arena_grow(arena, size)) {
            break;
        }
    }
    return NULL;
}

/* Takes what vif__arena_room has found. */
static void vif__arena_take(vif_arena *arena, size_t size)
{
    arena->priv.used += size;
    arena->total += size;
}

/* It zeroes the memory. Zero means unset for every field, so objects need no
 * other initialization. */
VIF_API void *vif_arena_alloc(vif_arena *arena, size_t size)
{
    unsigned char *p = vif__arena_room(arena, size, VIF__ALIGN);

    if (p != NULL) {
        memset(p, 0, size);
        vif__arena_take(arena, size);
    }
    return p;
}

/* A length of SIZE_MAX is refused, because with its NUL it would wrap to 0. */
VIF_API char *vif_arena_text(vif_arena *arena, const char *text, size_t len)
{
    char *p = len == SIZE_MAX ? NULL : (char *)vif__arena_room(arena, len + 1, 1);

    if (p != NULL) {
        if (len > 0) {                  /* text may be the arena's own top: the reader's scratch */
            memmove(p, text, len);
        }
        p[len] = '\0';
        vif__arena_take(arena, len + 1);
    }
    return p;
}

/* It reads the head of a block before it frees the block. The arena then has no memory, but keeps
 * its hook. */
VIF_API void vif_arena_free(vif_arena *arena)
{
    vif__chunk chunk;

    while (arena->priv.chunks != NULL) {
        void *block = arena->priv.chunks;

        memcpy(&chunk, block, sizeof chunk);
        arena->priv.chunks = chunk.next;
        (void)arena->resize(arena->user, block, chunk.size, 0);
    }
    memset(&arena->priv, 0, sizeof arena->priv);
}

/* >>json reader
 *
 * A state machine with two states. `expect` says what may come between tokens: a value, a key, a
 * colon or a comma. `lex` says where inside a token the last piece ended, or NONE. Each open
 * bracket is a bit in `arrays`, for a list or an object. This is the whole stack, and the reason
 * why the depth is at most 64.
 *
 * Bytes come in by vif_json_feed, in pieces cut anywhere, and tokens go out by vif_json_next. A
 * string that lies in one piece and has no escape goes out as a view of the piece. Any other string
 * is built in the scratch, where its escapes are decoded. UTF-8 is checked on the way. An error
 * sticks, with the byte where it was found, and nothing more is read.
 *
 * Strings, white space and indentation are most of the bytes of a text. They are handled eight
 * bytes at a time, with arithmetic on a 64-bit word instead of a test for each byte. */

/* What may come next. */
enum {
    VIF__J_VALUE,                       /* any value */
    VIF__J_ITEM,                        /* a value, or the end of a list that has just begun */
    VIF__J_FIRST_KEY,                   /* a key, or the end of an object that has just begun */
    VIF__J_KEY,                         /* a key, behind a comma */
    VIF__J_COLON,                       /* the colon behind a key */
    VIF__J_COMMA,                       /* a comma, or the end of what is open */
    VIF__J_DONE                         /* the whole value was read, and END is next */
};

/* Where inside a token the last piece ended. */
enum {
    VIF__L_NONE,                        /* between tokens */
    VIF__L_STRING,                      /* behind a character of a string */
    VIF__L_ESCAPE,                      /* behind a backslash */
    VIF__L_HEX,                         /* among the four digits of an escape */
    VIF__L_LOW,                         /* behind a high surrogate: a backslash must follow */
    VIF__L_LOW_U,                       /* and then a u */
    VIF__L_LITERAL,                     /* in true, false or null */
    VIF__L_NUMBER,                      /* before a number; the rest are inside one */
    VIF__L_MINUS,                       /* behind the minus */
    VIF__L_ZERO,                        /* behind a leading zero: no digit may follow */
    VIF__L_INT,                         /* behind a digit */
    VIF__L_POINT,                       /* behind the point: a digit must follow */
    VIF__L_FRACTION,                    /* behind a digit of the fraction */
    VIF__L_E,                           /* behind the e */
    VIF__L_E_SIGN,                      /* behind its sign */
    VIF__L_EXPONENT                     /* behind a digit of the exponent */
};

/* It begins with an empty piece instead of none, to do no arithmetic on a null pointer. */
VIF_API void vif_json_init(vif_json *json, void *scratch, size_t cap)
{
    memset(json, 0, sizeof *json);
    json->priv.at = json->priv.end = json->priv.start = (const unsigned char *)"";
    json->priv.text = (char *)scratch;
    json->priv.text_cap = cap;
}

/* The offset continues from the end of the previous piece. */
VIF_API void vif_json_feed(vif_json *json, const void *data, size_t len)
{
    json->priv.base += (uint32_t)(json->priv.at - json->priv.start);
    json->priv.start = json->priv.at = (const unsigned char *)(len > 0 ? data : "");
    json->priv.end = json->priv.start + len;
}

/* This decides whether a number at the end of a piece is complete, and a
 * missing bracket an error. */
VIF_API void vif_json_finish(vif_json *json)
{
    json->priv.finished = 1;
}

/* The number of bytes read since the start. It wraps at 4 GB, as the offset in an error does. */
static uint32_t vif__json_offset(const vif_json *j)
{
    return j->priv.base + (uint32_t)(j->priv.at - j->priv.start);
}

/* It keeps the first error, because later ones are only its consequence. */
static vif_json_type vif__json_error(vif_json *j, const char *why)
{
    if (!j->priv.dead) {
        j->priv.dead = 1;
        j->why = why;
        j->offset = vif__json_offset(j);
    }
    return VIF_JSON_ERROR;
}

/* The place of the first byte, in memory order, whose top bit is set. 0 where that is not cheap to
 * tell: then the callers' loops over single bytes find it. */
static size_t vif__first_byte(uint64_t flags)
{
#if defined(__GNUC__) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (size_t)__builtin_ctzll(flags) / 8;
#else
    (void)flags;
    return 0;
#endif
}

/* Skips plain bytes of a string, which are those other than control characters, quotes, backslashes
 * and bytes beyond ASCII, eight at a time. A borrow may flag bytes behind the first flagged one. */
static const unsigned char *vif__json_plain(const unsigned char *p, const unsigned char *end)
{
    const uint64_t ones = 0x0101010101010101u, tops = ones << 7;
    /*@ dynamic_split end - p; */

    while (end - p >= 8) {
        uint64_t x, flags;

        memcpy(&x, p, 8);
        flags = (x | (x - ones * 0x20) | ((x ^ ones * '"') - ones) | ((x ^ ones * '\\') - ones)) &
            tops;
        if (flags != 0) {
            p += vif__first_byte(flags);
            break;
        }
        p += 8;
    }
    while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\') {
        p++;
    }
    return p;
}

/* Checks one more byte of a UTF-8 string (RFC 3629 §4). False if no valid text can begin so. */
static bool vif__utf8(uint8_t *need, uint8_t *low, uint8_t *high, unsigned char c)
{
    if (*need > 0) {
        const bool good = c >= *low && c <= *high;

        (*need)--;
        *low = 0x80;
        *high = 0xbf;
        return good;
    }
    *low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    *high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    *need = (uint8_t)(c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3);
    return c < 0x80 || (c >= 0xc2 && c <= 0xf4);
}

/* Whether the scratch has room for len more bytes. Dropped strings need none. */
static bool vif__json_room(const vif_json *j, size_t len)
{
    return j->priv.drop || len <= j->priv.text_cap - j->priv.text_len;
}

/* Appends to the string in the scratch, which has room for it, or drops the bytes. */
static void vif__json_keep(vif_json *j, const void *bytes, size_t len)
{
    if (len > 0 && !j->priv.drop) {
        memcpy(j->priv.text + j->priv.text_len, bytes, len);
        j->priv.text_len += len;
    }
}

/* The scratch has only what was read of one string. The new one may overlap the old one. */
VIF_API void vif_json_scratch(vif_json *json, void *scratch, size_t cap)
{
    if (cap < json->priv.text_len) {
        return;                         /* too small: the next token is VIF_JSON_SPACE again */
    }
    if (json->priv.text_len > 0) {
        memmove(scratch, json->priv.text, json->priv.text_len);
    }
    json->priv.text = (char *)scratch;
    json->priv.text_cap = cap;
}

/* Appends a code point, which is never a surrogate, as UTF-8. */
static void vif__json_keep_code(vif_json *j, uint32_t code)
{
    unsigned char u[4];
    const size_t n = 1 + (size_t)(code >= 0x80) + (size_t)(code >= 0x800) +
        (size_t)(code >= 0x10000);
    size_t i;

    /*@ split n; */
    for (i = n; i-- > 1;) {
        u[i] = (unsigned char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    u[0] = (unsigned char)(n == 1 ? code : (0xf00u >> n & 0xf0) | code);
    vif__json_keep(j, u, n);
}

/* Handles a complete \uXXXX, a character or half of a surrogate pair (RFC 8259 §7). */
static vif_json_type vif__json_unit(vif_json *j)
{
    uint32_t code = j->priv.code;

    if (j->priv.high != 0) {
        if (code < 0xdc00 || code > 0xdfff) {
            return vif__json_error(j, "high surrogate without its low one");
        }
        code = 0x10000 + ((j->priv.high - 0xd800) << 10) + (code - 0xdc00);
    } else if (code >= 0xd800 && code <= 0xdbff) {
        j->priv.high = code;
        j->priv.lex = VIF__L_LOW;
        return VIF_JSON_MORE;
    } else if (code >= 0xdc00 && code <= 0xdfff) {
        return vif__json_error(j, "low surrogate without its high one");
    }
    if (code == 0) {
        return vif__json_error(j, "U+0000 in a string");
    }
    vif__json_keep_code(j, code);
    j->priv.high = 0;
    j->priv.lex = VIF__L_STRING;
    return VIF_JSON_MORE;
}

/* Handles the byte behind a backslash (RFC 8259 §7). After a "u" four digits must follow. */
static vif_json_type vif__json_escape(vif_json *j, unsigned char c)
{
    VIF__BYTES char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *at = (const char *)memchr(from, c, 8);

    if (c == 'u') {
        j->priv.lex = VIF__L_HEX;
        j->priv.digits = 0;
        j->priv.code = 0;
        return VIF_JSON_MORE;
    }
    if (at == NULL) {
        return vif__json_error(j, "unknown escape in a string");
    }
    vif__json_keep(j, &to[at - from], 1);
    j->priv.lex = VIF__L_STRING;
    return VIF_JSON_MORE;
}

/* Handles one of the four digits of an escape. */
static vif_json_type vif__json_hex(vif_json *j, unsigned char c)
{
    const int digit = vif__hex((char)c);

    if (c >= 0x80 || digit < 0) {
        return vif__json_error(j, "\\u needs four hex digits");
    }
    j->priv.code = j->priv.code << 4 | (uint32_t)digit;
    return ++j->priv.digits == 4 ? vif__json_unit(j) : VIF_JSON_MORE;
}

/* Handles a byte of a string that is not plain. The scratch has room for four bytes. MORE means
 * that the string goes on. */
static vif_json_type vif__json_string_byte(vif_json *j, unsigned char c)
{
    switch (j->priv.lex) {
    case VIF__L_ESCAPE:
        return vif__json_escape(j, c);
    case VIF__L_HEX:
        return vif__json_hex(j, c);
    case VIF__L_LOW:
    case VIF__L_LOW_U:
        if (c != (j->priv.lex == VIF__L_LOW ? '\\' : 'u')) {
            return vif__json_error(j, "high surrogate without its low one");
        }
        if (c == 'u') {
            return vif__json_escape(j, c);
        }
        j->priv.lex = VIF__L_LOW_U;
        return VIF_JSON_MORE;
    default:
        break;
    }
    if (j->priv.utf8_need == 0 && c == '\\') {
        j->priv.lex = VIF__L_ESCAPE;
        return VIF_JSON_MORE;
    }
    if (c < 0x20) {
        return vif__json_error(j, "control character in a string");
    }
    if (!vif__utf8(&j->priv.utf8_need, &j->priv.utf8_low, &j->priv.utf8_high, c)) {
        return vif__json_error(j, "string is not UTF-8");
    }
    vif__json_keep(j, &c, 1);
    return VIF_JSON_MORE;
}

/* Sets what may follow a value: a comma or bracket, or nothing if it was the outermost value. */
static void vif__json_value_done(vif_json *j)
{
    j->priv.expect = j->priv.depth == 0 ? VIF__J_DONE : VIF__J_COMMA;
}

/* Returns a complete string or number: what is in the scratch, or a view of the piece if nothing is
 * there. An empty one is a view as well. */
static vif_json_type vif__json_text_done(vif_json *j, vif_json_token *t, const void *view,
                                         size_t len)
{
    j->priv.lex = VIF__L_NONE;
    t->text = j->priv.text_len > 0 ? j->priv.text : (const char *)view;
    t->len = j->priv.text_len > 0 ? j->priv.text_len : len;
    j->priv.text_len = 0;
    if (j->priv.is_key) {
        j->priv.expect = VIF__J_COLON;
        return VIF_JSON_KEY;
    }
    vif__json_value_done(j);
    return VIF_JSON_STRING;
}

/* Reads a string from where it is to its closing quote or the end of the piece. It takes a run of
 * plain bytes and one other byte in turn. It checks the room in the scratch before each step, so
 * SPACE never loses a byte. */
static vif_json_type vif__json_string(vif_json *j, vif_json_token *t)
{
    /*@ dynamic_split j->priv.text_len; */
    /*@ dynamic_split j->priv.end - j->priv.at; */
    while (j->priv.at < j->priv.end) {
        const unsigned char *run = j->priv.at;
        vif_json_type type;

        if (j->priv.lex == VIF__L_STRING && j->priv.utf8_need == 0) {
            const unsigned char *p = vif__json_plain(run, j->priv.end);
            bool closed;
            /*@ split j->priv.end - p; */
            closed = p < j->priv.end && *p == '"';
            /*@ split closed; */
            if (closed && j->priv.text_len == 0) {
                j->priv.at = p + 1;
                return vif__json_text_done(j, t, run, (size_t)(p - run));
            }
            if (!vif__json_room(j, (size_t)(p - run))) {
                return VIF_JSON_SPACE;
            }
            vif__json_keep(j, run, (size_t)(p - run));
            j->priv.at = p + (closed ? 1 : 0);
            if (closed) {
                return vif__json_text_done(j, t, run, 0);
            }
            if (p == j->priv.end) {
                break;
            }
        }
        if (!vif__json_room(j, 4)) {
            return VIF_JSON_SPACE;
        }
        type = vif__json_string_byte(j, *j->priv.at);
        if (type != VIF_JSON_MORE) {
            return type;
        }
        j->priv.at++;
    }
    return VIF_JSON_MORE;
}

/* Reads the rest of true, false or null. The first byte has chosen the word, so any other byte is
 * an error. */
static vif_json_type vif__json_literal(vif_json *j)
{
    const char *rest = j->priv.literal;

    while (*rest != '\0') {
        if (j->priv.at == j->priv.end) {
            j->priv.literal = rest;
            return VIF_JSON_MORE;
        }
        if (*j->priv.at != (unsigned char)*rest) {
            return vif__json_error(j, "value expected: a string, number, list, object or literal");
        }
        j->priv.at++;
        rest++;
    }
    j->priv.lex = VIF__L_NONE;
    vif__json_value_done(j);
    return (vif_json_type)j->priv.code;
}

/* The state after a byte, by the state before (RFC 8259 §6). NONE if the byte is not allowed. */
static uint8_t vif__number_step(uint8_t lex, unsigned char c)
{
    enum { NO = VIF__L_NONE, MI = VIF__L_MINUS, ZE = VIF__L_ZERO, IN = VIF__L_INT,
           PT = VIF__L_POINT, FR = VIF__L_FRACTION, EE = VIF__L_E, SG = VIF__L_E_SIGN,
           EX = VIF__L_EXPONENT };
    VIF__BYTES char bytes[] = "0.eE-+";
    VIF__BYTES uint8_t next[9][7] = {     /* columns: 1 to 9, then each of the bytes */
        {IN, ZE, NO, NO, NO, MI, NO}, {IN, ZE, NO, NO, NO, NO, NO}, {NO, NO, PT, EE, EE, NO, NO},
        {IN, IN, PT, EE, EE, NO, NO}, {FR, FR, NO, NO, NO, NO, NO}, {FR, FR, NO, EE, EE, NO, NO},
        {EX, EX, NO, NO, NO, SG, SG}, {EX, EX, NO, NO, NO, NO, NO}, {EX, EX, NO, NO, NO, NO, NO}};
    const char *at = (const char *)memchr(bytes, c, 6);

    return next[lex - VIF__L_NUMBER][at != NULL ? at - bytes + 1 : 0];
}

/* Ends a number, if it may end in this state. An integer that fits int64 is INT. Anything else is
 * REAL, and the caller decides what to make of its text. */
static vif_json_type vif__json_number_done(vif_json *j, vif_json_token *t, const void *view,
                                           size_t len)
{
    const uint8_t lex = j->priv.lex;

    if (lex != VIF__L_ZERO && lex != VIF__L_INT && lex != VIF__L_FRACTION &&
        lex != VIF__L_EXPONENT) {
        return vif__json_error(j, "digit expected in a number");
    }
    if (j->priv.text_len > 0) {
        vif__json_keep(j, view, len);
    }
    j->priv.is_key = 0;
    (void)vif__json_text_done(j, t, view, len);
    if ((lex == VIF__L_ZERO || lex == VIF__L_INT) && vif_int_parse(t->text, t->len, &t->integer)) {
        return VIF_JSON_INT;
    }
    return VIF_JSON_REAL;
}

/* Reads a number up to the first byte that can't be part of one; that byte belongs to what follows.
 * At the end of a piece it keeps the number, unless there are no more pieces. */
static vif_json_type vif__json_number(vif_json *j, vif_json_token *t)
{
    const unsigned char *start = j->priv.at, *p = start;
    uint8_t lex = j->priv.lex;
    /*@ split j->priv.text_len; */
    /*@ split j->priv.end - start; */
    /*@ dynamic_split j->priv.end - p; */

    for (; p < j->priv.end; p++) {
        const unsigned char c = *p;

        if ((c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && (c | 0x20) != 'e') {
            break;
        }
        lex = vif__number_step(lex, c);
        if (lex == VIF__L_NONE) {
            j->priv.at = p;
            return vif__json_error(j, "malformed number");
        }
    }
    if ((p == j->priv.end || j->priv.text_len > 0) && !vif__json_room(j, (size_t)(p - start))) {
        return VIF_JSON_SPACE;
    }
    j->priv.lex = lex;
    j->priv.at = p;
    if (p == j->priv.end && !j->priv.finished) {
        vif__json_keep(j, start, (size_t)(p - start));
        return VIF_JSON_MORE;
    }
    return vif__json_number_done(j, t, start, (size_t)(p - start));
}

/* The lowest bit of the stack becomes that of this bracket. */
static vif_json_type vif__json_open(vif_json *j, unsigned char c)
{
    if (j->priv.depth >= VIF_JSON_DEPTH) {
        return vif__json_error(j, "nested too deeply");
    }
    j->priv.at++;
    j->priv.arrays = j->priv.arrays << 1 | (c == '[' ? 1 : 0);
    j->priv.depth++;
    j->priv.expect = (uint8_t)(c == '[' ? VIF__J_ITEM : VIF__J_FIRST_KEY);
    return c == '[' ? VIF_JSON_ARRAY : VIF_JSON_OBJECT;
}

/* The innermost bracket must be closed by its own kind. */
static vif_json_type vif__json_close(vif_json *j)
{
    const bool array = (j->priv.arrays & 1) != 0;

    if (*j->priv.at != (array ? ']' : '}')) {
        return vif__json_error(j, array ? "',' or ']' expected" : "',' or '}' expected");
    }
    j->priv.at++;
    j->priv.arrays >>= 1;
    j->priv.depth--;
    vif__json_value_done(j);
    return array ? VIF_JSON_ARRAY_END : VIF_JSON_OBJECT_END;
}

/* The first byte tells what a value is. For a word, `code` keeps the token that it will be. */
static vif_json_type vif__json_value(vif_json *j, vif_json_token *t, unsigned char c)
{
    VIF__BYTES char words[3][6] = {"true", "false", "null"};

    if (c == '"') {
        j->priv.at++;
        j->priv.lex = VIF__L_STRING;
        j->priv.is_key = 0;
        return vif__json_string(j, t);
    }
    if (c == '{' || c == '[') {
        return vif__json_open(j, c);
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
        j->priv.lex = VIF__L_NUMBER;
        return vif__json_number(j, t);
    }
    if (c == 't' || c == 'f' || c == 'n') {
        const unsigned which = c == 't' ? 0 : 1 + (c == 'n');

        j->priv.literal = words[which];
        j->priv.code = (uint32_t)VIF_JSON_TRUE + which;
        j->priv.lex = VIF__L_LITERAL;
        return vif__json_literal(j);
    }
    return vif__json_error(j, "value expected: a string, number, list, object or literal");
}

/* A key is a string with a mark, so that it goes out as KEY. */
static vif_json_type vif__json_key(vif_json *j, vif_json_token *t, unsigned char c)
{
    if (c != '"') {
        return vif__json_error(j, "'\"' of a key expected");
    }
    j->priv.at++;
    j->priv.lex = VIF__L_STRING;
    j->priv.is_key = 1;
    return vif__json_string(j, t);
}

/* Begins a token with byte c, which is neither white space nor punctuation. */
VIF__APART static vif_json_type vif__json_start(vif_json *j, vif_json_token *t, unsigned char c)
{
    switch (j->priv.expect) {
    case VIF__J_COLON:
        return vif__json_error(j, "':' expected");
    case VIF__J_COMMA:
        return vif__json_close(j);
    case VIF__J_FIRST_KEY:
    case VIF__J_KEY:
        return c == '}' && j->priv.expect == VIF__J_FIRST_KEY ? vif__json_close(j)
                                                              : vif__json_key(j, t, c);
    default:
        return c == ']' && j->priv.expect == VIF__J_ITEM ? vif__json_close(j)
                                                         : vif__json_value(j, t, c);
    }
}

/* Continues the token in which the last piece ended. */
static vif_json_type vif__json_resume(vif_json *j, vif_json_token *t)
{
    if (j->priv.lex <= VIF__L_LOW_U) {
        return vif__json_string(j, t);
    }
    return j->priv.lex == VIF__L_LITERAL ? vif__json_literal(j) : vif__json_number(j, t);
}

/* White space of JSON, which has only these four characters. */
static bool vif__json_blank(unsigned char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Skips white space, and indentation by eight bytes at a time. */
static const unsigned char *vif__json_blanks(const unsigned char *p, const unsigned char *end)
{
    /*@ dynamic_split end - p; */
    while (p < end && vif__json_blank(*p)) {
        uint64_t other;

        p++;
        if (end - p < 8) {
            continue;
        }
        memcpy(&other, p, 8);
        other ^= 0x2020202020202020u;   /* then set the top bit of each byte that is no space */
        other = ((other & 0x7f7f7f7f7f7f7f7fu) + 0x7f7f7f7f7f7f7f7fu) | other;
        other &= 0x8080808080808080u;
        p += other != 0 ? vif__first_byte(other) : 8;
    }
    return p;
}

/* Takes a colon or comma where one is expected; it makes no token. */
static bool vif__json_punctuation(vif_json *j, unsigned char c)
{
    if (j->priv.expect == VIF__J_COLON && c == ':') {
        j->priv.expect = VIF__J_VALUE;
    } else if (j->priv.expect == VIF__J_COMMA && c == ',') {
        j->priv.expect = (uint8_t)((j->priv.arrays & 1) != 0 ? VIF__J_VALUE : VIF__J_KEY);
    } else {
        return false;
    }
    j->priv.at++;
    return true;
}

/* Skips white space and punctuation, and begins the next token. */
static vif_json_type vif__json_step(vif_json *j, vif_json_token *t)
{
    do {
        j->priv.at = vif__json_blanks(j->priv.at, j->priv.end);
        if (j->priv.at == j->priv.end) {
            return VIF_JSON_MORE;
        }
    } while (vif__json_punctuation(j, *j->priv.at));
    t->offset = j->priv.token = vif__json_offset(j);
    return vif__json_start(j, t, *j->priv.at);
}

/* Every result passes here, so this makes an error stick and tells the end of the text from the end
 * of a piece. END needs no byte: the call after a whole value returns it. */
VIF_API vif_json_type vif_json_next(vif_json *json, vif_json_token *token)
{
    vif_json_type type;

    token->text = NULL;
    token->len = 0;
    token->integer = 0;
    token->offset = json->priv.token;
    if (json->priv.dead) {
        type = VIF_JSON_ERROR;
    } else if (json->priv.lex != VIF__L_NONE) {
        type = vif__json_resume(json, token);
    } else if (json->priv.expect == VIF__J_DONE) {
        json->priv.expect = VIF__J_VALUE;
        token->offset = vif__json_offset(json);
        type = VIF_JSON_END;
    } else {
        type = vif__json_step(json, token);
    }
    if (type == VIF_JSON_MORE && json->priv.finished) {
        type = vif__json_error(json, json->priv.depth == 0 && json->priv.lex == VIF__L_NONE
            ? "the text has ended" : "text ends in the middle of a value");
    }
    token->type = type;
    return type;
}

/* The same machine reads and checks what is skipped, but keeps nothing. It ends at the depth that
 * it had before the value. */
VIF_API vif_json_type vif_json_skip(vif_json *json, vif_json_type first)
{
    const unsigned opened = first == VIF_JSON_OBJECT || first == VIF_JSON_ARRAY ? 1 : 0;
    const unsigned floor = json->priv.depth - opened;
    vif_json_token token;
    vif_json_type type;

    json->priv.drop = 1;
    do {
        type = vif_json_next(json, &token);
    } while (type > VIF_JSON_MORE && json->priv.depth > floor);
    json->priv.drop = 0;
    return type > VIF_JSON_MORE ? VIF_JSON_END : type;
}

/* >>json writer
 *
 * Values come in one by one, and text goes out. Each value first writes a comma, if one is needed.
 * When the buffer is full, len goes on counting and overflow says that the text is useless. So a
 * caller can ask for the length first, or check once, at the end.
 *
 * The text is meant for other programs and for people's terminals alike. JSON allows escapes for
 * all characters, so those that a terminal would obey are escaped. */

/* Without a buffer there is no room, and it only counts. */
VIF_API void vif_json_out_init(vif_json_out *out, void *buf, size_t cap)
{
    memset(out, 0, sizeof *out);
    out->buf = (char *)buf;
    out->cap = buf != NULL ? cap : 0;
}

/* After the first bytes that did not fit it writes nothing any more, or the
 * text would have a hole. */
VIF_API void vif_json_put(vif_json_out *out, const char *bytes, size_t len)
{
    out->overflow = out->overflow || len > out->cap - out->len;
    if (!out->overflow && len > 0) {
        memcpy(out->buf + out->len, bytes, len);
    }
    out->len += len;
}

/* Writes a comma before a value, if there was a value before it. Behind a key there is none. */
static void vif__out_comma(vif_json_out *out)
{
    if (out->priv.comma) {
        vif_json_put(out, ",", 1);
    }
    out->priv.comma = 1;
}

/* A depth that the reader would refuse is bad. The bracket is written all the same, to count it. */
VIF_API void vif_json_open(vif_json_out *out, char bracket)
{
    vif__out_comma(out);
    vif_json_put(out, &bracket, 1);
    out->priv.comma = 0;
    out->bad = out->bad || out->priv.depth >= VIF_JSON_DEPTH;
    out->priv.depth++;
}

/* A closed bracket ends a value, so a comma comes before the next one. */
VIF_API void vif_json_close(vif_json_out *out, char bracket)
{
    vif_json_put(out, &bracket, 1);
    out->priv.comma = 1;
    out->priv.depth--;
}

/* Escapes a character up to U+00FF, in the short form if it has one, else as
 * \u00 and two digits. */
static void vif__out_escaped(vif_json_out *out, unsigned char c)
{
    VIF__BYTES char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *at = (const char *)memchr(from, c, 7);
    char e[6] = {'\\', 'u', '0', '0', vif__digits[c >> 4], vif__digits[c & 15]};

    if (at != NULL) {
        e[1] = to[at - from];
    }
    vif_json_put(out, e, at != NULL ? 2 : 6);
}

/* Whether a character is U+0080 to U+009F in UTF-8, which terminals obey as commands. */
static bool vif__out_control(const unsigned char *p, const unsigned char *end)
{
    return end - p >= 2 && *p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0;
}

/* The length of the character beyond ASCII that starts there. 0 if none does, if it is incomplete,
 * or if it is a control character. */
static size_t vif__out_char(const unsigned char *p, const unsigned char *end)
{
    uint8_t need = 0, low = 0, high = 0;
    size_t n = 0;

    if (p == end || *p < 0x80 || vif__out_control(p, end)) {
        return 0;
    }
    do {
        if (p + n == end || !vif__utf8(&need, &low, &high, p[n])) {
            return 0;
        }
        n++;
    } while (need > 0);
    return n;
}

/* Writes plain text, in which only DEL is escaped. */
static void vif__out_run(vif_json_out *out, const unsigned char *run, size_t len)
{
    const unsigned char *del;

    while ((del = (const unsigned char *)memchr(run, 0x7f, len)) != NULL) {
        vif_json_put(out, (const char *)run, (size_t)(del - run));
        vif__out_escaped(out, 0x7f);
        len -= (size_t)(del + 1 - run);
        run = del + 1;
    }
    vif_json_put(out, (const char *)run, len);
}

/* Writes a text in quotes: in turn a run of plain characters, ASCII or beyond, and one that needs
 * an escape. A byte that is not UTF-8 is written as the character with its number and sets bad. */
static void vif__out_quoted(vif_json_out *out, const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)(len > 0 ? text : ""), *end = p + len;

    vif_json_put(out, "\"", 1);
    while (p < end) {
        const unsigned char *run = p;
        size_t n;

        p = vif__json_plain(p, end);
        while ((n = vif__out_char(p, end)) > 0) {
            p += n;
        }
        vif__out_run(out, run, (size_t)(p - run));
        if (p < end && (*p >= 0x80 || *p < 0x20 || *p == '"' || *p == '\\')) {
            const bool control = vif__out_control(p, end);

            out->bad = out->bad || (*p >= 0x80 && !control);
            p += control ? 1 : 0;
            vif__out_escaped(out, *p++);
        }
    }
    vif_json_put(out, "\"", 1);
}

/* A comma may come before a key, but none between the key and its value. */
VIF_API void vif_json_key(vif_json_out *out, const char *key)
{
    vif__out_comma(out);
    vif__out_quoted(out, key, strlen(key));
    vif_json_put(out, ":", 1);
    out->priv.comma = 0;
}

VIF_API void vif_json_text(vif_json_out *out, const char *text, size_t len)
{
    vif__out_comma(out);
    vif__out_quoted(out, text, len);
}

VIF_API void vif_json_string(vif_json_out *out, const char *text)
{
    vif_json_text(out, text, strlen(text));
}

/* The caller makes sure that it is one value. */
VIF_API void vif_json_raw(vif_json_out *out, const char *json, size_t len)
{
    vif__out_comma(out);
    vif_json_put(out, json, len);
}

VIF_API void vif_json_int(vif_json_out *out, int64_t value)
{
    char digits[22];
    const char *text = vif_int_format(value, digits);

    vif_json_raw(out, text, strlen(text));
}

VIF_API void vif_json_bool(vif_json_out *out, bool value)
{
    vif_json_raw(out, value ? "true" : "false", value ? 4 : 5);
}

VIF_API void vif_json_null(vif_json_out *out)
{
    vif_json_raw(out, "null", 4);
}

/* >>tables
 *
 * The classes as data: VIF_CLASS_MAP above and VIF__FIELD_MAP below make the rows of the fields,
 * the names and the versions. Decoding, encoding, defaults, comparison, validation and printing are
 * loops over these rows, and none of them knows a class or a field by name. A new field takes a
 * line in VIF__FIELD_MAP and a member of its struct. A new class takes a line in VIF_CLASS_MAP and
 * a struct.
 *
 * A row has the offset of the member and its kind. Members are copied by memcpy: there are few
 * kinds, and members of one kind have the same C type. Tables hold offsets instead of pointers, so
 * they are small, and read-only also in a shared object. */

/* Kinds of fields. */
enum {
    VIF__STRING,                        /* any text; this and those up to PCI are a const char * */
    VIF__UUID,                          /* any text, but meant for a UUID, as in the reference */
    VIF__MAC,                           /* this and those up to PCI have a normal form */
    VIF__IP,                            /* an address */
    VIF__NET,                           /* an address with a prefix */
    VIF__PCI,                           /* domain, bus, slot and function */
    VIF__INT,                           /* a vif_int */
    VIF__BOOL,                          /* a vif_bool */
    VIF__ENUM,                          /* an enum in which zero is unset */
    VIF__OBJECT,                        /* a pointer to an object */
    VIF__OBJECTS,                       /* a list of objects; lists are the last kinds */
    VIF__IPS                            /* a vif_texts of addresses */
};
enum { VIF__NULLABLE = 1, VIF__DEFAULT_TRUE = 2, VIF__DEFAULT_FALSE = 4,
       VIF__FILLED = 8 };               /* decode fills it in, if it is missing, as the reference */
enum { VIF__DIRECT_MODES, VIF__VHOST_MODES, VIF__DEV_TYPES };   /* rows of vif__words */

/* Every field: class, struct, field, kind, flags, the minor version that brought it, and what its
 * kind refers to: the class of an object, or the words of an enum. */
#define VIF__FIELD_MAP(X) \
    X(DatapathOffloadRepresentor, vif_datapath_offload_representor, representor_name, STRING, \
      VIF__NULLABLE, 0, 0) \
    X(DatapathOffloadRepresentor, vif_datapath_offload_representor, representor_address, STRING, \
      VIF__NULLABLE, 0, 0) \
    X(FixedIP, vif_fixed_ip, address, IP, 0, 0, 0) \
    X(FixedIP, vif_fixed_ip, floating_ips, IPS, 0, 0, 0) \
    X(FixedIPList, vif_fixed_ip_list, objects, OBJECTS, 0, 0, VIF_CLASS_FixedIP) \
    X(HostInfo, vif_host_info, plugin_info, OBJECTS, 0, 0, VIF_CLASS_HostPluginInfo) \
    X(HostPluginInfo, vif_host_plugin_info, plugin_name, STRING, 0, 0, 0) \
    X(HostPluginInfo, vif_host_plugin_info, vif_info, OBJECTS, 0, 0, VIF_CLASS_HostVIFInfo) \
    X(HostPortProfileInfo, vif_host_port_profile_info, profile_object_name, STRING, 0, 0, 0) \
    X(HostPortProfileInfo, vif_host_port_profile_info, min_version, STRING, 0, 0, 0) \
    X(HostPortProfileInfo, vif_host_port_profile_info, max_version, STRING, 0, 0, 0) \
    X(HostVIFInfo, vif_host_vif_info, vif_object_name, STRING, 0, 0, 0) \
    X(HostVIFInfo, vif_host_vif_info, min_version, STRING, 0, 0, 0) \
    X(HostVIFInfo, vif_host_vif_info, max_version, STRING, 0, 0, 0) \
    X(HostVIFInfo, vif_host_vif_info, supported_port_profiles, OBJECTS, 0, 1, \
      VIF_CLASS_HostPortProfileInfo) \
    X(InstanceInfo, vif_instance_info, uuid, UUID, 0, 0, 0) \
    X(InstanceInfo, vif_instance_info, name, STRING, 0, 0, 0) \
    X(InstanceInfo, vif_instance_info, project_id, STRING, 0, 0, 0) \
    X(Network, vif_network, id, UUID, 0, 0, 0) \
    X(Network, vif_network, bridge, STRING, 0, 0, 0) \
    X(Network, vif_network, label, STRING, 0, 0, 0) \
    X(Network, vif_network, subnets, OBJECT, VIF__FILLED, 0, VIF_CLASS_SubnetList) \
    X(Network, vif_network, multi_host, BOOL, VIF__FILLED, 0, 0) \
    X(Network, vif_network, should_provide_bridge, BOOL, VIF__FILLED, 0, 0) \
    X(Network, vif_network, should_provide_vlan, BOOL, VIF__FILLED, 0, 0) \
    X(Network, vif_network, bridge_interface, STRING, VIF__NULLABLE, 0, 0) \
    X(Network, vif_network, vlan, INT, VIF__NULLABLE, 0, 0) \
    X(Network, vif_network, mtu, INT, VIF__NULLABLE | VIF__FILLED, 1, 0) \
    X(Route, vif_route, cidr, NET, 0, 0, 0) \
    X(Route, vif_route, gateway, IP, 0, 0, 0) \
    X(Route, vif_route, interface, STRING, 0, 0, 0) \
    X(RouteList, vif_route_list, objects, OBJECTS, 0, 0, VIF_CLASS_Route) \
    X(Subnet, vif_subnet, cidr, NET, 0, 0, 0) \
    X(Subnet, vif_subnet, dns, IPS, 0, 0, 0) \
    X(Subnet, vif_subnet, gateway, IP, 0, 0, 0) \
    X(Subnet, vif_subnet, ips, OBJECT, 0, 0, VIF_CLASS_FixedIPList) \
    X(Subnet, vif_subnet, routes, OBJECT, 0, 0, VIF_CLASS_RouteList) \
    X(Subnet, vif_subnet, dhcp_server, IP, 0, 0, 0) \
    X(SubnetList, vif_subnet_list, objects, OBJECTS, 0, 0, VIF_CLASS_Subnet) \
    X(VIFBase, vif_base, id, UUID, 0, 0, 0) \
    X(VIFBase, vif_base, address, MAC, VIF__NULLABLE, 0, 0) \
    X(VIFBase, vif_base, network, OBJECT, VIF__NULLABLE, 0, VIF_CLASS_Network) \
    X(VIFBase, vif_base, plugin, STRING, 0, 0, 0) \
    X(VIFBase, vif_base, active, BOOL, VIF__DEFAULT_TRUE, 0, 0) \
    X(VIFBase, vif_base, preserve_on_delete, BOOL, VIF__DEFAULT_FALSE, 0, 0) \
    X(VIFBase, vif_base, has_traffic_filtering, BOOL, VIF__DEFAULT_FALSE, 0, 0) \
    X(VIFBase, vif_base, port_profile, OBJECT, 0, 0, VIF_CLASS_VIFPortProfileBase) \
    X(VIFBridge, vif_bridge, vif_name, STRING, 0, 0, 0) \
    X(VIFBridge, vif_bridge, bridge_name, STRING, 0, 0, 0) \
    X(VIFDirect, vif_direct, vif_name, STRING, 0, 0, 0) \
    X(VIFDirect, vif_direct, dev_address, PCI, 0, 0, 0) \
    X(VIFDirect, vif_direct, mode, ENUM, 0, 0, VIF__DIRECT_MODES) \
    X(VIFDirect, vif_direct, vlan_name, STRING, 0, 0, 0) \
    X(VIFGeneric, vif_generic, vif_name, STRING, 0, 0, 0) \
    X(VIFHostDevice, vif_host_device, dev_type, ENUM, 0, 0, VIF__DEV_TYPES) \
    X(VIFHostDevice, vif_host_device, dev_address, PCI, 0, 0, 0) \
    X(VIFNestedDPDK, vif_nested_dpdk, pci_address, STRING, 0, 0, 0) \
    X(VIFNestedDPDK, vif_nested_dpdk, dev_driver, STRING, 0, 0, 0) \
    X(VIFOpenVSwitch, vif_openvswitch, vif_name, STRING, 0, 0, 0) \
    X(VIFOpenVSwitch, vif_openvswitch, bridge_name, STRING, 0, 0, 0) \
    X(VIFVHostUser, vif_vhost_user, vif_name, STRING, 0, 1, 0) \
    X(VIFVHostUser, vif_vhost_user, path, STRING, 0, 0, 0) \
    X(VIFVHostUser, vif_vhost_user, mode, ENUM, 0, 0, VIF__VHOST_MODES) \
    X(VIFVlanNested, vif_vlan_nested, vif_name, STRING, 0, 0, 0) \
    X(VIFVlanNested, vif_vlan_nested, vlan_id, INT, 0, 0, 0) \
    X(VIFMacvlanNested, vif_macvlan_nested, vif_name, STRING, 0, 0, 0) \
    X(VIFDPDKNested, vif_dpdk_nested, vif_name, STRING, 0, 0, 0) \
    X(VIFPortProfileBase, vif_port_profile_base, datapath_offload, OBJECT, VIF__NULLABLE, 1, \
      VIF_CLASS_DatapathOffloadBase) \
    X(VIFPortProfile8021Qbg, vif_port_profile_8021qbg, manager_id, INT, 0, 0, 0) \
    X(VIFPortProfile8021Qbg, vif_port_profile_8021qbg, type_id, INT, 0, 0, 0) \
    X(VIFPortProfile8021Qbg, vif_port_profile_8021qbg, type_id_version, INT, 0, 0, 0) \
    X(VIFPortProfile8021Qbg, vif_port_profile_8021qbg, instance_id, UUID, 0, 0, 0) \
    X(VIFPortProfile8021Qbh, vif_port_profile_8021qbh, profile_id, STRING, 0, 0, 0) \
    X(VIFPortProfileFPBridge, vif_port_profile_fp_bridge, bridge_name, STRING, 0, 0, 0) \
    X(VIFPortProfileFPTap, vif_port_profile_fp_tap, mac_address, MAC, VIF__NULLABLE, 0, 0) \
    X(VIFPortProfileK8sDPDK, vif_port_profile_k8s_dpdk, l3_setup, BOOL, 0, 0, 0) \
    X(VIFPortProfileK8sDPDK, vif_port_profile_k8s_dpdk, selflink, STRING, 0, 0, 0) \
    X(VIFPortProfileK8sDPDK, vif_port_profile_k8s_dpdk, resourceversion, STRING, 0, 0, 0) \
    X(VIFPortProfileOpenVSwitch, vif_port_profile_openvswitch, interface_id, UUID, 0, 0, 0) \
    X(VIFPortProfileOpenVSwitch, vif_port_profile_openvswitch, profile_id, STRING, 0, 0, 0) \
    X(VIFPortProfileOpenVSwitch, vif_port_profile_openvswitch, datapath_type, STRING, \
      VIF__NULLABLE, 1, 0) \
    X(VIFPortProfileOpenVSwitch, vif_port_profile_openvswitch, create_port, BOOL, \
      VIF__DEFAULT_FALSE, 3, 0) \
    X(VIFPortProfileOpenVSwitch, vif_port_profile_openvswitch, create_tap, BOOL, \
      VIF__DEFAULT_FALSE, 4, 0) \
    X(VIFPortProfileOpenVSwitch, vif_port_profile_openvswitch, multiqueue, BOOL, \
      VIF__DEFAULT_FALSE, 4, 0) \
    X(VIFPortProfileFPOpenVSwitch, vif_port_profile_fp_openvswitch, bridge_name, STRING, 0, 0, 0) \
    X(VIFPortProfileFPOpenVSwitch, vif_port_profile_fp_openvswitch, hybrid_plug, BOOL, \
      VIF__DEFAULT_FALSE, 0, 0) \
    X(VIFPortProfileOVSRepresentor, vif_port_profile_ovs_representor, representor_name, STRING, \
      VIF__NULLABLE, 0, 0) \
    X(VIFPortProfileOVSRepresentor, vif_port_profile_ovs_representor, representor_address, PCI, \
      VIF__NULLABLE, 0, 0)

/* All names are in one block and found by their offsets. Without pointers there
 * are no relocations. */
#define VIF__FIELD_NAME(klass, type, field, kind, flags, since, ref) \
    char klass##_##field[sizeof #field];
#define VIF__CLASS_NAME(name, type, parent, minor, since) char klass_##name[sizeof #name];
typedef struct vif__name_block {
    VIF__FIELD_MAP(VIF__FIELD_NAME)
    VIF_CLASS_MAP(VIF__CLASS_NAME)
    char none[1];
} vif__name_block;

#define VIF__FIELD_TEXT(klass, type, field, kind, flags, since, ref) #field,
#define VIF__CLASS_TEXT(name, type, parent, minor, since) #name,
static const vif__name_block vif__names = {
    VIF__FIELD_MAP(VIF__FIELD_TEXT) VIF_CLASS_MAP(VIF__CLASS_TEXT) ""};

typedef struct vif__field {
    uint16_t name, offset;              /* in the block of names; in the struct */
    uint8_t klass, kind, flags, since, ref;
} vif__field;

#define VIF__FIELD_ROW(klass, type, field, kind, flags, since, ref) \
    {offsetof(vif__name_block, klass##_##field), offsetof(type, field), VIF_CLASS_##klass, \
     VIF__##kind, flags, since, ref},
static const vif__field vif__field_rows[] = {VIF__FIELD_MAP(VIF__FIELD_ROW)
    {offsetof(vif__name_block, none), 0, VIF_CLASS_NONE, 0, 0, 0, 0}};
#define VIF__FIELD_COUNT (sizeof vif__field_rows / sizeof vif__field_rows[0] - 1)

typedef struct vif__class_row {
    uint16_t name, size;
    uint8_t parent, minor;
    uint8_t parent_since;               /* SAME: both have the same minor versions */
} vif__class_row;

#define VIF__SINCE_0 0
#define VIF__SINCE_1 1
#define VIF__SINCE_2 2
#define VIF__SINCE_SAME 255
#define VIF__CLASS_ROW(name, type, parent, minor, since) \
    {offsetof(vif__name_block, klass_##name), sizeof(type), VIF_CLASS_##parent, minor, \
     VIF__SINCE_##since},
static const vif__class_row vif__classes[] = {
    {offsetof(vif__name_block, none), 0, VIF_CLASS_NONE, 0, 0}, VIF_CLASS_MAP(VIF__CLASS_ROW)};

/* The name at that offset in the block. */
static const char *vif__name(unsigned at)
{
    return (const char *)&vif__names + at;
}

/* It compares the first byte before it calls anything, which decides most cases. */
static bool vif__name_is(unsigned at, const char *text, size_t len)
{
    const char *name = vif__name(at);

    return len > 0 && name[0] == text[0] && strlen(name) == len && memcmp(name, text, len) == 0;
}

/* The name of a valid class; "" for VIF_CLASS_NONE. */
VIF__APART static const char *vif__class_text(unsigned klass)
{
    return vif__name(vif__classes[klass].name);
}


VIF__BYTES char vif__words[3][4][12] = {
    {"", "vepa", "passthrough", "bridge"}, {"", "client", "server", ""},
    {"", "ethernet", "generic", ""}};

static const vif_any vif__null = {{0, 0, 0, 0, NULL}};

/* One object of zeros stands for null of every kind. Only its address counts, but whoever reads
 * through it finds every field unset. */
VIF_API const vif_any *vif_null(void)
{
    return &vif__null;
}

VIF_API bool vif_is_null(const void *field)
{
    return field == &vif__null;
}

/* A pointer that is set and not null. */
VIF_API bool vif_has(const void *field)
{
    return field != NULL && !vif_is_null(field);
}

/* It need not test for null, because the null value reads as an empty text. */
VIF_API bool vif_has_text(const char *field)
{
    return field != NULL && field[0] != '\0';
}

VIF_API vif_int vif_int_of(int64_t value)
{
    vif_int i;

    i.value = value;
    i.state = VIF_STATE_SET;
    return i;
}

/* For numbers from outside. vif itself uses vif__class_text. */
VIF_API const char *vif_class_name(vif_class klass)
{
    return vif__class_text(klass > VIF_CLASS_NONE && klass < VIF_CLASS_COUNT ? (unsigned)klass : 0);
}

/* There are only 34 names, and their lengths tell most of them apart, so it needs no hash. */
VIF_API vif_class vif_class_find(const char *name, size_t len)
{
    unsigned i;

    for (i = 1; i < VIF_CLASS_COUNT; i++) {
        if (vif__name_is(vif__classes[i].name, name, len)) {
            return (vif_class)i;
        }
    }
    return VIF_CLASS_NONE;
}

/* In a union it clears only the member of the class. It copies the head as bytes, because the
 * object may be any of the structs. */
VIF_API void vif_object_init(void *object, vif_class klass)
{
    vif_object head;

    memset(object, 0, vif__classes[klass].size);
    memset(&head, 0, sizeof head);
    head.klass = (uint8_t)klass;
    head.major = 1;
    head.minor = vif__classes[klass].minor;
    memcpy(object, &head, sizeof head);
}

/* Whether the class is that ancestor or below it. Every class is below NONE. */
static bool vif__is_below(unsigned klass, unsigned ancestor)
{
    while (klass != ancestor && klass != VIF_CLASS_NONE) {
        klass = vif__classes[klass].parent;
    }
    return klass == ancestor;
}

VIF_API bool vif_is_a(const vif_object *object, vif_class klass)
{
    return object->klass < VIF_CLASS_COUNT && vif__is_below(object->klass, klass);
}

/* The structs of VIFs begin with the same members, so these can be read through any
 * member of the union. */
VIF_API const vif_vif *vif_as_vif(const vif_object *object)
{
    return vif_is_a(object, VIF_CLASS_VIFBase) ? (const vif_vif *)(const void *)object : NULL;
}

VIF_API const vif_any *vif_as_any(const vif_object *object)
{
    return (const vif_any *)(const void *)object;
}

/* Iterates over the fields of a class: its own rows, then its parent's, and so on. */
typedef struct vif__fields {
    uint8_t klass;                      /* whose rows are being read */
    uint8_t at;                         /* the next row */
    uint8_t index;                      /* number of the field just returned: its bit in changes */
    uint8_t since;                      /* minor version of the object's class that brought it */
    uint8_t floor;                      /* when the parent's later fields came, or SAME */
} vif__fields;

/* The first row of the class, or where it would be. Rows are in the order of the classes. */
static uint8_t vif__first_row(unsigned klass)
{
    unsigned low = 0, high = VIF__FIELD_COUNT;

    while (low < high) {
        const unsigned middle = (low + high) / 2;

        if (vif__field_rows[middle].klass < klass) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return (uint8_t)low;
}

/* The index starts at 255, so that the first step makes it 0. */
static void vif__fields_init(vif__fields *f, unsigned klass)
{
    memset(f, 0, sizeof *f);
    f->klass = (uint8_t)klass;
    f->at = vif__first_row(klass);
    f->index = 255;
    f->floor = VIF__SINCE_SAME;
}

/* The next field, or NULL behind the last. The version of the child that brought a field may be
 * another one than the version of the parent; the row of the class has it. */
static const vif__field *vif__fields_next(vif__fields *f)
{
    const vif__field *row;

    while (vif__field_rows[f->at].klass != f->klass) {
        const vif__class_row *c = &vif__classes[f->klass];

        if (c->parent == VIF_CLASS_NONE) {
            return NULL;
        }
        if (c->parent_since != VIF__SINCE_SAME) {
            f->floor = c->parent_since;
        }
        f->klass = c->parent;
        f->at = vif__first_row(c->parent);
    }
    row = &vif__field_rows[f->at++];
    f->index++;
    f->since = row->since > 0 && f->floor != VIF__SINCE_SAME ? f->floor : row->since;
    return row;
}

/* The value of a field. Its kind decides which members count. */
typedef struct vif__value {
    const void *pointer;                /* text, object, or the items of a list */
    int64_t number;                     /* INT; the C value of BOOL and ENUM; count of a list */
    vif_state state;
} vif__value;

/* Lists of objects have the layout of vif_texts: a pointer and a count. */
static void vif__field_get(const vif_object *o, const vif__field *row, vif__value *v)
{
    const unsigned char *p = (const unsigned char *)o + row->offset;
    vif_texts list;
    vif_int number;
    int choice;

    memset(v, 0, sizeof *v);
    switch (row->kind) {
    case VIF__INT:
        memcpy(&number, p, sizeof number);
        v->number = number.value;
        v->state = number.state;
        return;
    case VIF__BOOL:
    case VIF__ENUM:
        memcpy(&choice, p, sizeof choice);
        v->number = choice;
        v->state = choice != 0 ? VIF_STATE_SET : VIF_STATE_UNSET;
        return;
    case VIF__OBJECTS:
    case VIF__IPS:
        memcpy(&list, p, sizeof list);
        v->number = (int64_t)list.count;
        memcpy(&v->pointer, p, sizeof v->pointer);
        break;
    default:
        memcpy(&v->pointer, p, sizeof v->pointer);
        break;
    }
    if (v->pointer != NULL) {
        v->state = vif_is_null(v->pointer) ? VIF_STATE_NULL : VIF_STATE_SET;
    }
}

/* The value must have the C type of the row's kind. */
static void vif__field_put(vif_object *o, const vif__field *row, const void *value, size_t size)
{
    memcpy((unsigned char *)o + row->offset, value, size);
}

/* As in the reference, setting a default counts as a change. */
VIF_API void vif_set_defaults(vif_object *object)
{
    vif__fields f;
    const vif__field *row;

    vif__fields_init(&f, object->klass);
    while ((row = vif__fields_next(&f)) != NULL) {
        const int choice = (row->flags & VIF__DEFAULT_TRUE) != 0 ? VIF_TRUE : VIF_FALSE;
        vif__value v;

        vif__field_get(object, row, &v);
        if (v.state == VIF_STATE_UNSET &&
            (row->flags & (VIF__DEFAULT_TRUE | VIF__DEFAULT_FALSE)) != 0) {
            vif__field_put(object, row, &choice, sizeof choice);
            object->changes |= 1u << f.index;
        }
    }
}

/* >>normal forms
 *
 * MACs, PCI addresses, IP addresses and networks are kept and compared in one spelling, which the
 * reference also gives them when it decodes. Text comes in, and its normal form goes out, or a
 * refusal. Check and conversion are one, so validation takes exactly what decoding takes. */

VIF__BYTES char vif__too_many[] = "more than 65536 items";

/* The rule that a kind of field has, in words for an error. */
static const char *vif__rule(unsigned kind)
{
    switch (kind) {
    case VIF__STRING:
    case VIF__UUID: return "a string is required";
    case VIF__MAC: return "not a MAC address (aa:bb:cc:dd:ee:ff)";
    case VIF__IP: return "not an IP address";
    case VIF__NET: return "not an IP network (address/prefix)";
    case VIF__PCI: return "not a PCI address (0000:03:1f.7)";
    case VIF__INT: return "an integer is required";
    case VIF__BOOL: return "true or false is required";
    case VIF__ENUM: return "not one of the field's values";
    case VIF__OBJECT: return "an object of another class is required";
    default: return "a list is required";
    }
}

/* Checks dddd:bb:ss.f in hex, with slot below 0x20 and function below 8, and
 * writes it in lower case. */
static bool vif__pci(const char *text, size_t len, char out[52])
{
    VIF__BYTES char shape[] = "FFFF:FF:1F.7";         /* the highest digits, and the marks */
    size_t i;

    if (len != 12) {
        return false;
    }
    for (i = 0; i < 12; i++) {
        const int digit = vif__hex(text[i]), most = vif__hex(shape[i]);

        if (most > 0 ? digit < 0 || digit > most : text[i] != shape[i]) {
            return false;
        }
        out[i] = (char)(text[i] >= 'A' && text[i] <= 'F' ? text[i] | 0x20 : text[i]);
    }
    out[12] = '\0';
    return true;
}

/* Makes the normal form of a text of a kind that has one. */
static bool vif__normal(unsigned kind, const char *text, size_t len, char out[52])
{
    uint8_t mac[6];
    vif_ip ip;

    if (kind == VIF__MAC) {
        if (!vif_mac_parse(text, len, mac)) {
            return false;
        }
        vif_mac_format(mac, out);
        return true;
    }
    if (kind == VIF__PCI) {
        return vif__pci(text, len, out);
    }
    if (!vif_ip_parse(text, len, kind == VIF__NET, &ip)) {
        return false;
    }
    vif_ip_format(&ip, kind == VIF__NET, out);
    return true;
}

/* >>walk
 *
 * One loop over an object and all objects inside it, for everything that does not read JSON: the
 * encoder, comparison, validation and printing. An object comes in and events go out: an object
 * begins, a field has a value, a list ends, an object ends. After a FIELD the caller sets `enter`
 * to go inside (vif__walk_field does so), or skips it. The stack is an array of six frames, so
 * objects that a caller linked in a circle end as "nested too deeply". A list that claims more
 * items than decode would read is refused as well. */

/* The deepest nesting is VIFBase, Network, SubnetList, Subnet, FixedIPList, FixedIP. */
#define VIF__OBJECT_DEPTH 6

typedef struct vif__walk_frame {
    const vif_object *object;
    const vif__field *row;                /* the current field */
    uint32_t index;                     /* of the next item in the list */
    vif__fields fields;
    bool in_list;
} vif__walk_frame;

typedef struct vif__walk {
    unsigned depth;                     /* number of open objects; the last frame is innermost */
    bool enter;                         /* set it after FIELD to go into the object or list */
    const char *bad;                    /* why the walk stopped before its end, or NULL */
    vif__walk_frame frame[VIF__OBJECT_DEPTH];
} vif__walk;

typedef enum vif__walk_event {
    VIF__WALK_OBJECT,                   /* an object begins, and is the innermost now */
    VIF__WALK_FIELD,                    /* a field that is set or null */
    VIF__WALK_LIST_END,
    VIF__WALK_OBJECT_END,               /* frame[depth] is the object that ended */
    VIF__WALK_DONE
} vif__walk_event;

/* Enters an object, which must be of the declared class (NONE: any) or of one below it. */
static vif__walk_event vif__walk_push(vif__walk *w, const vif_object *o, unsigned declared)
{
    vif__walk_frame *f;

    if (w->depth == VIF__OBJECT_DEPTH || o->klass == VIF_CLASS_NONE ||
        o->klass >= VIF_CLASS_COUNT || !vif__is_below(o->klass, declared)) {
        w->bad = w->depth == VIF__OBJECT_DEPTH ? "nested too deeply" : "object of no class, or of "
            "another class than the field's";
        return VIF__WALK_DONE;
    }
    f = &w->frame[w->depth++];
    memset(f, 0, sizeof *f);
    f->object = o;
    vif__fields_init(&f->fields, o->klass);
    return VIF__WALK_OBJECT;
}

/* Starts a walk and returns its first event, the object itself. */
VIF__APART static vif__walk_event vif__walk_start(vif__walk *w, const vif_object *o)
{
    w->depth = 0;
    w->enter = false;
    w->bad = NULL;
    return vif__walk_push(w, o, VIF_CLASS_NONE);
}

/* Enters the next object of the list. Items are an array of structs of their class. */
static vif__walk_event vif__walk_item(vif__walk *w, vif__walk_frame *f, const vif__value *list)
{
    const unsigned char *items = (const unsigned char *)list->pointer;

    if (f->index == (uint32_t)list->number) {
        f->in_list = false;
        return VIF__WALK_LIST_END;
    }
    items += (size_t)vif__classes[f->row->ref].size * f->index++;
    return vif__walk_push(w, (const vif_object *)(const void *)items, f->row->ref);
}

/* Each call is one step: into what the caller asked for, to the next item of a list, to the next
 * field that is not unset, or at last out of the object. */
static vif__walk_event vif__walk_next(vif__walk *w)
{
    const bool enter = w->enter;
    vif__walk_frame *f;
    vif__value v;

    if (w->bad != NULL || w->depth == 0) {
        return VIF__WALK_DONE;
    }
    f = &w->frame[w->depth - 1];
    w->enter = false;
    if (enter || f->in_list) {
        vif__field_get(f->object, f->row, &v);
        if (f->row->kind == VIF__OBJECT) {
            return vif__walk_push(w, (const vif_object *)v.pointer, f->row->ref);
        }
        f->index = enter ? 0 : f->index;
        f->in_list = true;
        return vif__walk_item(w, f, &v);
    }
    while ((f->row = vif__fields_next(&f->fields)) != NULL) {
        vif__field_get(f->object, f->row, &v);
        if (f->row->kind >= VIF__OBJECTS && (uint64_t)v.number > VIF_LIST_MOST) {
            w->bad = vif__too_many;
            return VIF__WALK_DONE;
        }
        if (v.state != VIF_STATE_UNSET) {
            return VIF__WALK_FIELD;
        }
    }
    w->depth--;
    return VIF__WALK_OBJECT_END;
}

/* Returns the field of a FIELD event and its value. If it has objects inside, the
 * walk will enter them. */
static const vif__field *vif__walk_field(vif__walk *w, vif__value *v)
{
    const vif__walk_frame *f = &w->frame[w->depth - 1];

    vif__field_get(f->object, f->row, v);
    w->enter = v->state == VIF_STATE_SET &&
        (f->row->kind == VIF__OBJECT || f->row->kind == VIF__OBJECTS);
    return f->row;
}

/* Appends one step of a path: ".name" and, in a list, "[index]". */
static void vif__path_step(char *to, size_t cap, const char *name, bool in_list, size_t index)
{
    char digits[22];

    vif__cat_format(to, cap, to[0] != '\0' ? ".%s" : "%s", name, NULL, NULL);
    if (in_list) {
        vif__cat_format(to, cap, "[%s]", vif_int_format((int64_t)index, digits), NULL, NULL);
    }
}

/* Writes the path of the walk's current field. In a list, `index` is already
 * that of the next item. */
static void vif__walk_path(const vif__walk *w, char *to, size_t cap)
{
    unsigned i;

    to[0] = '\0';
    for (i = 0; i < w->depth; i++) {
        const vif__walk_frame *f = &w->frame[i];

        if (f->row != NULL) {
            vif__path_step(to, cap, vif__name(f->row->name), f->in_list,
                           f->index > 0 ? f->index - 1 : 0);
        }
    }
}

/* Fails with the path of the walk, the class, and the reason. */
static vif_status vif__walk_error(const vif__walk *w, vif_status status, const char *why,
                                  vif_error *err)
{
    if (err != NULL) {
        vif__fail(err, status, "");
        vif__walk_path(w, err->where, sizeof err->where);
        if (w->depth > 0) {
            vif_cat(err->text, sizeof err->text,
                    vif__class_text(w->frame[w->depth - 1].object->klass));
            vif_cat(err->text, sizeof err->text, ": ");
        }
        vif_cat(err->text, sizeof err->text, why);
    }
    return status;
}

VIF_API void vif_json_piece(vif_json_out *out, const char *json)
{
    const size_t len = strlen(json);

    if (*json == ']' || *json == '}') {
        out->priv.comma = 0;
    }
    vif_json_raw(out, json, len);
    out->priv.comma = json[len - 1] != '[' && json[len - 1] != '{' && json[len - 1] != ':';
}

#ifndef VIF_NO_OVS
/* >>json in pieces
 *
 * What a protocol needs for JSON that it does not read token by token. vif_ovsdb.h uses
 * this to find the end of messages, to compare strings where they lie, and to build
 * requests from pieces. */

VIF_API void vif_json_init_scan(vif_json *json)
{
    vif_json_init(json, NULL, 0);
    json->priv.drop = 1;
}

VIF_API bool vif_json_valid(const char *text, size_t len)
{
    vif_json json;
    vif_json_token token;

    vif_json_init_scan(&json);
    vif_json_feed(&json, text, len);
    vif_json_finish(&json);
    do {
        (void)vif_json_next(&json, &token);
    } while (token.type > VIF_JSON_END);
    return token.type == VIF_JSON_END && token.offset == len;
}

VIF_API const char *vif_json_char(const char *p, const char *end, char to[8], size_t *len)
{
    vif_json json;

    to[0] = *p;
    *len = 1;
    if (*p != '\\') {
        return p + 1;
    }
    vif_json_init(&json, to, 8);
    json.priv.lex = VIF__L_STRING;
    do {
        (void)vif__json_string_byte(&json, (unsigned char)*p++);
    } while (json.priv.text_len == 0 && p < end);
    *len = json.priv.text_len;
    return p;
}

#endif

/* >>validate, compare, print
 *
 * What a program can ask about an object, decoded or filled in. All three walk over it
 * and look at each field. Validation and comparison stop at the first field that is
 * wrong, and name its path. */

VIF_API bool vif_utf8_valid(const char *text)
{
    uint8_t need = 0, low = 0, high = 0;

    for (; *text != '\0'; text++) {
        if (!vif__utf8(&need, &low, &high, (unsigned char)*text)) {
            return false;
        }
    }
    return need == 0;
}

/* All lists of texts are lists of addresses. */
static bool vif__texts_good(const vif__value *v)
{
    const unsigned char *items = (const unsigned char *)v->pointer;
    char normal[52];
    int64_t i;

    for (i = 0; i < v->number; i++) {
        const char *text;

        memcpy(&text, items + (size_t)i * sizeof text, sizeof text);
        if (text == NULL || !vif__normal(VIF__IP, text, strlen(text), normal)) {
            return false;
        }
    }
    return true;
}

/* Whether decode could have made that value. */
static bool vif__field_good(const vif__field *row, const vif__value *v)
{
    const char *text = (const char *)v->pointer;
    char normal[52];

    if (v->state == VIF_STATE_NULL) {
        return (row->flags & VIF__NULLABLE) != 0;
    }
    switch (row->kind) {
    case VIF__STRING:
    case VIF__UUID:
        return vif_utf8_valid(text);
    case VIF__MAC:
    case VIF__IP:
    case VIF__NET:
    case VIF__PCI:
        return vif__normal(row->kind, text, strlen(text), normal);
    case VIF__BOOL:
        return v->number == VIF_FALSE || v->number == VIF_TRUE;
    case VIF__ENUM:
        return v->number > 0 && v->number < 4 && vif__words[row->ref][v->number][0] != '\0';
    case VIF__OBJECT:
        return vif_is_a((const vif_object *)v->pointer, (vif_class)row->ref);
    case VIF__IPS:
        return vif__texts_good(v);
    default:
        return true;
    }
}

/* The walk comes to what is inside an object or list later. */
VIF_API vif_status vif_validate(const vif_object *object, vif_error *err)
{
    vif__walk w;
    vif__walk_event event = vif__walk_start(&w, object);

    for (; event != VIF__WALK_DONE; event = vif__walk_next(&w)) {
        if (event == VIF__WALK_FIELD) {
            vif__value v;
            const vif__field *row = vif__walk_field(&w, &v);

            if (!vif__field_good(row, &v)) {
                return vif__walk_error(&w, VIF_E_FIELD, v.state == VIF_STATE_NULL
                    ? "cannot be null" : vif__rule(row->kind), err);
            }
        }
    }
    return w.bad != NULL ? vif__walk_error(&w, VIF_E_FIELD, w.bad, err) : VIF_OK;
}

/* Items are pointers, and are copied as bytes like everything in a field. */
static bool vif__texts_equal(const vif__value *a, const vif__value *b)
{
    const unsigned char *x = (const unsigned char *)a->pointer;
    const unsigned char *y = (const unsigned char *)b->pointer;
    int64_t i;

    for (i = 0; i < a->number && i < b->number; i++) {
        const char *s, *t;

        memcpy(&s, x + (size_t)i * sizeof s, sizeof s);
        memcpy(&t, y + (size_t)i * sizeof t, sizeof t);
        if (strcmp(s, t) != 0) {
            return false;
        }
    }
    return a->number == b->number;
}

/* Both values have the same row and kind. Of an object or a list of objects only the state and the
 * count are compared here. */
static bool vif__field_equal(const vif__field *row, const vif__value *a, const vif__value *b)
{
    if (a->state != b->state || a->state == VIF_STATE_NULL) {
        return a->state == b->state;
    }
    switch (row->kind) {
    case VIF__INT:
    case VIF__BOOL:
    case VIF__ENUM:
    case VIF__OBJECTS:                  /* the fields inside are compared one by one later */
        return a->number == b->number;
    case VIF__OBJECT:
        return true;
    case VIF__IPS:
        return vif__texts_equal(a, b);
    default:
        return strcmp((const char *)a->pointer, (const char *)b->pointer) == 0;
    }
}

/* The first field whose state differs between two objects of one class, or NULL. */
static const vif__field *vif__odd_field(const vif_object *a, const vif_object *b)
{
    vif__fields f;
    const vif__field *row;
    vif__value x, y;

    vif__fields_init(&f, a->klass);
    while ((row = vif__fields_next(&f)) != NULL) {
        vif__field_get(a, row, &x);
        vif__field_get(b, row, &y);
        if (x.state != y.state) {
            break;
        }
    }
    return row;
}

/* The object of b in the place of the one that the walk through a has just entered. */
static const vif_object *vif__twin(const vif__walk_frame *up, const vif_object *parent)
{
    vif__value v;
    const unsigned char *p;

    vif__field_get(parent, up->row, &v);
    p = (const unsigned char *)v.pointer;
    if (up->in_list) {
        p += (up->index - 1) * vif__classes[up->row->ref].size;
    }
    return (const vif_object *)(const void *)p;
}

/* It walks through a. For each object that it enters, twin[] has b's object in the same place. A
 * field that is set in only one of them is found when the object begins, so later both have it. */
VIF_API vif_status vif_compare(const vif_object *a, const vif_object *b, vif_error *err)
{
    const vif_object *twin[VIF__OBJECT_DEPTH];
    vif__walk w;
    vif__walk_event event = vif__walk_start(&w, a);

    for (; event != VIF__WALK_DONE; event = vif__walk_next(&w)) {
        const unsigned top = w.depth > 0 ? w.depth - 1 : 0;
        const vif__walk_frame *f = &w.frame[top];
        const vif__field *odd;
        vif__value mine, other;

        if (event == VIF__WALK_OBJECT) {
            twin[top] = top > 0 ? vif__twin(f - 1, twin[top - 1]) : b;
            if (f->object->klass != twin[top]->klass) {
                return vif__walk_error(&w, VIF_E_DIFFERENT, "of another class", err);
            }
            odd = vif__odd_field(f->object, twin[top]);
            if (odd != NULL) {
                (void)vif__walk_error(&w, VIF_E_DIFFERENT, "set in one only", err);
                if (err != NULL) {
                    vif__path_step(err->where, sizeof err->where, vif__name(odd->name), false, 0);
                }
                return VIF_E_DIFFERENT;
            }
        }
        if (event == VIF__WALK_FIELD) {
            const vif__field *row = vif__walk_field(&w, &mine);

            vif__field_get(twin[top], row, &other);
            if (!vif__field_equal(row, &mine, &other)) {
                return vif__walk_error(&w, VIF_E_DIFFERENT, "not the same", err);
            }
        }
    }
    return w.bad != NULL ? vif__walk_error(&w, VIF_E_FIELD, w.bad, err) : VIF_OK;
}

/* Writes a field without objects inside as JSON. */
static void vif__out_value(vif_json_out *out, const vif__field *row, const vif__value *v)
{
    const unsigned char *items = (const unsigned char *)v->pointer;
    const char *text;
    int64_t i;

    if (v->state == VIF_STATE_NULL) {
        vif_json_null(out);
    } else if (row->kind == VIF__INT) {
        vif_json_int(out, v->number);
    } else if (row->kind == VIF__BOOL) {
        vif_json_bool(out, v->number == VIF_TRUE);
    } else if (row->kind == VIF__ENUM) {
        vif_json_string(out, vif__words[row->ref][v->number & 3]);
    } else if (row->kind == VIF__IPS) {
        vif_json_open(out, '[');
        for (i = 0; i < v->number; i++) {
            memcpy(&text, items + (size_t)i * sizeof text, sizeof text);
            vif_json_string(out, text);
        }
        vif_json_close(out, ']');
    } else {
        vif_json_string(out, (const char *)v->pointer);
    }
}

/* The JSON writer writes each value as a text of its own, so commas are suppressed. */
VIF_API size_t vif_print(const vif_object *object, char *buf, size_t cap)
{
    char path[96];
    vif_json_out out;
    vif__walk w;
    vif__walk_event event = vif__walk_start(&w, object);

    vif_json_out_init(&out, buf, cap > 0 ? cap - 1 : 0);
    for (; event != VIF__WALK_DONE; event = vif__walk_next(&w)) {
        if (event == VIF__WALK_FIELD) {
            vif__value v;
            const vif__field *row = vif__walk_field(&w, &v);

            if (!w.enter) {
                vif__walk_path(&w, path, sizeof path);
                vif_json_put(&out, path, strlen(path));
                vif_json_put(&out, ": ", 2);
                out.priv.comma = 0;
                vif__out_value(&out, row, &v);
                vif_json_put(&out, "\n", 1);
            }
        }
    }
    if (cap > 0) {
        buf[out.overflow ? 0 : out.len] = '\0';
    }
    return out.len;
}

#if !defined(VIF_NO_ENCODE) || !defined(VIF_NO_DECODE)
/* Appends a version, as "1.0". */
static void vif__version_format(char version[12], unsigned major, unsigned minor)
{
    char digits[2][22];

    vif__cat_format(version, 12, "%s.%s", vif_int_format(major, digits[0]),
                    vif_int_format(minor, digits[1]), NULL);
}
#endif

#ifndef VIF_NO_ENCODE
/* >>encode
 *
 * An object comes in, and its wire form goes out, also as an older version of itself. For each
 * object a level (one for each depth) has the version to write: the object's own, the one that was
 * asked for, or one from the manifest. Fields that came later are left out. The reference's rules
 * for the objects inside are odd in places. Tests with its own output show that these are the same.
 *
 * vif__encode_level decides when an object begins, and vif__encode_field for each of its fields.
 * vif__encode_close writes what has changed, which is known only at the end. */

typedef struct vif__level {
    uint32_t set;                       /* fields that the object has */
    uint32_t written;                   /* those that the target version has as well */
    uint32_t changed;                   /* sub-objects with changes */
    uint8_t major, minor;               /* the version to write */
    bool compat;                        /* the object is made compatible with that version */
} vif__level;

typedef struct vif__encoder {
    const vif_encode_desc *desc;
    vif_json_out *out;
    vif__walk walk;
    vif__level level[VIF__OBJECT_DEPTH];
} vif__encoder;

/* What happens to a sub-object of an object that is made compatible with an older version. */
typedef enum vif__relation {
    VIF__LEAVE,                         /* written as it is */
    VIF__MAKE,                          /* made compatible as well, with the version found */
    VIF__DROP,                          /* left out */
    VIF__REFUSE                         /* the reference has no rule */
} vif__relation;

/* The reference's rules. A manifest decides by the declared class of the field, and leaves what it
 * does not name as it is. Without a manifest only datapath_offload has a rule. */
static vif__relation vif__relate(const vif__encoder *e, const vif__field *row, unsigned since,
                                 unsigned target, vif__level *child)
{
    size_t i;

    child->major = 1;
    child->minor = 0;
    if (e->desc->manifest_count > 0) {
        for (i = 0; i < e->desc->manifest_count; i++) {
            if (e->desc->manifest[i].klass == row->ref) {
                child->major = e->desc->manifest[i].major;
                child->minor = e->desc->manifest[i].minor;
                return VIF__MAKE;
            }
        }
        return VIF__LEAVE;
    }
    if (row->ref == VIF_CLASS_DatapathOffloadBase) {
        return since > target ? VIF__DROP : VIF__MAKE;
    }
    return VIF__REFUSE;
}

/* Whether the field has objects inside. */
static bool vif__is_object_kind(const vif__field *row)
{
    return row->kind == VIF__OBJECT || row->kind == VIF__OBJECTS;
}

/* Sets the level of the innermost object, which says how to write it. */
static vif_status vif__encode_level(vif__encoder *e)
{
    const unsigned top = e->walk.depth - 1;
    const vif_object *o = e->walk.frame[top].object;
    vif__level *l = &e->level[top];

    memset(l, 0, sizeof *l);
    if (top > 0) {
        const vif__walk_frame *up = &e->walk.frame[top - 1];
        const vif__level *above = &e->level[top - 1];

        l->compat = above->compat &&
            vif__relate(e, up->row, up->fields.since, above->minor, l) == VIF__MAKE;
    } else if (e->desc->target_major != 0) {
        l->major = e->desc->target_major;
        l->minor = e->desc->target_minor;
        if (l->major != o->major || l->minor > o->minor) {
            return VIF_E_VERSION;
        }
        l->compat = l->minor != o->minor || e->desc->manifest_count > 0;
    } else {
        l->major = o->major;
        l->minor = o->minor;
        l->compat = e->desc->manifest_count > 0;
    }
    if (!l->compat) {
        l->major = o->major;
        l->minor = o->minor;
    }
    return VIF_OK;
}

/* Class, namespace and version come first, so that a reader knows how to read the data. */
static void vif__encode_open(vif__encoder *e)
{
    const unsigned top = e->walk.depth - 1;
    char version[12] = "";

    vif__version_format(version, e->level[top].major, e->level[top].minor);
    vif_json_open(e->out, '{');
    vif_json_key(e->out, "versioned_object.name");
    vif_json_string(e->out, vif__class_text(e->walk.frame[top].object->klass));
    vif_json_key(e->out, "versioned_object.namespace");
    vif_json_string(e->out, "os_vif");
    vif_json_key(e->out, "versioned_object.version");
    vif_json_string(e->out, version);
    vif_json_key(e->out, "versioned_object.data");
    vif_json_open(e->out, '{');
}

/* The name, among the fields of the mask, that follows `last` in alphabetical order, or NULL. */
static const char *vif__next_name(unsigned klass, uint32_t mask, const char *last)
{
    const char *best = NULL;
    const vif__field *row;
    vif__fields f;

    vif__fields_init(&f, klass);
    while ((row = vif__fields_next(&f)) != NULL) {
        const char *name = vif__name(row->name);

        if ((mask >> f.index & 1) != 0 && strcmp(name, last) > 0 &&
            (best == NULL || strcmp(name, best) < 0)) {
            best = name;
        }
    }
    return best;
}

/* Closes the object that has just ended with its changes, and reports them to the one above. */
static void vif__encode_close(vif__encoder *e)
{
    const unsigned top = e->walk.depth;
    const vif_object *o = e->walk.frame[top].object;
    const vif__level *l = &e->level[top];
    const uint32_t changed = o->changes | l->changed;
    const char *name = "";

    vif_json_close(e->out, '}');
    if ((changed & (top == 0 ? l->written : l->set)) != 0) {
        vif_json_key(e->out, "versioned_object.changes");
        vif_json_open(e->out, '[');
        while ((name = vif__next_name(o->klass, changed & (top == 0 ? l->written : l->set),
                                      name)) != NULL) {
            vif_json_string(e->out, name);
        }
        vif_json_close(e->out, ']');
    }
    vif_json_close(e->out, '}');
    if (top > 0 && changed != 0 && e->walk.frame[top - 1].row->kind == VIF__OBJECT) {
        e->level[top - 1].changed |= 1u << e->walk.frame[top - 1].fields.index;
    }
}

/* Writes a field or leaves it out. If the object is made compatible, fields that are objects have
 * rules of their own. All others depend only on the version that brought them. */
static vif_status vif__encode_field(vif__encoder *e)
{
    const unsigned top = e->walk.depth - 1;
    const vif__walk_frame *f = &e->walk.frame[top];
    vif__level *l = &e->level[top];
    vif__value v;
    const uint32_t bit = 1u << f->fields.index;
    const bool later = f->fields.since > l->minor;
    vif__level child;

    l->set |= bit;
    if (l->compat && vif__is_object_kind(f->row)) {
        const vif__relation r = vif__relate(e, f->row, f->fields.since, l->minor, &child);

        if (r == VIF__REFUSE) {
            return VIF_E_ACTION;
        }
        if (r == VIF__DROP || (later && f->row->ref != VIF_CLASS_DatapathOffloadBase)) {
            return VIF_OK;
        }
    } else if (l->compat && later) {
        return VIF_OK;
    }
    l->written |= bit;
    vif_json_key(e->out, vif__name(f->row->name));
    (void)vif__walk_field(&e->walk, &v);
    if (!e->walk.enter) {
        vif__out_value(e->out, f->row, &v);
    } else if (f->row->kind == VIF__OBJECTS) {
        vif_json_open(e->out, '[');
    }
    return VIF_OK;
}

/* What each event of the walk writes. */
static vif_status vif__encode_event(vif__encoder *e, vif__walk_event event)
{
    vif_status st = VIF_OK;

    switch (event) {
    case VIF__WALK_OBJECT:
        st = vif__encode_level(e);
        vif__encode_open(e);
        break;
    case VIF__WALK_FIELD:
        st = vif__encode_field(e);
        break;
    case VIF__WALK_LIST_END:
        vif_json_close(e->out, ']');
        break;
    case VIF__WALK_OBJECT_END:
        vif__encode_close(e);
        break;
    case VIF__WALK_DONE:
    default:
        break;
    }
    return st;
}

/* The writer remembers problems with bytes and room, so they are checked once, at the end. */
VIF_API vif_status vif_encode(const vif_object *object, const vif_encode_desc *desc,
                              vif_json_out *out, vif_error *err)
{
    static const vif_encode_desc own = {0, 0, NULL, 0};
    vif__encoder e;
    vif__walk_event event = vif__walk_start(&e.walk, object);

    e.desc = desc != NULL ? desc : &own;
    e.out = out;
    for (; event != VIF__WALK_DONE; event = vif__walk_next(&e.walk)) {
        const vif_status st = vif__encode_event(&e, event);

        if (st != VIF_OK) {
            return vif__walk_error(&e.walk, st, vif_status_words(st), err);
        }
    }
    if (e.walk.bad != NULL) {
        return vif__walk_error(&e.walk, VIF_E_FIELD, e.walk.bad, err);
    }
    if (out->bad) {
        return vif__fail(err, VIF_E_FIELD, "text that is not UTF-8");
    }
    return out->overflow ? vif__fail(err, VIF_E_SPACE, vif_status_words(VIF_E_SPACE))
                         : VIF_OK;
}

#endif

#ifndef VIF_NO_DECODE
/* >>decode
 *
 * The wire form comes in, and structs in the arena go out. An object on the wire is a wrapper of
 * five keys in any order. Its "data" has the fields, and the objects inside have the same form.
 * Each open object has a frame, which says where the decoder is: in the wrapper, in the data, or in
 * a list. The loop in vif__decode_run takes one step in the innermost frame. There is no recursion,
 * and six frames are enough for all classes.
 *
 * The class must be known before the data can be read. If the data come first, a copy of the reader
 * looks ahead for the class. The struct is made as soon as the class is known, and fields go
 * straight into it. Items of a list are chained while they are read, and copied to an array at its
 * end, when their number is known. After a failure, what was made stays unused in the arena. *out
 * is set last. */

/* The number of the enum's word, or 0 if it has no such word. */
static int vif__word(unsigned ref, const char *text, size_t len)
{
    int i;

    for (i = 3; i > 0; i--) {
        const char *word = vif__words[ref][i];

        if (len > 0 && strlen(word) == len && memcmp(word, text, len) == 0) {
            break;
        }
    }
    return i;
}

/* Finds a field by name, and sets its index in *f. */
static const vif__field *vif__field_find(unsigned klass, const char *name, size_t len,
                                       vif__fields *f)
{
    const vif__field *row;

    vif__fields_init(f, klass);
    while ((row = vif__fields_next(f)) != NULL) {
        if (vif__name_is(row->name, name, len)) {
            return row;
        }
    }
    return NULL;
}

/* The same as vif__fail, with the byte of the input that is at fault. */
static vif_status vif__fail_at(vif_error *err, vif_status status, uint32_t offset, const char *text)
{
    (void)vif__fail(err, status, text);
    if (err != NULL) {
        err->offset = offset;
    }
    return status;
}

/* The keys of an object on the wire; their bits are in `seen` and `known`. */
enum {
    VIF__W_NAME,                        /* the class */
    VIF__W_NAMESPACE,                   /* os_vif */
    VIF__W_VERSION,                     /* of the class */
    VIF__W_DATA,                        /* an object of fields */
    VIF__W_CHANGES,                     /* names of fields; may be missing */
    VIF__W_OTHER                        /* none of these */
};
VIF__BYTES char vif__wire_keys[5][12] = {"name", "namespace", "version", "data", "changes"};
#define VIF__WIRE_PREFIX "versioned_object."

/* Where a frame is. */
enum {
    VIF__IN_WRAPPER,                    /* among those keys */
    VIF__IN_DATA,                       /* among the fields */
    VIF__IN_LIST                        /* among the objects of a field */
};

typedef struct vif__decode_frame {
    vif_object *object;                 /* NULL until its class and version are known */
    const vif__field *row;                /* the field that is being read */
    vif_object *first, *last;           /* items of the list that is being read */
    size_t index;                       /* of the item that is being read */
    uint32_t offset;                    /* where the object starts in the text */
    uint32_t version_at;                /* where its version is */
    uint32_t read;                      /* bits of the fields that were read */
    vif__fields fields;
    uint8_t declared;                   /* declared class of its field; NONE: any */
    uint8_t klass;
    uint8_t seen, known;                /* keys of the wrapper: come to, and read (also ahead) */
    uint8_t state;
    unsigned major, minor;
} vif__decode_frame;

typedef struct vif__decoder {
    vif_arena *arena;
    vif_error *err;
    const vif_decode_desc *desc;
    vif_object *root;
    unsigned depth;
    vif_json_token token;
    vif_json json;
    vif_json ahead;                     /* looks for the class if the data come first */
    vif__decode_frame frame[VIF__OBJECT_DEPTH];
} vif__decoder;

/* Fills in the whole error: the path through the open frames (and the wrapper's key, if it is about
 * one), the byte, the class, the rule, and the value that broke it, escaped. */
static vif_status vif__decode_fail(vif__decoder *d, vif_status status, const char *key,
                                   const char *why)
{
    vif_error *err = d->err;
    const vif_json_token *t = &d->token;
    const size_t cap = err != NULL ? sizeof err->text : 0;
    unsigned i;

    if (err == NULL) {
        return status;
    }
    vif__fail_at(err, status, t->offset, "");
    for (i = 0; i < d->depth; i++) {
        const vif__decode_frame *f = &d->frame[i];

        if (f->row != NULL && f->state != VIF__IN_WRAPPER) {
            vif__path_step(err->where, sizeof err->where, vif__name(f->row->name),
                           f->state == VIF__IN_LIST, f->index);
        }
    }
    if (key != NULL) {
        vif__path_step(err->where, sizeof err->where, VIF__WIRE_PREFIX, false, 0);
        vif_cat(err->where, sizeof err->where, key);
    }
    if (d->depth > 0) {
        const vif__decode_frame *f = &d->frame[d->depth - 1];

        f = f->klass == VIF_CLASS_NONE && d->depth > 1 ? f - 1 : f;
        vif_cat(err->text, cap, vif__class_text(f->klass));
        vif_cat(err->text, cap, f->klass != VIF_CLASS_NONE ? ": " : "");
    }
    vif_cat(err->text, cap, why);
    if (t->text != NULL) {
        vif_cat(err->text, cap - 1, ": \"");
        vif_cat_escaped(err->text, cap - 1, t->text, t->len);
        vif_cat(err->text, cap, "\"");
    }
    return status;
}

/* It does not show the value, which is not at fault. */
static vif_status vif__decode_nomem(vif__decoder *d)
{
    d->token.text = NULL;
    return vif__decode_fail(d, VIF_E_NOMEM, NULL, "the arena is full");
}

/* Reads the next token of json, which is d->json or d->ahead. Strings with escapes are built at the
 * arena's top, where vif_arena_text keeps them. */
static vif_status vif__decode_next(vif__decoder *d, vif_json *json)
{
    vif_arena *a = d->arena;
    vif_json_type type;

    if (json->priv.text_len == 0) {
        json->priv.text = a->priv.block != NULL ? (char *)a->priv.block + a->priv.used : NULL;
        json->priv.text_cap = a->priv.cap - a->priv.used;
    }
    type = vif_json_next(json, &d->token);
    if (type == VIF_JSON_SPACE) {
        const size_t left = (size_t)(json->priv.end - json->priv.at);
        unsigned char *room = vif__arena_room(a, json->priv.text_len + left + 4, 1);

        if (room == NULL) {
            return vif__decode_nomem(d);
        }
        vif_json_scratch(json, room, a->priv.cap - a->priv.used);
        type = vif_json_next(json, &d->token);
    }
    if (type == VIF_JSON_ERROR) {
        d->token.offset = json->offset;
        return vif__decode_fail(d, VIF_E_JSON, NULL, json->why);
    }
    return VIF_OK;
}

/* Skips a value, or the rest of one whose start was `first`: see vif_json_skip. */
static vif_status vif__decode_skip(vif__decoder *d, vif_json *json, vif_json_type first)
{
    if (vif_json_skip(json, first) != VIF_JSON_END) {
        d->token.offset = json->offset;
        d->token.text = NULL;
        return vif__decode_fail(d, VIF_E_JSON, NULL, json->why);
    }
    return VIF_OK;
}

/* Begins an object, in a place for one of the declared class. Anything else is refused: outermost
 * as no object of the reference (E_OBJECT), further in as a field of the wrong kind. */
static vif_status vif__decode_push(vif__decoder *d, unsigned declared)
{
    vif__decode_frame *f;

    if (d->token.type != VIF_JSON_OBJECT) {
        return d->depth > 0 ? vif__decode_fail(d, VIF_E_FIELD, NULL, "an object is required")
                            : vif__decode_fail(d, VIF_E_OBJECT, NULL, "an object is required");
    }
    if (d->depth == VIF__OBJECT_DEPTH) {
        return vif__decode_fail(d, VIF_E_FIELD, NULL, "nested too deeply");
    }
    f = &d->frame[d->depth++];
    memset(f, 0, sizeof *f);
    f->declared = (uint8_t)declared;
    f->offset = d->token.offset;
    return VIF_OK;
}

/* Which of the wrapper's keys the token is, or VIF__W_OTHER. */
static unsigned vif__wire_key(const vif_json_token *t)
{
    const size_t prefix = sizeof VIF__WIRE_PREFIX - 1;
    unsigned i;

    if (t->len < prefix || memcmp(t->text, VIF__WIRE_PREFIX, prefix) != 0) {
        return VIF__W_OTHER;
    }
    for (i = 0; i < VIF__W_OTHER; i++) {
        const char *key = vif__wire_keys[i];
        const size_t len = t->len - prefix;

        if (len < sizeof vif__wire_keys[i] && key[len] == '\0' &&
            memcmp(t->text + prefix, key, len) == 0) {
            break;
        }
    }
    return i;
}

/* Parses "M.m" or "M.m.p", each number at most 255. The patch level says nothing about fields. */
static bool vif__version_parse(const char *text, size_t len, unsigned *major, unsigned *minor)
{
    const char *at = text, *end = text + len;
    const int high = vif__small(&at, end, 255);
    const int low = high >= 0 && at < end && *at++ == '.' ? vif__small(&at, end, 255) : -1;

    if (low >= 0 && at < end && *at == '.') {
        at++;
        if (vif__small(&at, end, 255) < 0) {
            return false;
        }
    }
    *major = (unsigned)high;
    *minor = (unsigned)low;
    return low >= 0 && at == end;
}

/* Reads the value of the wrapper's name, namespace or version. */
static vif_status vif__decode_header(vif__decoder *d, vif__decode_frame *f, vif_json *json,
                                     unsigned key)
{
    const vif_json_token *t = &d->token;
    const char *name = vif__wire_keys[key];
    const vif_status st = vif__decode_next(d, json);
    const bool text = st == VIF_OK && t->type == VIF_JSON_STRING;

    if (st != VIF_OK) {
        return st;
    }
    f->known |= (uint8_t)(1u << key);
    if (key == VIF__W_VERSION) {
        f->version_at = t->offset;
        return text && vif__version_parse(t->text, t->len, &f->major, &f->minor)
            ? VIF_OK : vif__decode_fail(d, VIF_E_BAD_VERSION, name, "not a version (1.0)");
    }
    if (key == VIF__W_NAMESPACE) {
        return text && t->len == 6 && memcmp(t->text, "os_vif", 6) == 0
            ? VIF_OK : vif__decode_fail(d, VIF_E_OBJECT, name, "the namespace is not os_vif");
    }
    f->klass = (uint8_t)(text ? vif_class_find(t->text, t->len) : VIF_CLASS_NONE);
    return f->klass != VIF_CLASS_NONE
        ? VIF_OK : vif__decode_fail(d, VIF_E_OBJECT, name, "no such class");
}

/* Looks for name, namespace and version behind the data, which came first. */
static vif_status vif__decode_ahead(vif__decoder *d, vif__decode_frame *f)
{
    vif_status st;

    d->ahead = d->json;
    st = vif__decode_skip(d, &d->ahead, VIF_JSON_MORE);
    while (st == VIF_OK && (f->known & 7) != 7) {
        unsigned key;

        st = vif__decode_next(d, &d->ahead);
        if (st != VIF_OK || d->token.type != VIF_JSON_KEY) {
            break;
        }
        key = vif__wire_key(&d->token);
        st = key <= VIF__W_VERSION && (f->known >> key & 1) == 0
            ? vif__decode_header(d, f, &d->ahead, key)
            : vif__decode_skip(d, &d->ahead, VIF_JSON_MORE);
    }
    return st;
}

/* The size of an object. If its class is in a union, it is that of the union, because callers may
 * read and copy all of that. */
static size_t vif__decode_size(unsigned klass)
{
    if (vif__is_below(klass, VIF_CLASS_VIFBase)) {
        return sizeof(vif_vif);
    }
    if (vif__is_below(klass, VIF_CLASS_VIFPortProfileBase)) {
        return sizeof(vif_port_profile);
    }
    return vif__is_below(klass, VIF_CLASS_DatapathOffloadBase) ? sizeof(vif_datapath_offload)
                                                               : vif__classes[klass].size;
}

/* Refuses a version and names it. */
static vif_status vif__decode_version(vif__decoder *d, const vif__decode_frame *f)
{
    char version[12] = "";

    vif__version_format(version, f->major, f->minor);
    d->token.offset = f->version_at;
    d->token.text = version;
    d->token.len = strlen(version);
    return vif__decode_fail(d, VIF_E_VERSION, "version", "version is not supported");
}

/* Makes the object, if its class and version are known and allowed here. */
static vif_status vif__decode_resolve(vif__decoder *d, vif__decode_frame *f)
{
    VIF__BYTES uint8_t order[3] = {VIF__W_NAMESPACE, VIF__W_NAME, VIF__W_VERSION};
    unsigned i;

    d->token.text = NULL;
    for (i = 0; i < 3; i++) {
        if ((f->known >> order[i] & 1) == 0) {
            d->token.offset = f->offset;
            return vif__decode_fail(d, VIF_E_KEY, vif__wire_keys[order[i]],
                                    "required key is missing");
        }
    }
    d->token.offset = f->offset;
    if (f->declared != VIF_CLASS_NONE && !vif__is_below(f->klass, f->declared)) {
        return vif__decode_fail(d, VIF_E_FIELD, NULL, vif__rule(VIF__OBJECT));
    }
    if (f->major != 1 || f->minor > vif__classes[f->klass].minor) {
        return vif__decode_version(d, f);
    }
    f->object = (vif_object *)vif_arena_alloc(d->arena, vif__decode_size(f->klass));
    if (f->object == NULL) {
        return vif__decode_nomem(d);
    }
    vif_object_init(f->object, (vif_class)f->klass);
    vif__fields_init(&f->fields, f->klass);
    f->object->minor = (uint8_t)f->minor;
    return VIF_OK;
}

/* Reads the names of the fields that have changed. Names that the class lacks are skipped, because
 * they say nothing about a value. */
static vif_status vif__decode_changes(vif__decoder *d, vif__decode_frame *f)
{
    vif_status st = vif__decode_next(d, &d->json);

    if (st == VIF_OK && d->token.type != VIF_JSON_ARRAY) {
        return vif__decode_fail(d, VIF_E_FIELD, "changes", "a list is required");
    }
    while (st == VIF_OK) {
        vif__fields fields;

        st = vif__decode_next(d, &d->json);
        if (st != VIF_OK || d->token.type == VIF_JSON_ARRAY_END) {
            break;
        }
        if (d->token.type != VIF_JSON_STRING) {
            return vif__decode_fail(d, VIF_E_FIELD, "changes", "a list of strings is required");
        }
        if (vif__field_find(f->klass, d->token.text, d->token.len, &fields) != NULL) {
            f->object->changes |= 1u << fields.index;
        }
    }
    return st;
}

/* Fills in a field that the reference's constructor sets and that the text did not name. */
static vif_status vif__decode_fill(vif__decoder *d, vif__decode_frame *f, const vif__field *row)
{
    const int no = VIF_FALSE;
    vif_int null = {0, VIF_STATE_NULL};
    vif_any *list;

    if (row->kind == VIF__BOOL) {
        vif__field_put(f->object, row, &no, sizeof no);
    } else if (row->kind == VIF__INT) {
        vif__field_put(f->object, row, &null, sizeof null);
    } else {
        list = (vif_any *)vif_arena_alloc(d->arena, sizeof *list);
        if (list == NULL) {
            return vif__decode_nomem(d);
        }
        vif_object_init(list, (vif_class)row->ref);
        list->object.changes = 1;       /* the reference counts setting the list as a change */
        list->subnet_list.objects.items = &list->subnet;    /* not NULL, so the list is set */
        vif__field_put(f->object, row, &list, sizeof list);
    }
    return VIF_OK;
}

/* After the data, sets what the reference's constructor would have set, if the data did not. */
static vif_status vif__decode_fills(vif__decoder *d, vif__decode_frame *f)
{
    const vif__field *row;
    vif_status st = VIF_OK;

    vif__fields_init(&f->fields, f->klass);
    while (st == VIF_OK && (row = vif__fields_next(&f->fields)) != NULL) {
        if ((row->flags & VIF__FILLED) != 0 && (f->read >> f->fields.index & 1) == 0) {
            st = vif__decode_fill(d, f, row);
        }
    }
    return st;
}

/* Ends a wrapper, and puts its object into the one above. */
static vif_status vif__decode_pop(vif__decoder *d, vif__decode_frame *f)
{
    vif__decode_frame *up = f - 1;

    if ((f->seen >> VIF__W_DATA & 1) == 0) {
        const vif_status st = f->object == NULL ? vif__decode_resolve(d, f) : VIF_OK;

        d->token.offset = f->offset;
        return st != VIF_OK ? st
            : vif__decode_fail(d, VIF_E_KEY, "data", "required key is missing");
    }
    if (vif__decode_fills(d, f) != VIF_OK) {
        return VIF_E_NOMEM;
    }
    d->depth--;
    if (d->depth == 0) {
        d->root = f->object;
    } else if (up->state == VIF__IN_LIST) {
        if (up->last != NULL) {
            up->last->next_in_list = f->object;
        } else {
            up->first = f->object;
        }
        up->last = f->object;
        up->index++;
    } else {
        vif__field_put(up->object, up->row, &f->object, sizeof f->object);
    }
    return VIF_OK;
}

/* Skips or refuses a key that the class does not have. */
static vif_status vif__decode_unknown(vif__decoder *d)
{
    vif_error *err = d->err;

    if (d->desc->unknown_fields) {
        return vif__decode_skip(d, &d->json, VIF_JSON_MORE);
    }
    (void)vif__decode_fail(d, VIF_E_FIELD, NULL, "no such field");
    if (err != NULL) {
        vif_cat(err->where, sizeof err->where, err->where[0] != '\0' ? "." : "");
        vif_cat_escaped(err->where, sizeof err->where, d->token.text, d->token.len);
    }
    return VIF_E_FIELD;
}

/* One step in a wrapper: a key with its value, or the end. */
VIF__APART static vif_status vif__decode_wrapper(vif__decoder *d, vif__decode_frame *f)
{
    vif_status st = vif__decode_next(d, &d->json);
    unsigned key;

    if (st != VIF_OK || d->token.type == VIF_JSON_OBJECT_END) {
        return st != VIF_OK ? st : vif__decode_pop(d, f);
    }
    key = vif__wire_key(&d->token);
    if (key == VIF__W_OTHER) {          /* skipped, unless it has the wrapper's prefix */
        return d->token.len >= sizeof VIF__WIRE_PREFIX - 1 &&
            memcmp(d->token.text, VIF__WIRE_PREFIX, sizeof VIF__WIRE_PREFIX - 1) == 0
            ? vif__decode_unknown(d) : vif__decode_skip(d, &d->json, VIF_JSON_MORE);
    }
    if ((f->seen >> key & 1) != 0) {
        return vif__decode_fail(d, VIF_E_JSON, vif__wire_keys[key], "duplicate key");
    }
    f->seen |= (uint8_t)(1u << key);
    if (key <= VIF__W_VERSION) {
        return vif__decode_header(d, f, &d->json, key);
    }
    if (f->object == NULL) {
        st = (f->known & 7) != 7 ? vif__decode_ahead(d, f) : VIF_OK;
        st = st == VIF_OK ? vif__decode_resolve(d, f) : st;
    }
    if (st != VIF_OK || key == VIF__W_CHANGES) {
        return st != VIF_OK ? st : vif__decode_changes(d, f);
    }
    st = vif__decode_next(d, &d->json);
    if (st == VIF_OK && d->token.type != VIF_JSON_OBJECT) {
        return vif__decode_fail(d, VIF_E_FIELD, "data", "an object is required");
    }
    f->state = VIF__IN_DATA;
    return st;
}

/* Refuses a token of another kind than the field. */
static vif_status vif__decode_wrong(vif__decoder *d, vif__decode_frame *f)
{
    return vif__decode_fail(d, VIF_E_FIELD, NULL, vif__rule(f->row->kind));
}

/* Handles null, where the field allows it. If the field has a default, null means the default, as
 * in the reference. */
static vif_status vif__decode_null(vif__decoder *d, vif__decode_frame *f)
{
    const void *null = &vif__null;
    const int choice = (f->row->flags & VIF__DEFAULT_TRUE) != 0 ? VIF_TRUE : VIF_FALSE;
    vif_int number = vif_int_of(0);

    if ((f->row->flags & (VIF__DEFAULT_TRUE | VIF__DEFAULT_FALSE)) != 0) {
        vif__field_put(f->object, f->row, &choice, sizeof choice);
    } else if ((f->row->flags & VIF__NULLABLE) == 0) {
        return vif__decode_fail(d, VIF_E_FIELD, NULL, "cannot be null");
    } else if (f->row->kind == VIF__INT) {
        number.state = VIF_STATE_NULL;
        vif__field_put(f->object, f->row, &number, sizeof number);
    } else {
        vif__field_put(f->object, f->row, &null, sizeof null);
    }
    return VIF_OK;
}

/* Copies the token's text to the arena, in the normal form of its kind. Returns NULL, with *st set,
 * on failure. */
static const char *vif__decode_text(vif__decoder *d, vif__decode_frame *f, unsigned kind,
                                    vif_status *st)
{
    const vif_json_token *t = &d->token;
    const bool loose = kind == VIF__STRING || kind == VIF__UUID;
    char normal[52];
    const char *text;

    *st = VIF_OK;
    if (t->type != VIF_JSON_STRING && !(loose && t->type == VIF_JSON_INT)) {
        *st = vif__decode_fail(d, VIF_E_FIELD, NULL, vif__rule(kind));
        return NULL;
    }
    if (!loose && !vif__normal(kind, t->text, t->len, normal)) {
        *st = vif__decode_fail(d, VIF_E_FIELD, NULL, vif__rule(kind));
        return NULL;
    }
    (void)f;
    text = loose ? vif_arena_text(d->arena, t->text, t->len)
                 : vif_arena_text(d->arena, normal, strlen(normal));
    if (text == NULL) {
        *st = vif__decode_nomem(d);
    }
    return text;
}

/* While a list of addresses is read, it is a chain in the arena. */
typedef struct vif__text_link {
    struct vif__text_link *next;
    const char *text;
} vif__text_link;

/* Reads a list of addresses. Its length is known only at its end, so the
 * texts are chained first. */
static vif_status vif__decode_ips(vif__decoder *d, vif__decode_frame *f)
{
    vif__text_link *first = NULL, *last = NULL;
    const char **items;
    vif_texts list = {NULL, 0};
    vif_status st;

    if (d->token.type != VIF_JSON_ARRAY) {
        return vif__decode_wrong(d, f);
    }
    while ((st = vif__decode_next(d, &d->json)) == VIF_OK &&
           d->token.type != VIF_JSON_ARRAY_END) {
        const char *text;
        vif__text_link *link;

        if (list.count == VIF_LIST_MOST) {
            return vif__decode_fail(d, VIF_E_FIELD, NULL, vif__too_many);
        }
        text = vif__decode_text(d, f, VIF__IP, &st);
        if (text == NULL) {
            return st;
        }
        link = (vif__text_link *)vif_arena_alloc(d->arena, sizeof *link);
        if (link == NULL) {
            return vif__decode_nomem(d);
        }
        link->text = text;
        *(last != NULL ? &last->next : &first) = link;
        last = link;
        list.count++;
    }
    if (st != VIF_OK) {
        return st;
    }
    items = (const char **)vif_arena_alloc(d->arena, (list.count + 1) * sizeof *items);
    if (items == NULL) {
        return vif__decode_nomem(d);
    }
    list.items = items;
    for (; first != NULL; first = first->next) {
        *items++ = first->text;
    }
    vif__field_put(f->object, f->row, &list, sizeof list);
    return VIF_OK;
}

/* Reads an integer (also as text, as the reference does), true or false, or a word of an enum. */
static vif_status vif__decode_scalar(vif__decoder *d, vif__decode_frame *f)
{
    const vif_json_token *t = &d->token;
    const bool string = t->type == VIF_JSON_STRING;
    vif_int number = vif_int_of(t->integer);
    int choice = 0;

    if (f->row->kind == VIF__INT) {
        if (t->type != VIF_JSON_INT && !(string && vif_int_parse(t->text, t->len, &number.value))) {
            return vif__decode_wrong(d, f);
        }
        vif__field_put(f->object, f->row, &number, sizeof number);
        return VIF_OK;
    }
    if (f->row->kind == VIF__ENUM) {
        choice = string ? vif__word(f->row->ref, t->text, t->len) : 0;
    } else if (t->type == VIF_JSON_TRUE || t->type == VIF_JSON_FALSE) {
        choice = t->type == VIF_JSON_TRUE ? VIF_TRUE : VIF_FALSE;
    }
    if (choice == 0) {
        return vif__decode_wrong(d, f);
    }
    vif__field_put(f->object, f->row, &choice, sizeof choice);
    return VIF_OK;
}

/* Reads the value of a field by its kind. Objects and lists only begin here, and the next steps
 * read them. */
static vif_status vif__decode_value(vif__decoder *d, vif__decode_frame *f)
{
    const char *text;
    vif_status st;

    if (d->token.type == VIF_JSON_NULL) {
        return vif__decode_null(d, f);
    }
    switch (f->row->kind) {
    case VIF__INT:
    case VIF__BOOL:
    case VIF__ENUM:
        return vif__decode_scalar(d, f);
    case VIF__OBJECT:
        return vif__decode_push(d, f->row->ref);
    case VIF__OBJECTS:
        if (d->token.type != VIF_JSON_ARRAY) {
            return vif__decode_wrong(d, f);
        }
        f->state = VIF__IN_LIST;
        f->index = 0;
        f->first = f->last = NULL;
        return VIF_OK;
    case VIF__IPS:
        return vif__decode_ips(d, f);
    default:
        text = vif__decode_text(d, f, f->row->kind, &st);
        if (text != NULL) {
            vif__field_put(f->object, f->row, &text, sizeof text);
        }
        return st;
    }
}

/* One step in the data: a field with its value, or the end. */
static vif_status vif__decode_data(vif__decoder *d, vif__decode_frame *f)
{
    vif_status st = vif__decode_next(d, &d->json);
    const vif__field *row;

    f->row = NULL;
    if (st != VIF_OK) {
        return st;
    }
    if (d->token.type == VIF_JSON_OBJECT_END) {
        f->state = VIF__IN_WRAPPER;
        return VIF_OK;
    }
    /* Fields mostly come in the table's order, so it tries the next one first. */
    row = vif__fields_next(&f->fields);
    if (row == NULL || !vif__name_is(row->name, d->token.text, d->token.len)) {
        row = vif__field_find(f->klass, d->token.text, d->token.len, &f->fields);
    }
    if (row == NULL) {
        return vif__decode_unknown(d);
    }
    f->row = row;
    if ((f->read >> f->fields.index & 1) != 0) {
        return vif__decode_fail(d, VIF_E_JSON, NULL, "duplicate key");
    }
    f->read |= 1u << f->fields.index;
    st = vif__decode_next(d, &d->json);
    return st != VIF_OK ? st : vif__decode_value(d, f);
}

/* Ends a list, and copies its objects, which were made one by one, to an array. */
static vif_status vif__decode_list_end(vif__decoder *d, vif__decode_frame *f)
{
    const size_t size = vif__classes[f->row->ref].size;
    unsigned char *items = (unsigned char *)vif_arena_alloc(d->arena, (f->index + 1) * size);
    const vif_object *o;
    vif_texts list;

    if (items == NULL) {
        return vif__decode_nomem(d);
    }
    memcpy(&list.items, &items, sizeof items);
    list.count = f->index;
    vif__field_put(f->object, f->row, &list, sizeof list);
    for (o = f->first; o != NULL; items += size) {
        const vif_object *next = o->next_in_list;

        memcpy(items, o, size);
        o = next;
    }
    f->state = VIF__IN_DATA;
    return VIF_OK;
}

/* One step in a list: an object begins, or the list ends. */
static vif_status vif__decode_list(vif__decoder *d, vif__decode_frame *f)
{
    const vif_status st = vif__decode_next(d, &d->json);

    if (st != VIF_OK) {
        return st;
    }
    if (d->token.type == VIF_JSON_ARRAY_END) {
        return vif__decode_list_end(d, f);
    }
    if (f->index == VIF_LIST_MOST) {
        d->token.text = NULL;
        return vif__decode_fail(d, VIF_E_FIELD, NULL, vif__too_many);
    }
    return vif__decode_push(d, f->row->ref);
}

/* Takes steps until the outermost object has ended. Only white space may follow it. */
static vif_status vif__decode_run(vif__decoder *d)
{
    vif_status st = vif__decode_next(d, &d->json);

    st = st == VIF_OK ? vif__decode_push(d, VIF_CLASS_NONE) : st;
    while (st == VIF_OK && d->depth > 0) {
        vif__decode_frame *f = &d->frame[d->depth - 1];

        switch (f->state) {
        case VIF__IN_WRAPPER:
            st = vif__decode_wrapper(d, f);
            break;
        case VIF__IN_DATA:
            st = vif__decode_data(d, f);
            break;
        default:
            st = vif__decode_list(d, f);
            break;
        }
    }
    while (st == VIF_OK && d->json.priv.at < d->json.priv.end) {
        d->token.offset = vif__json_offset(&d->json);
        d->token.text = NULL;
        if (!vif__json_blank(*d->json.priv.at++)) {
            st = vif__decode_fail(d, VIF_E_JSON, NULL, "text behind the object");
        }
    }
    return st;
}

/* The same with a desc that has only the text. */
VIF_API vif_status vif_decode(vif_arena *arena, const char *text, size_t len, vif_object **out,
                              vif_error *err)
{
    vif_decode_desc desc;

    memset(&desc, 0, sizeof desc);
    desc.text = text;
    desc.len = len;
    return vif_decode_with(arena, &desc, out, err);
}

/* The decoder is too large for a stack frame, so it is in the arena as well. */
VIF_API vif_status vif_decode_with(vif_arena *arena, const vif_decode_desc *desc,
                                   vif_object **out, vif_error *err)
{
    vif__decoder *d;
    vif_status st;

    if (desc->len > VIF_TEXT_MOST) {
        return vif__fail(err, VIF_E_TOO_BIG, "the text is longer than 16777216 bytes");
    }
    d = (vif__decoder *)vif_arena_alloc(arena, sizeof *d);
    if (d == NULL) {
        return vif__fail(err, VIF_E_NOMEM, "the arena is full");
    }
    vif_json_init(&d->json, NULL, 0);
    vif_json_feed(&d->json, desc->text, desc->len);
    vif_json_finish(&d->json);
    d->desc = desc;
    d->arena = arena;
    d->err = err;
    st = vif__decode_run(d);
    if (st == VIF_OK) {
        *out = d->root;
        vif__fail(err, VIF_OK, "");
    }
    return st;
}
#endif

#endif /* VIF_IMPLEMENTATION */

/* The licence text is in LICENSE. */
