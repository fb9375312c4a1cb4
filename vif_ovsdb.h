/* vif_ovsdb.h: an OVSDB client (RFC 7047): connection, transactions, results, monitors
 * version 0.2.0, part of vif
 * SPDX-License-Identifier: MIT
 *
 * USE
 *   #include "vif_ovsdb.h"                  in every file that uses it; next to vif_objects.h
 *   #define VIF_IMPLEMENTATION              in exactly one file, before that line
 * C99 to C2x and C++11 to C++20. Nothing to link but vif_objects.h's own implementation.
 *
 * EXAMPLE: the names of all bridges
 *   static char in[32768], out[16384];
 *   char text[512], name[64];
 *   vif_ovsdb db;
 *   vif_ovsdb_txn txn;
 *   vif_ovsdb_event reply;
 *   vif_ovsdb_iter rows;
 *   vif_ovsdb_value row;
 *   vif_error err;
 *   vif_ovsdb_desc desc = vif_ovsdb_desc_default();
 *   desc.remote = "unix:/run/openvswitch/db.sock";
 *   desc.in = in, desc.in_cap = sizeof in, desc.out = out, desc.out_cap = sizeof out;
 *   vif_ovsdb_begin(&txn, text, sizeof text, "Open_vSwitch");
 *   int op = vif_ovsdb_select(&txn, "Bridge");
 *   vif_ovsdb_column(&txn, "name");
 *   if (vif_ovsdb_open(&db, &desc, &err) == VIF_OK &&
 *       vif_ovsdb_call(&db, &txn, vif_ovsdb_now(&db) + 5000, &reply, &err) == VIF_OK) {
 *       rows = vif_ovsdb_rows(&reply, op);
 *       while (vif_ovsdb_next(&rows, NULL, &row)) {
 *           vif_ovsdb_text(vif_ovsdb_member(row, "name"), name, sizeof name);
 *           puts(name);
 *       }
 *   }
 *   vif_ovsdb_close(&db);
 *
 * OPTIONS (define before including, the same in every file)
 *   VIF_STATIC           makes all functions static and includes the implementation: a private copy
 *   VIF_API              linkage of the functions; default extern
 *   VIF_NO_POSIX         leave out sockets and blocking calls; the rest stays (-3 KB)
 *   VIF_NO_MONITORS      leave out the functions of monitors (-1.5 KB)
 *   VIF_OVSDB_REQUESTS   requests in flight on one connection, default 32 (32 bytes each);
 *                        for more, use desc.pending
 *   VIF_JSON_DEPTH       deepest nesting that the server may send, default 32 (OVSDB needs 8)
 *
 * PARTS, each usable without the next
 *   values         vif_ovsdb_value, vif_ovsdb_iter: views of JSON text, and of OVSDB's notation
 *   transactions   vif_ovsdb_txn: writes operations straight as JSON into your memory
 *   connection     vif_ovsdb: takes bytes, gives events and bytes to send; owns no socket, no clock
 *   wanted rows    vif_ovsdb_cell: reads rows, compares them, changes what differs, changes back
 *   monitors       vif_ovsdb_monitor: changes of chosen columns, in any dialect of the server
 *   POSIX shell    unix:, tcp: or your functions to move bytes; blocking calls on top
 *
 * RULES
 *   memory     The buffers are the caller's. With a resize hook they grow, up to max_message. With
 *              32 KB for in and 16 KB for out a connection takes less than 64 KB. In steady state
 *              nothing is allocated. The database is never downloaded: the cost of a transaction
 *              does not depend on the number of rows.
 *   views      A vif_ovsdb_value borrows the text of its message until the connection receives or
 *              steps again; sending leaves it alone. It is not freed. An absent value has text
 *              NULL; all readers accept it, and return false. If a key is there twice the last one
 *              counts, as in the server.
 *   strings    Received text must be valid UTF-8 without U+0000, or the connection fails. All text
 *              of the peer's is escaped in a vif_error.
 *   errors     Functions return a vif_status and fill a vif_error (may be NULL) only on failure.
 *              Errors of a connection stick in db->error until vif_ovsdb_reconnect.
 *   results    Read them by the number of the operation that the builder returned, after
 *              vif_ovsdb_check (or _call) has returned VIF_OK. This means also that every operation
 *              has its result. A mutate, update or delete whose where matches nothing is a success
 *              with count 0: see vif_ovsdb_changed.
 *   refusals   E_CONFLICT: a wait did not hold, or the transaction was cancelled; read again and
 *              try again. E_EXISTS: a name is taken, or somebody else has the lock ("not owner").
 *              E_UNSUPPORTED: unknown method, or not supported. E_SYSTEM: the server lacks I/O or
 *              resources. E_INVAL: everything else, in the server's own words.
 *   unknown    A request that was sent and has no reply when the connection ends is E_UNKNOWN: it
 *              may have been done. This header never repeats it, because the server does not detect
 *              duplicates (ovsdb(7)). Look before you repeat it. A request that was not sent whole
 *              is E_SYSTEM, and was not done.
 *   order      Replies come in any order, and their ids tell them apart. Notifications come at any
 *              time, even about one's own transaction before its reply.
 *   threads    Use a connection in one thread at a time. Objects are independent; there are no
 *              globals.
 *   fork       A child must not use the connection. vif_ovsdb_close there closes only its own fd.
 *   signals    EINTR is retried, and sends carry MSG_NOSIGNAL.
 *   time       Milliseconds of any clock that never goes back.
 *
 * NOT HERE   name resolution (addresses are numeric), TLS itself (desc.read and desc.write carry
 *            it), a copy of the database, schema checks. Rows have no tables as the objects of
 *            vif_objects.h have, because a client names a few columns, each once, and a call for a
 *            column is shorter than a row of such a table.
 *
 * Facts marked (measured) were seen with ovsdb-server 3.1. Licence text: LICENSE. */
#ifndef VIF_OVSDB_H_INCLUDED
#define VIF_OVSDB_H_INCLUDED
#include "vif_objects.h"
#if VIF_VERSION_NUM != 200
#error "vif headers of different versions: take all of them from one release (0.2.0 here)"
#endif

#if defined(__cplusplus) && !defined(VIF_STATIC)
extern "C" {
#endif

#ifndef VIF_OVSDB_REQUESTS
#define VIF_OVSDB_REQUESTS 32
#endif

/* ---- Values: views of JSON text ---- */

/* One JSON value as it is in the text, with brackets and quotes; text NULL: absent. */
typedef struct vif_ovsdb_value {
    const char *text;
    size_t len;
} vif_ovsdb_value;

/* Walks the items of a list, or the members of an object. Its fields are private. */
typedef struct vif_ovsdb_iter {
    const char *at;
    size_t left;                        /* bytes times four; + 1 in an object, + 2 in a map */
} vif_ovsdb_iter;

/* Makes a view of text that is a whole JSON value, as a reply that was kept. Readers never leave
 * the len bytes, whatever these are. Of text that is no JSON they return meaningless values. */
VIF_API vif_ovsdb_value vif_ovsdb_view(const char *text, size_t len);
/* VIF_JSON_OBJECT, _ARRAY, _STRING, _INT (any number), _TRUE, _FALSE, _NULL; _ERROR if absent. */
VIF_API vif_json_type vif_ovsdb_type(vif_ovsdb_value value);
/* Walks a JSON list or object. Any other value has no items. */
VIF_API vif_ovsdb_iter vif_ovsdb_each(vif_ovsdb_value value);
/* Walks the elements of a column. OVSDB writes one element bare, and none or several as a set (RFC
 * 7047 §5.1). A column of one value is a set of one, and an absent column has no elements. */
VIF_API vif_ovsdb_iter vif_ovsdb_set_of(vif_ovsdb_value column);
/* Walks the pairs of a map column. */
VIF_API vif_ovsdb_iter vif_ovsdb_map_of(vif_ovsdb_value column);
/* Takes the next item; false at the end. key may be NULL; in a list it becomes absent. */
VIF_API bool vif_ovsdb_next(vif_ovsdb_iter *it, vif_ovsdb_value *key, vif_ovsdb_value *value);
/* The member of that name of an object (as a column of a row), or an absent value. */
VIF_API vif_ovsdb_value vif_ovsdb_member(vif_ovsdb_value object, const char *name);
/* The number of elements of a set column, or of pairs of a map column. */
VIF_API size_t vif_ovsdb_count(vif_ovsdb_value column);
/* The value that a map column has for a key of type string, or an absent value. */
VIF_API vif_ovsdb_value vif_ovsdb_map_get(vif_ovsdb_value column, const char *key);

/* Read one value, bare or in a set of one. False, with *out unchanged, if it has another type. */
VIF_API bool vif_ovsdb_int(vif_ovsdb_value value, int64_t *out);
VIF_API bool vif_ovsdb_bool(vif_ovsdb_value value, bool *out);
/* Reads ["uuid", text], or the text alone (as in the keys of an update), and adds a NUL. */
VIF_API bool vif_ovsdb_uuid(vif_ovsdb_value value, char out[37]);
/* Copies a string, decoded and with a NUL. False, with out empty, if it is no string or does not
 * fit. cap is at least 1. */
VIF_API bool vif_ovsdb_text(vif_ovsdb_value value, char *out, size_t cap);
/* Whether the value is a string and equal to text. */
VIF_API bool vif_ovsdb_is(vif_ovsdb_value value, const char *text);
/* Whether two columns hold the same. It does not matter in which order elements and pairs are,
 * whether one element is bare or a set of one, and how strings and integers are written. 7 and "7"
 * are not the same. */
VIF_API bool vif_ovsdb_same(vif_ovsdb_value one, vif_ovsdb_value other);
/* Copies a value to the arena, with a NUL: the text of a string, or (decode false) the JSON as it
 * is. NULL if the value is absent, or without memory. */
VIF_API char *vif_ovsdb_copy(vif_ovsdb_value value, bool decode, vif_arena *arena);
/* Writes a column for people: its elements, separated by commas and cut at cap. Those that are no
 * strings are written as JSON. Returns `to`. */
VIF_API const char *vif_ovsdb_show(vif_ovsdb_value column, char *to, size_t cap);

/* ---- Transactions (RFC 7047 §4.1.3, §5.2) ---- */

/* A transaction is written from left to right: an operation, and its clauses, each with its value
 * or values. The next operation ends the one before.
 *
 *   op = vif_ovsdb_insert(&txn, "Port");              {"op":"insert","table":"Port",
 *   vif_ovsdb_row_text(&txn, "name", "eth0");          "row":{"name":"eth0",
 *   vif_ovsdb_row(&txn, "trunks");                     "trunks":
 *   vif_ovsdb_put_set(&txn);                             ["set",[
 *   vif_ovsdb_put_int(&txn, 7);                            7
 *   vif_ovsdb_put_end(&txn);                             ]]}}
 *   vif_ovsdb_mutate(&txn, "Bridge");                 {"op":"mutate","table":"Bridge",
 *   vif_ovsdb_where_text(&txn, "name", "br0");         "where":[["name","==","br0"]],
 *   vif_ovsdb_mutation(&txn, "ports", "insert");       "mutations":[["ports","insert",
 *   vif_ovsdb_put_ref(&txn, op);                         ["named-uuid","r0"]]]}
 *
 * Errors stick, even that of a wrong order of calls, so check once, at the end, with
 * vif_ovsdb_txn_status. Sending does so as well. */
typedef struct vif_ovsdb_txn {
    vif_json_out out;                   /* the params of the request: ["database", operations] */
    int ops;                            /* operations so far; the next one has this number */
    const char *why;                    /* the broken rule, or NULL */
    void *user;                         /* the caller's; comes back in the event of the reply */
    struct {
        uint32_t shapes;                /* a hash of what each result must be */
        uint8_t op, section, seen, slot, inside, half, ended;
    } priv;
} vif_ovsdb_txn;

/* Begins a transaction. buf is the caller's, and is used until the transaction has been sent or
 * called. database is "Open_vSwitch". */
VIF_API void vif_ovsdb_begin(vif_ovsdb_txn *txn, void *buf, size_t cap, const char *database);

/* Operations. Each returns its number, which names its result and, for an insert, the row. */
VIF_API int vif_ovsdb_insert(vif_ovsdb_txn *txn, const char *table);
/* Selects the rows that match where, or all, with the columns of vif_ovsdb_column, or all. */
VIF_API int vif_ovsdb_select(vif_ovsdb_txn *txn, const char *table);
/* These three need a where, or vif_ovsdb_where_all. */
VIF_API int vif_ovsdb_update(vif_ovsdb_txn *txn, const char *table);
VIF_API int vif_ovsdb_mutate(vif_ovsdb_txn *txn, const char *table);
VIF_API int vif_ovsdb_delete(vif_ovsdb_txn *txn, const char *table);
/* Makes the transaction fail (E_CONFLICT) unless the rows that match where, in the columns of
 * vif_ovsdb_column, are ("==") or are not ("!=") the given ones. vif_ovsdb_row starts the first of
 * these, and vif_ovsdb_new_row each further one; without any it compares with no rows at all. The
 * timeout is always 0. Waiting is the client's task, because a transaction that waits in the server
 * may be done after its client has given up. */
VIF_API int vif_ovsdb_wait(vif_ovsdb_txn *txn, const char *table, const char *until);
/* The same with a timeout by the server's clock. Only for transactions that change nothing: they
 * read after something has come true, and other requests overtake them. */
VIF_API int vif_ovsdb_wait_ms(vif_ovsdb_txn *txn, const char *table, const char *until,
                              int64_t timeout_ms);
/* A wait that holds if there is a row of that name. More clauses may follow. */
VIF_API int vif_ovsdb_require(vif_ovsdb_txn *txn, const char *table, const char *name);
VIF_API int vif_ovsdb_comment(vif_ovsdb_txn *txn, const char *text);
/* Fails (E_EXISTS, "not owner") unless this connection owns the lock. */
VIF_API int vif_ovsdb_assert(vif_ovsdb_txn *txn, const char *lock);
VIF_API int vif_ovsdb_abort(vif_ovsdb_txn *txn);
/* Two operations: it asks the switch to apply what is in the database (Open_vSwitch.next_cfg += 1),
 * and selects next_cfg. Returns the number of the select; read it with vif_ovsdb_next_cfg_of. */
VIF_API int vif_ovsdb_next_cfg(vif_ovsdb_txn *txn);
/* Makes a transaction that only reads wait, as vif_ovsdb_wait_ms does, until the switch has applied
 * that number (Open_vSwitch.cur_cfg). The reply then tells that it has. E_CONFLICT: it has not in
 * time. What was committed stays, and in a database without a switch cur_cfg never moves. cur_cfg
 * also passes ports that the switch could not open, so selects behind the wait should read what
 * became of them (Interface.ofport, error). */
VIF_API int vif_ovsdb_wait_cfg(vif_ovsdb_txn *txn, int64_t next_cfg, int64_t timeout_ms);

/* Clauses. A function is "==", "!=", "<", "<=", ">", ">=", "includes" or "excludes"; a mutator is
 * "+=", "-=", "*=", "/=", "%=", "insert" or "delete". A value must follow each, and clauses of one
 * sort must be together. Mutate, and never update, columns that several writers share
 * (Bridge.ports, external_ids). */
VIF_API void vif_ovsdb_where(vif_ovsdb_txn *txn, const char *column, const char *function);
VIF_API void vif_ovsdb_where_text(vif_ovsdb_txn *txn, const char *column, const char *text);
VIF_API void vif_ovsdb_where_uuid(vif_ovsdb_txn *txn, const char *uuid);
VIF_API void vif_ovsdb_where_all(vif_ovsdb_txn *txn);
/* The map column has this pair, perhaps among others; the set of references has this one. */
VIF_API void vif_ovsdb_where_pair(vif_ovsdb_txn *txn, const char *column, const char *key,
                                  const char *text);
VIF_API void vif_ovsdb_where_has(vif_ovsdb_txn *txn, const char *column, const char *uuid);
VIF_API void vif_ovsdb_column(vif_ovsdb_txn *txn, const char *column);
VIF_API void vif_ovsdb_row(vif_ovsdb_txn *txn, const char *column);
VIF_API void vif_ovsdb_row_text(vif_ovsdb_txn *txn, const char *column, const char *text);
VIF_API void vif_ovsdb_row_int(vif_ovsdb_txn *txn, const char *column, int64_t value);
VIF_API void vif_ovsdb_new_row(vif_ovsdb_txn *txn);
VIF_API void vif_ovsdb_mutation(vif_ovsdb_txn *txn, const char *column, const char *mutator);
/* Sets a key of a map, whatever its value was. It takes two mutations, as
 * insert overwrites none. */
VIF_API void vif_ovsdb_map_set(vif_ovsdb_txn *txn, const char *column, const char *key,
                               const char *text);
/* Removes a key from a map, with one mutation. */
VIF_API void vif_ovsdb_map_delete(vif_ovsdb_txn *txn, const char *column, const char *key);

/* Values. Text must be UTF-8. */
VIF_API void vif_ovsdb_put_text(vif_ovsdb_txn *txn, const char *text);
VIF_API void vif_ovsdb_put_int(vif_ovsdb_txn *txn, int64_t value);
VIF_API void vif_ovsdb_put_bool(vif_ovsdb_txn *txn, bool value);
VIF_API void vif_ovsdb_put_uuid(vif_ovsdb_txn *txn, const char *uuid);
/* The row that the insert of that number makes, even if the insert comes later. The names are r0,
 * r1, ..., because the server takes only [A-Za-z_][A-Za-z0-9_]*. */
VIF_API void vif_ovsdb_put_ref(vif_ovsdb_txn *txn, int insert);
/* A value as it was received, or one in JSON, as vif_ovsdb_view("1.5e3", 5). */
VIF_API void vif_ovsdb_put_value(vif_ovsdb_txn *txn, vif_ovsdb_value value);
/* A set has values until _end. A map has keys and values in turn until _end. */
VIF_API void vif_ovsdb_put_set(vif_ovsdb_txn *txn);
VIF_API void vif_ovsdb_put_map(vif_ovsdb_txn *txn);
VIF_API void vif_ovsdb_put_end(vif_ovsdb_txn *txn);

/* Ends the transaction, to which nothing can be added then, and returns whether it can be sent.
 * E_SPACE: it takes out.len bytes. E_INVAL: see err->text. */
VIF_API VIF_MUST_CHECK vif_status vif_ovsdb_txn_status(vif_ovsdb_txn *txn, vif_error *err);
/* The size that the transaction would have if it ended here, which is over its cap if the buffer
 * was too small. A copy of the struct is a mark: to assign it back undoes all that was written
 * since, with its errors. So many small changes can fill one transaction up to a limit:
 *
 *   vif_ovsdb_txn mark = txn;
 *   append_one_more(&txn);
 *   if (vif_ovsdb_txn_size(&txn) > most) {
 *       txn = mark;                        send it, and begin another one
 *   } */
VIF_API size_t vif_ovsdb_txn_size(const vif_ovsdb_txn *txn);

/* ---- Connection: no socket, no clock ---- */

typedef enum vif_ovsdb_event_type {
    VIF_OVSDB_NOTHING,                  /* no event now: move bytes, or wait */
    VIF_OVSDB_CONNECTED,                /* requests may be sent now */
    VIF_OVSDB_REPLY,                    /* id; status OK with result, or the server's error */
    VIF_OVSDB_LOST,                     /* id; status E_UNKNOWN, or E_SYSTEM: never sent whole */
    VIF_OVSDB_UPDATE,                   /* a monitor's: give it to vif_ovsdb_monitor_take */
    VIF_OVSDB_LOCKED,                   /* params [name]: we have the lock now */
    VIF_OVSDB_STOLEN,                   /* params [name]: somebody stole the lock */
    VIF_OVSDB_MONITOR_CANCELED,         /* params [name]: the database was changed or removed */
    VIF_OVSDB_NOTICE,                   /* any other notification: method, params */
    VIF_OVSDB_CLOSED                    /* the end, once, after a LOST for each request; status */
} vif_ovsdb_event_type;

/* Private: the place in a list of results where the last one was found. */
typedef struct vif_ovsdb_cursor {
    const char *list;
    vif_ovsdb_iter rest;
    vif_ovsdb_value item;
    int next;
} vif_ovsdb_cursor;

typedef struct vif_ovsdb_event {        /* views: until the next step, run, room or deliver */
    vif_ovsdb_event_type type;
    vif_status status;
    int64_t id;
    void *user;                         /* of the transaction, in REPLY and LOST */
    vif_ovsdb_value method, params;
    vif_ovsdb_value result, error;      /* error: an object, or a string (RFC 7047 §4.1) */
    struct {
        vif_ovsdb_cursor *cursors;      /* the connection's two; NULL: each search starts anew */
        uint32_t shapes;                /* a hash of what the results must be; 0: anything */
    } priv;
} vif_ovsdb_event;

/* Private: a request under way. */
typedef struct vif_ovsdb_pending {
    int64_t id;
    uint64_t end;                       /* its last byte, counted in all that are sent */
    void *user;
    uint32_t shapes;
} vif_ovsdb_pending;

typedef struct vif_ovsdb_desc {         /* zero is the default; set the buffers or the hook */
    void *in, *out;                     /* for receiving and sending; the caller's */
    size_t in_cap, out_cap;             /* 32768, 16384 suit plugging; with resize: first sizes */
    size_t max_message;                 /* longest message taken, or sent; 0 = 16 MB */
    vif_resize resize;                  /* lets the buffers grow, or NULL */
    void *user;                         /* for resize, read, write, now_ms */
    uint32_t first_id;                  /* ids of requests start behind it */
    vif_ovsdb_pending *pending;         /* memory for more than VIF_OVSDB_REQUESTS, or NULL */
    uint16_t pending_cap;
    int probe_ms;                       /* it probes after this silence and fails after twice that;
                                           0: 5000 over TCP, else never; -1: never */
    const char *leader_of;              /* a database whose leader the server must be, or NULL */
    /* The rest is for the POSIX shell. */
    const char *remote;                 /* "unix:PATH", "tcp:1.2.3.4:6640", "tcp:[::1]:6640", or
                                           those of a cluster, with commas. Must stay valid. */
    vif_fd fd;                          /* or a connected socket to use; stays the caller's */
    /* Or set these, and in fd what to poll. They move bytes as read(2) and write(2) do. They return
     * how many, or -EAGAIN if they would block, or another -errno. read returns 0 at the end. */
    ptrdiff_t (*read)(void *user, void *buf, size_t len);
    ptrdiff_t (*write)(void *user, const void *buf, size_t len);
    int64_t (*now_ms)(void *user);      /* for blocking calls; NULL: only waits count as time */
} vif_ovsdb_desc;

/* Private: a buffer of the connection. */
typedef struct vif_ovsdb_buffer {
    unsigned char *data;
    size_t cap, at, len;
    bool owned;
} vif_ovsdb_buffer;

/* An update stream of chosen columns of chosen tables (RFC 7047 §4.1.5, ovsdb-server(7)). */
typedef struct vif_ovsdb_watch {
    const char *table;
    const char *const *columns;         /* NULL: all */
    size_t column_count;
    const char *where;                  /* JSON list of clauses, or NULL; not sent to old servers */
} vif_ovsdb_watch;

/* The caller sets name, database and the watches, and keeps them as long as the monitor runs. */
typedef struct vif_ovsdb_monitor {
    const char *name;                   /* unique on its connection */
    const char *database;
    const vif_ovsdb_watch *watches;
    size_t watch_count;
    int dialect;                        /* 3: monitor_cond_since, 2: _cond, 1: monitor; 0: try */
    char last_txn[37];                  /* from where a restart resumes, if the server can */
    int64_t request;                    /* id of its request under way, or 0 */
    bool changes_only;                  /* set it to get an empty SNAPSHOT, and then changes */
    uint8_t fewer;                      /* how many of the last columns of each watch are left out:
                                         * 1 if the schema is older than these */
} vif_ovsdb_monitor;

typedef struct vif_ovsdb {
    struct {                            /* first, as small offsets make small code */
        vif_ovsdb_buffer in, out;
        size_t scanned, message;
        int fd;
        uint16_t pending_count, remotes_left;
        uint8_t state, depth, ended;
        struct {                        /* state of one stream, zeroed for the next */
            uint8_t given, fresh, probing, announced, eof, blocked, hasty, full;
        } now;
        struct {
            vif_ovsdb_cursor cursors[2];    /* of the last event's result */
            int64_t probe_id, hello_id, quiet_at;
            int end_errno;
        } stream;
        vif_ovsdb_desc desc;
        vif_json scan;
        const char *remote;             /* the one that is being tried, or NULL */
        size_t remote_len;
        int64_t next_id, clock;
        int64_t dial_at;                /* time of the last or next attempt; INT64_MIN: unknown */
        uint64_t out_end;               /* bytes of messages queued so far */
        vif_ovsdb_pending own[VIF_OVSDB_REQUESTS];
        int backoff_ms, probe_ms;
        uint16_t remotes, remote_at;
    } priv;
    vif_error error;                    /* sticky; status VIF_OK while the connection lives */
    struct {
        uint64_t bytes_in, bytes_out, messages_in, messages_out;
        uint64_t replies;               /* replies to our requests: round trips */
        uint64_t strangers;             /* replies to no request of ours, which are ignored */
        uint64_t dropped;               /* events that came during a blocking call */
        size_t in_peak, out_peak;       /* most bytes that the buffers ever held */
    } count;
} vif_ovsdb;

VIF_API vif_ovsdb_desc vif_ovsdb_desc_default(void);
/* Makes a connection whose bytes the caller moves over a stream that is connected already. E_INVAL:
 * there are no buffers; E_NOMEM: the hook gave none. */
VIF_API VIF_MUST_CHECK vif_status vif_ovsdb_init(vif_ovsdb *db, const vif_ovsdb_desc *desc,
                                                 vif_error *err);
/* Changes `user` for the functions of the desc, after the connection, or what
 * holds it, was moved. */
VIF_API void vif_ovsdb_set_user(vif_ovsdb *db, void *user);
/* Frees memory got from resize and closes a socket that vif opened. It may be called twice, and
 * after a failed open. */
VIF_API void vif_ovsdb_close(vif_ovsdb *db);

/* Take bytes from the server, split anywhere. _deliver returns how many it took; if it took fewer,
 * take the events and deliver the rest. Or write the bytes in place: _room returns the memory (if
 * *len is 0 take events first), and _received says how much of it was used. _deliver and _room end
 * the views of the last event. */
VIF_API size_t vif_ovsdb_deliver(vif_ovsdb *db, const void *bytes, size_t len);
VIF_API void *vif_ovsdb_room(vif_ovsdb *db, size_t *len);
VIF_API void vif_ovsdb_received(vif_ovsdb *db, size_t len);
/* Says that the server will send no more. Complete messages still become events, then LOST and
 * CLOSED follow. sys_errno is the reason, or 0 for an orderly end. */
VIF_API void vif_ovsdb_finish(vif_ovsdb *db, int sys_errno);
/* Returns the next event, and ends the views of the one before. It answers the server's requests
 * itself: echo, and any other with "unknown method". */
VIF_API vif_ovsdb_event_type vif_ovsdb_step(vif_ovsdb *db, int64_t now_ms, vif_ovsdb_event *event);
/* Bytes for the server, or NULL if there are none. Report with _sent how many were sent. */
VIF_API const void *vif_ovsdb_output(const vif_ovsdb *db, size_t *len);
VIF_API void vif_ovsdb_sent(vif_ovsdb *db, size_t len);

/* Requests go to the send buffer. *id (may be NULL) is that of the coming REPLY or LOST. E_BUSY:
 * there is no room for it now, too many are under way, or it is not connected yet; send, step, and
 * try again. E_TOO_BIG: it can never fit. E_INVAL: params is not a JSON list. Else the sticky
 * error.
 *   vif_ovsdb_send(&db, "list_dbs", "[]", &id, &err)
 *   vif_ovsdb_send(&db, "get_schema", "[\"Open_vSwitch\"]", &id, &err)    a large answer */
VIF_API VIF_MUST_CHECK vif_status vif_ovsdb_send(vif_ovsdb *db, const char *method,
                                                 const char *params, int64_t *id, vif_error *err);
VIF_API VIF_MUST_CHECK vif_status vif_ovsdb_transact(vif_ovsdb *db, vif_ovsdb_txn *txn, int64_t *id,
                                                     vif_error *err);
/* The most bytes that a transaction (see vif_ovsdb_txn_size) may have on this connection. A larger
 * one is always E_TOO_BIG. The reply must fit into max_message as well. The server has no limit. */
VIF_API size_t vif_ovsdb_txn_most(const vif_ovsdb *db);
/* Locks (RFC 7047 §4.1.8). The methods "lock" and "steal" are answered by {"locked": bool}; after
 * false a LOCKED comes later. "unlock" is answered by {}. A disconnect releases all locks. */
VIF_API VIF_MUST_CHECK vif_status vif_ovsdb_lock(vif_ovsdb *db, const char *method,
                                                 const char *name, int64_t *id, vif_error *err);
/* Ignores the reply to a request from now on, and counts it as a stranger. The request may still be
 * done. ("cancel" is not sent, because the server answers it only sometimes; measured.) */
VIF_API void vif_ovsdb_forget(vif_ovsdb *db, int64_t id);
/* Call it when something has not come in time. It gives up the stream, on which other things may be
 * missing as well. LOST for each request and CLOSED follow. While it is still connecting only
 * CLOSED follows, and db->error names every remote that was tried. */
VIF_API void vif_ovsdb_expire(vif_ovsdb *db);

/* ---- Results ---- */

/* Whether a transaction of `ops` operations was done. A LOST one is E_UNKNOWN or E_SYSTEM. Refusals
 * are as in RULES, with the server's words in err->text and the operation of vif_ovsdb_fault in
 * err->where. For what vif_ovsdb_transact sent, each result must be what the operation gives (rows,
 * a uuid, a count), else it is E_PROTO: an answer without its rows never reads as "no rows". */
VIF_API VIF_MUST_CHECK vif_status vif_ovsdb_check(const vif_ovsdb_event *reply, int ops,
                                                  vif_error *err);
/* The operation of a refused transaction that the server blames, or -1 if it names none. Then each
 * was good by itself but the outcome was not (a reference to nothing, a name that two rows have),
 * or the request was not understood. To find the cause, try a half of the transaction. */
VIF_API int vif_ovsdb_fault(const vif_ovsdb_event *reply, int ops);
/* The result of an operation: an object, or an absent value. If they are read in the order of the
 * operations, one walk over the reply's text finds them all. */
VIF_API vif_ovsdb_value vif_ovsdb_result(const vif_ovsdb_event *reply, int op);
/* Walks the rows of a select, which are objects with a member for each column. */
VIF_API vif_ovsdb_iter vif_ovsdb_rows(const vif_ovsdb_event *reply, int op);
/* The first row of a select, or an absent value. */
VIF_API vif_ovsdb_value vif_ovsdb_first(const vif_ovsdb_event *reply, int op);
/* How many rows an update, mutate or delete found; -1 if the result does not say. */
VIF_API int64_t vif_ovsdb_changed(const vif_ovsdb_event *reply, int op);
/* The number to wait for, from the select of vif_ovsdb_next_cfg; -1 if the result does not say. */
VIF_API int64_t vif_ovsdb_next_cfg_of(const vif_ovsdb_event *reply, int op);

/* ---- Wanted rows ---- */

/* The wanted value of one column of a row, or of one key of a map column. A list of cells describes
 * a row, or several rows of one subject in different tables. The caller fills the list, and keeps
 * it and its texts.
 *
 *   look       op = vif_ovsdb_select(&txn, "Port"); vif_ovsdb_where_text(&txn, "name", "eth0");
 *              vif_ovsdb_column(&txn, "_uuid"); vif_ovsdb_cells_columns(&txn, cells, "Port");
 *   note       vif_ovsdb_cells_note(cells, "Port", vif_ovsdb_first(&reply, op), &arena)
 *   make       vif_ovsdb_insert(&txn, "Port"); vif_ovsdb_cells_row(&txn, cells, "Port");
 *   or change  vif_ovsdb_cells_write(&txn, cells, "Port", uuid, false)
 *   or undo    vif_ovsdb_cells_write(&txn, cells, "Port", uuid, true)
 *
 * All of them leave the keys of a map alone that no cell names. */
typedef struct vif_ovsdb_cell {
    struct vif_ovsdb_cell *next;
    const char *table;
    const char *column, *key;           /* key NULL: the column is no map */
    const char *value;                  /* a text; or, with json, as the server writes it: 7, true,
                                         * ["set",[1,2]] */
    bool json;
    bool fresh;                         /* only for a new row; existing ones keep their value */
    bool differs;                       /* noted: the row exists and has another value */
    const char *found;                  /* noted: the key's text or column's JSON; NULL: none */
} vif_ovsdb_cell;

/* Names the columns of the cells of that table in a select, each once. */
VIF_API void vif_ovsdb_cells_columns(vif_ovsdb_txn *txn, const vif_ovsdb_cell *cells,
                                     const char *table);
/* Notes what a row that was selected so has for the cells of that table. An absent row means that
 * there is none. Copies go to the arena. E_PROTO: the row lacks its _uuid or a column. E_NOMEM. */
VIF_API VIF_MUST_CHECK vif_status vif_ovsdb_cells_note(vif_ovsdb_cell *cells, const char *table,
                                                       vif_ovsdb_value row, vif_arena *arena,
                                                       vif_error *err);
/* Writes all columns of a new row, behind vif_ovsdb_insert. */
VIF_API void vif_ovsdb_cells_row(vif_ovsdb_txn *txn, const vif_ovsdb_cell *cells,
                                 const char *table);
/* Writes operations that change what differs in the row with that uuid, to what is wanted or (back)
 * to what was found. If nothing differs it writes none. */
VIF_API void vif_ovsdb_cells_write(vif_ovsdb_txn *txn, const vif_ovsdb_cell *cells,
                                   const char *table, const char *uuid, bool back);
/* Writes where clauses that match a row with all wanted columns and keys but fresh ones. So an
 * operation or a wait can refer to a row that is right, without reading it first. */
VIF_API void vif_ovsdb_cells_where(vif_ovsdb_txn *txn, const vif_ovsdb_cell *cells,
                                   const char *table);

/* ---- Monitors ---- */

typedef enum vif_ovsdb_take {
    VIF_OVSDB_NOT_MINE,                 /* the event is not for this monitor */
    VIF_OVSDB_AGAIN,                    /* it asked again in an older dialect; read nothing yet */
    VIF_OVSDB_SNAPSHOT,                 /* forget all known rows, then read these */
    VIF_OVSDB_CHANGES,                  /* read these */
    VIF_OVSDB_REFUSED                   /* event.error or db->error says why */
} vif_ovsdb_take;

typedef enum vif_ovsdb_change_type {
    VIF_OVSDB_INITIAL, VIF_OVSDB_INSERT, VIF_OVSDB_MODIFY, VIF_OVSDB_DELETE
} vif_ovsdb_change_type;

/* Private: what vif_ovsdb_next_change walks over. */
typedef struct vif_ovsdb_changes {
    vif_ovsdb_iter tables, rows;
    vif_ovsdb_value table;
    int dialect;
} vif_ovsdb_changes;

typedef struct vif_ovsdb_change {
    vif_ovsdb_change_type type;
    bool difference;                    /* MODIFY: sets and maps have only what came or went */
    vif_ovsdb_value table, uuid;        /* strings */
    vif_ovsdb_value row;                /* columns; a DELETE has none in dialects 2 and 3 */
    vif_ovsdb_value old;                /* dialect 1: the changed columns as they were */
} vif_ovsdb_change;

/* Asks for the stream. Call it again after a reconnect. Statuses are those of vif_ovsdb_send. */
VIF_API VIF_MUST_CHECK vif_status vif_ovsdb_monitor_start(vif_ovsdb *db, vif_ovsdb_monitor *monitor,
                                                          vif_error *err);
/* Give it every event. After SNAPSHOT and CHANGES, *changes is ready for vif_ovsdb_next_change
 * until the next call on the connection. A server that can't resume sends a SNAPSHOT. */
VIF_API vif_ovsdb_take vif_ovsdb_monitor_take(vif_ovsdb *db, vif_ovsdb_monitor *monitor,
                                              const vif_ovsdb_event *event,
                                              vif_ovsdb_changes *changes);
VIF_API bool vif_ovsdb_next_change(vif_ovsdb_changes *changes, vif_ovsdb_change *change);

/* ---- Event loops ---- */

typedef struct vif_want {
    int fd;                             /* -1: none now */
    bool read, write;                   /* wake up when the fd is ready for it */
    int64_t deadline_ms;                /* or at that time; INT64_MAX: never */
} vif_want;

/* What to wait for before the next call of vif_ovsdb_run (without sockets: of vif_ovsdb_step). Call
 * it when vif_ovsdb_step has returned NOTHING. */
VIF_API vif_want vif_ovsdb_want(const vif_ovsdb *db, int64_t now_ms);

#ifndef VIF_NO_POSIX

/* Starts to connect (CLOEXEC, non-blocking), or adopts a socket. Several remotes are tried in turn.
 * It passes over one that refuses, or does not answer an echo within a second; only for the last
 * one it waits. E_INVAL: there is no remote, or one has an unknown form, or a path over 107 bytes.
 * E_SYSTEM: none can be reached; err->text has the reason for each. */
VIF_API VIF_MUST_CHECK vif_status vif_ovsdb_open(vif_ovsdb *db, const vif_ovsdb_desc *desc,
                                                 vif_error *err);
/* Moves bytes as far as possible without blocking. Then take events until NOTHING. Spurious calls
 * do no harm. Returns the sticky status. */
VIF_API vif_status vif_ovsdb_run(vif_ovsdb *db, bool readable, bool writable, int64_t now_ms);
/* After CLOSED, connects again: the first time at once, then 1, 2, 4, 8, 8, ... seconds after the
 * last attempt. It repeats nothing: the caller has to ask for monitors and locks again. E_BUSY:
 * take the events first. E_UNSUPPORTED: an adopted socket can't be reconnected. */
VIF_API VIF_MUST_CHECK vif_status vif_ovsdb_reconnect(vif_ovsdb *db, int64_t now_ms);
/* The time of desc.now_ms, or else the time spent waiting so far, at least 1 ms for each wait. */
VIF_API int64_t vif_ovsdb_now(const vif_ovsdb *db);
/* Waits until the connection has something to do, at most until that time, and runs it. It is the
 * event loop of a program that has no other. */
VIF_API vif_status vif_ovsdb_poll(vif_ovsdb *db, int64_t deadline_ms);

/* Blocking calls. deadline_ms is a time of vif_ovsdb_now. Other events that come meanwhile are
 * dropped and counted, so a program with monitors should use the calls for event loops. */

/* Waits until requests may be sent. E_TIMEOUT, else the sticky error. */
VIF_API VIF_MUST_CHECK vif_status vif_ovsdb_ready(vif_ovsdb *db, int64_t deadline_ms,
                                                  vif_error *err);
/* Waits for the reply to that request. Returns the server's refusal; E_UNKNOWN if no answer came in
 * time (which ends the connection, see vif_ovsdb_expire) or at all; or E_SYSTEM if the request was
 * never sent whole. */
VIF_API VIF_MUST_CHECK vif_status vif_ovsdb_await(vif_ovsdb *db, int64_t id, int64_t deadline_ms,
                                                  vif_ovsdb_event *reply, vif_error *err);
/* Sends a transaction, waits for its reply and checks it. E_TIMEOUT: nothing was sent. Other
 * statuses are those of _ready, _transact, _await and _check. */
VIF_API VIF_MUST_CHECK vif_status vif_ovsdb_call(vif_ovsdb *db, vif_ovsdb_txn *txn,
                                                 int64_t deadline_ms, vif_ovsdb_event *reply,
                                                 vif_error *err);
#endif

#if defined(__cplusplus) && !defined(VIF_STATIC)
}
#endif
#endif

#if defined(VIF_IMPLEMENTATION) && !defined(VIF_NO_OVS) && \
    !defined(VIF_OVSDB_IMPLEMENTATION_DONE)
#define VIF_OVSDB_IMPLEMENTATION_DONE

/* >>values
 *
 * Views of JSON text. Text that the reader of the stream has accepted comes in, or text of the
 * caller's, which may be anything. Pieces of the same text go out. Nothing is copied, and no
 * function leaves the bytes that it was given, so a wrong text gives a wrong view but never a wrong
 * address. OVSDB writes sets, maps and references as lists that begin with a tag; the functions
 * here hide these tags from the rest. */

static const vif_ovsdb_value vif__db_absent = { NULL, 0 };

/* Skips white space. Commas and colons count as such: the reader has checked their places. */
static const char *vif__db_blank(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r' || *p == ',' ||
                       *p == ':')) {
        p++;
    }
    return p;
}

/* Returns the place behind the closing quote of the string that starts at p. */
VIF__APART static const char *vif__db_quoted(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++) {
        if (*p == '\\' && end - p > 1) {
            p++;
        }
    }
    return p < end ? p + 1 : end;
}

/* Returns the place behind the value that starts at p. It checks nothing but the end, because the
 * reader has accepted the text, or it is the caller's. */
static const char *vif__db_behind(const char *p, const char *end)
{
    size_t depth = 0;

    while (p < end) {
        if (*p == '"') {
            p = vif__db_quoted(p, end);
        } else if (*p == '{' || *p == '[') {
            depth++;
            p++;
            continue;
        } else if (*p == '}' || *p == ']') {
            depth -= depth > 0 ? 1 : 0;
            p++;
        } else if (depth > 0) {
            p++;
            continue;
        } else {
            while (p < end && *p != ',' && *p != ']' && *p != '}' && *p != ' ' && *p != '\n' &&
                   *p != '\t' && *p != '\r' && *p != ':') {
                p++;
            }
        }
        if (depth == 0) {
            return p;
        }
    }
    return end;
}

/* The first value of the text. If there is none, it is empty and at the end. */
static vif_ovsdb_value vif__db_first(const char *p, const char *end)
{
    vif_ovsdb_value value;

    value.text = vif__db_blank(p, end);
    /*@ split end - value.text; */
    value.len = (size_t)(vif__db_behind(value.text, end) - value.text);
    return value;
}

/* It leaves out what follows the first value, so the text may end in white space or other text. */
VIF_API vif_ovsdb_value vif_ovsdb_view(const char *text, size_t len)
{
    const vif_ovsdb_value value = len > 0 && text != NULL ? vif__db_first(text, text + len)
                                                          : vif__db_absent;

    return value.len > 0 ? value : vif__db_absent;
}

/* The first byte tells the type, because the text was accepted before. All numbers have one type
 * here, and their readers tell them apart. */
VIF_API vif_json_type vif_ovsdb_type(vif_ovsdb_value value)
{
    VIF__BYTES char first[] = "{[\"tfn-0123456789";
    VIF__BYTES int8_t types[] = { VIF_JSON_OBJECT, VIF_JSON_ARRAY, VIF_JSON_STRING, VIF_JSON_TRUE,
                                    VIF_JSON_FALSE, VIF_JSON_NULL, VIF_JSON_INT };
    size_t i = 0;

    while (value.len > 0 && i < sizeof first - 1) {
        if (first[i] == *value.text) {
            return (vif_json_type)types[i < 6 ? i : 6];
        }
        i++;
    }
    return VIF_JSON_ERROR;
}

/* Makes an iterator over a list (kind 0), an object (1) or a list of pairs (2). */
static vif_ovsdb_iter vif__db_items(vif_ovsdb_value value, vif_json_type type, unsigned kind)
{
    vif_ovsdb_iter it = { NULL, 0 };

    if (vif_ovsdb_type(value) == type && value.len >= 2) {
        it.at = value.text + 1;
        it.left = (value.len - 2) * 4 + kind;
    }
    /*@ split it.left; */
    return it;
}

static vif_ovsdb_iter vif__db_list(vif_ovsdb_value value)
{
    return vif__db_items(value, VIF_JSON_ARRAY, 0);
}

/* It tries an object first, and then a list. */
VIF_API vif_ovsdb_iter vif_ovsdb_each(vif_ovsdb_value value)
{
    const vif_ovsdb_iter it = vif__db_items(value, VIF_JSON_OBJECT, 1);

    return it.at != NULL ? it : vif__db_list(value);
}

/* The two lowest bits of `left` are the kind, so one iterator serves lists, objects and maps. In a
 * map each pair is a list of two items, whose brackets are skipped here. */
VIF_API bool vif_ovsdb_next(vif_ovsdb_iter *it, vif_ovsdb_value *key, vif_ovsdb_value *value)
{
    const unsigned kind = (unsigned)it->left & 3;
    const char *p = it->at, *end;
    vif_ovsdb_value name = { NULL, 0 };

    if (it->left < 4) {
        return false;
    }
    end = p + it->left / 4;
    if (kind == 2) {
        p = vif__db_blank(p, end);
        p += p < end ? 1 : 0;           /* the pair's [ */
    }
    if (kind != 0) {
        name = vif__db_first(p, end);
        p = name.text + name.len;
    }
    *value = vif__db_first(p, end);
    p = value->text + value->len;
    if (kind == 2) {
        p = vif__db_blank(p, end);
        p += p < end ? 1 : 0;
    }
    /*@ split end - p; */
    it->at = p;
    it->left = (size_t)(end - p) * 4 + kind;
    if (key != NULL) {
        *key = name;
    }
    return value->len > 0;
}

/* The second item of ["tag", item]. */
static vif_ovsdb_value vif__db_tagged(vif_ovsdb_value value, const char *tag)
{
    vif_ovsdb_iter it = vif__db_list(value);
    vif_ovsdb_value item;

    if (vif_ovsdb_next(&it, NULL, &item) && item.len == strlen(tag) &&
        memcmp(item.text, tag, item.len) == 0 && vif_ovsdb_next(&it, NULL, &item)) {
        /*@ split item.len; */
        return item;
    }
    return vif__db_absent;
}

/* A bare value becomes the only item of a list that has no brackets. */
VIF_API vif_ovsdb_iter vif_ovsdb_set_of(vif_ovsdb_value column)
{
    const vif_ovsdb_value items = vif__db_tagged(column, "\"set\"");
    vif_ovsdb_iter it;

    if (items.text != NULL) {
        return vif__db_list(items);
    }
    it.at = column.text;                /* the value itself */
    it.left = column.len * 4;
    /*@ split it.left; */
    return it;
}

VIF_API vif_ovsdb_iter vif_ovsdb_map_of(vif_ovsdb_value column)
{
    return vif__db_items(vif__db_tagged(column, "\"map\""), VIF_JSON_ARRAY, 2);
}

/* The last member of that name counts, as in the server, so it walks to the end. */
static vif_ovsdb_value vif__db_find(vif_ovsdb_iter it, const char *name)
{
    vif_ovsdb_value key, value, found = { NULL, 0 };

    while (vif_ovsdb_next(&it, &key, &value)) {
        if (vif_ovsdb_is(key, name)) {
            found = value;
        }
    }
    return found;
}

VIF_API vif_ovsdb_value vif_ovsdb_member(vif_ovsdb_value object, const char *name)
{
    return vif__db_find(vif_ovsdb_each(object), name);
}

/* It tries a map first, because a map would also pass for a set of one element. */
VIF_API size_t vif_ovsdb_count(vif_ovsdb_value column)
{
    vif_ovsdb_iter it = vif_ovsdb_map_of(column);
    vif_ovsdb_value value;
    size_t count = 0;

    if (it.at == NULL) {
        it = vif_ovsdb_set_of(column);
    }
    while (vif_ovsdb_next(&it, NULL, &value)) {
        count++;
    }
    return count;
}

VIF_API vif_ovsdb_value vif_ovsdb_map_get(vif_ovsdb_value column, const char *key)
{
    return vif__db_find(vif_ovsdb_map_of(column), key);
}

/* The only element of a set, or a bare value as it is. */
static vif_ovsdb_value vif__db_only(vif_ovsdb_value value)
{
    vif_ovsdb_iter it = vif_ovsdb_set_of(value);
    vif_ovsdb_value one, more;

    if (!vif_ovsdb_next(&it, NULL, &one) || vif_ovsdb_next(&it, NULL, &more)) {
        return vif__db_absent;
    }
    /*@ split one.len; */
    return one;
}

/* An optional column is a set of at most one element, so the value may be bare or in a set. */
VIF_API bool vif_ovsdb_int(vif_ovsdb_value value, int64_t *out)
{
    const vif_ovsdb_value one = vif__db_only(value);

    return one.text != NULL && vif_int_parse(one.text, one.len, out);
}

VIF_API bool vif_ovsdb_bool(vif_ovsdb_value value, bool *out)
{
    const vif_json_type type = vif_ovsdb_type(vif__db_only(value));

    if (type == VIF_JSON_TRUE || type == VIF_JSON_FALSE) {
        *out = type == VIF_JSON_TRUE;
        return true;
    }
    return false;
}

/* The uuid may have its tag or be alone, as in the keys of an update. */
VIF_API bool vif_ovsdb_uuid(vif_ovsdb_value value, char out[37])
{
    vif_ovsdb_value one = vif__db_only(value);
    const vif_ovsdb_value tagged = vif__db_tagged(one, "\"uuid\"");
    vif_uuid uuid;

    one = tagged.text != NULL ? tagged : one;
    if (one.len != 38 || *one.text != '"' || !vif_uuid_parse(one.text + 1, 36, &uuid)) {
        return false;
    }
    memcpy(out, one.text + 1, 36);
    out[36] = '\0';
    return true;
}

/* Decodes a string of at most cap bytes to out, and adds a NUL. If it returns false, out has what
 * fits. With out NULL it compares the string with the cap bytes of same instead. */
static bool vif__db_decode(vif_ovsdb_value value, char *out, size_t cap, const char *same)
{
    const vif_ovsdb_value one = vif__db_only(value);
    const char *p, *end;
    size_t len;
    char c[8];

    if (vif_ovsdb_type(one) != VIF_JSON_STRING) {
        return false;
    }
    end = one.text + one.len - 1;
    for (p = one.text + 1; p < end;) {
        p = vif_json_char(p, end, c, &len);
        /*@ split len; */
        if (len > cap || (out == NULL && memcmp(same, c, len) != 0)) {
            return false;
        }
        cap -= len;
        if (out == NULL) {
            same += len;
        } else {
            memcpy(out, c, len);
            out += len;
            *out = '\0';
        }
    }
    return out != NULL || cap == 0;
}

/* If the text does not fit, out is empty: half a name may be the name of something else. */
VIF_API bool vif_ovsdb_text(vif_ovsdb_value value, char *out, size_t cap)
{
    out[0] = '\0';
    if (vif__db_decode(value, out, cap - 1, NULL)) {
        return true;
    }
    out[0] = '\0';
    return false;
}

VIF_API bool vif_ovsdb_is(vif_ovsdb_value value, const char *text)
{
    return vif__db_decode(value, NULL, strlen(text), text);
}

/* Reads the bytes of a string, decoded, one by one. */
typedef struct vif__db_reader {
    const char *at, *end;
    size_t used, len;
    char c[8];                          /* the bytes of the current character */
} vif__db_reader;

/* It leaves out the quotes. */
static vif__db_reader vif__db_read_string(vif_ovsdb_value string)
{
    vif__db_reader r;

    memset(&r, 0, sizeof r);
    r.at = string.text + 1;
    r.end = string.text + string.len - 1;
    return r;
}

/* The next byte, or -1 behind the last. */
static int vif__db_byte(vif__db_reader *r)
{
    if (r->used == r->len) {
        if (r->at >= r->end) {
            return -1;
        }
        r->at = vif_json_char(r->at, r->end, r->c, &r->len);
        r->used = 0;
    }
    return (unsigned char)r->c[r->used++];
}

/* A character may be escaped in one text and not in the other, so it compares decoded bytes. */
static bool vif__db_same_string(vif_ovsdb_value one, vif_ovsdb_value other)
{
    vif__db_reader a = vif__db_read_string(one), b = vif__db_read_string(other);
    int byte;

    do {
        byte = vif__db_byte(&a);
        if (byte != vif__db_byte(&b)) {
            return false;
        }
    } while (byte >= 0);
    return true;
}

/* Compares elements, keys or values. Two absent ones are the same. Integers are compared as
 * numbers. Other numbers must be written alike, because this header computes with integers only.
 * References are compared without the white space that their notation may have. */
static bool vif__db_same_atom(vif_ovsdb_value one, vif_ovsdb_value other)
{
    const vif_json_type type = vif_ovsdb_type(one);
    char uuids[2][37];
    int64_t a, b;

    if (type != vif_ovsdb_type(other)) {
        return false;
    }
    if (type == VIF_JSON_STRING && one.len > 1 && other.len > 1) {
        return vif__db_same_string(one, other);
    }
    if (type == VIF_JSON_ARRAY && vif_ovsdb_uuid(one, uuids[0]) &&
        vif_ovsdb_uuid(other, uuids[1])) {
        return strcmp(uuids[0], uuids[1]) == 0;
    }
    if (type == VIF_JSON_INT && vif_int_parse(one.text, one.len, &a) &&
        vif_int_parse(other.text, other.len, &b)) {
        return a == b;
    }
    return one.len == other.len && (one.len == 0 || memcmp(one.text, other.text, one.len) == 0);
}

/* Walks the elements of a set, with absent keys, or the pairs of a map. The
 * iterator knows which. */
static vif_ovsdb_iter vif__db_all_of(vif_ovsdb_value column)
{
    const vif_ovsdb_iter pairs = vif_ovsdb_map_of(column);

    return pairs.at != NULL ? pairs : vif_ovsdb_set_of(column);
}

/* Whether a set has that value, or a map has that pair. */
static bool vif__db_holds(vif_ovsdb_value column, vif_ovsdb_value key, vif_ovsdb_value value)
{
    vif_ovsdb_iter it = vif__db_all_of(column);
    vif_ovsdb_value k, v;

    while (vif_ovsdb_next(&it, &k, &v)) {
        if (vif__db_same_atom(k, key) && vif__db_same_atom(v, value)) {
            return true;
        }
    }
    return false;
}

/* Whether a column has all that `of` has. Two columns are the same if each has all of the other. */
static bool vif__db_holds_all(vif_ovsdb_value column, vif_ovsdb_value of)
{
    vif_ovsdb_iter it = vif__db_all_of(of);
    vif_ovsdb_value key, value;

    while (vif_ovsdb_next(&it, &key, &value)) {
        if (!vif__db_holds(column, key, value)) {
            return false;
        }
    }
    return true;
}

VIF_API bool vif_ovsdb_same(vif_ovsdb_value one, vif_ovsdb_value other)
{
    if (one.text == NULL || other.text == NULL) {
        return one.text == other.text;
    }
    if (one.len == other.len && memcmp(one.text, other.text, one.len) == 0) {
        return true;                    /* the usual case: the server writes them in order */
    }
    return vif__db_holds_all(one, other) && vif__db_holds_all(other, one);
}

/* The room is that of the JSON text, because a decoded string is never longer. */
VIF_API char *vif_ovsdb_copy(vif_ovsdb_value value, bool decode, vif_arena *arena)
{
    char *text = value.text != NULL ? (char *)vif_arena_alloc(arena, value.len + 1) : NULL;

    if (text != NULL && decode) {
        (void)vif_ovsdb_text(value, text, value.len + 1);
    } else if (text != NULL) {
        memcpy(text, value.text, value.len);
        text[value.len] = '\0';
    }
    return text;
}

/* It appends one element after the other, and finds the new end each time. */
VIF_API const char *vif_ovsdb_show(vif_ovsdb_value column, char *to, size_t cap)
{
    vif_ovsdb_iter it = vif_ovsdb_set_of(column);
    vif_ovsdb_value value;
    size_t len = 0;

    to[0] = '\0';
    while (vif_ovsdb_next(&it, NULL, &value) && len + 2 < cap) {
        vif_cat(to, cap, len > 0 ? "," : "");
        len = strlen(to);
        if (!vif_ovsdb_text(value, to + len, cap - len)) {
            vif_cat_escaped(to, cap, value.text, value.len);
        }
        len = strlen(to);
    }
    return to;
}

/* The number of the word, among `count` words with a NUL each, that a string is, or count. */
static size_t vif__db_which(vif_ovsdb_value value, const char *words, size_t count)
{
    size_t i;

    for (i = 0; i < count && !vif_ovsdb_is(value, words); i++) {
        words += strlen(words) + 1;
    }
    return i;
}

/* >>transactions
 *
 * Operations are written as JSON while the caller names them. Tables, columns and values come in,
 * in their final order, and the text of the params goes out. A small state machine knows which
 * clause is open, and closes it when another one begins, so callers never write a bracket. It
 * remembers the caller's mistakes and a full buffer until somebody asks, at the end. */

/* The operation that is open. WORD is one without a table. */
enum { VIF__DB_NO_OP, VIF__DB_INSERT, VIF__DB_SELECT, VIF__DB_UPDATE, VIF__DB_MUTATE,
       VIF__DB_DELETE, VIF__DB_WAIT, VIF__DB_WORD };
/* The clauses that are open. ROWS are those that a wait compares with. */
enum { VIF__DB_NONE, VIF__DB_WHERE, VIF__DB_COLUMNS, VIF__DB_MUTATIONS, VIF__DB_ROW, VIF__DB_ROWS };
/* The clauses that each operation takes, as bits. */
#define VIF__DB_BIT(section) (1u << VIF__DB_##section)
VIF__BYTES uint8_t vif__db_clauses[] = {
    0, VIF__DB_BIT(ROW), VIF__DB_BIT(WHERE) | VIF__DB_BIT(COLUMNS),
    VIF__DB_BIT(WHERE) | VIF__DB_BIT(ROW), VIF__DB_BIT(WHERE) | VIF__DB_BIT(MUTATIONS),
    VIF__DB_BIT(WHERE), VIF__DB_BIT(WHERE) | VIF__DB_BIT(COLUMNS) | VIF__DB_BIT(ROWS), 0 };
/* Where a value goes: to a row, or to a clause, whose bracket closes behind the value. */
enum { VIF__DB_NO_SLOT, VIF__DB_OF_ROW, VIF__DB_OF_CLAUSE };
/* What is open around a value: nothing, a set or a map. */
enum { VIF__DB_ATOM, VIF__DB_SET, VIF__DB_MAP };

/* Writes a piece of JSON that a string must follow, and the string. */
static void vif__db_pair(vif_json_out *out, const char *key, const char *text)
{
    vif_json_piece(out, key);
    vif_json_string(out, text);
}

/* It keeps the first mistake, because later ones may be its consequence. */
VIF__APART static void vif__db_misuse(vif_ovsdb_txn *txn, const char *why)
{
    if (txn->why == NULL) {
        txn->why = why;
    }
}

/* The list that it opens is closed when the transaction ends. */
VIF_API void vif_ovsdb_begin(vif_ovsdb_txn *txn, void *buf, size_t cap, const char *database)
{
    memset(txn, 0, sizeof *txn);
    vif_json_out_init(&txn->out, buf, cap);
    vif__db_pair(&txn->out, "[", database);
}

/* Closes the open clause with its bracket. Rows of a wait need two, because the last
 * row is open as well. */
static void vif__db_end_section(vif_ovsdb_txn *txn)
{
    VIF__BYTES char ends[][3] = { "", "]", "]", "]", "}", "}]" };     /* in their order */

    if (txn->priv.slot != VIF__DB_NO_SLOT) {
        vif__db_misuse(txn, "a value is missing");
    }
    if (txn->priv.section != VIF__DB_NONE) {
        vif_json_piece(&txn->out, ends[txn->priv.section]);
    }
    txn->priv.section = VIF__DB_NONE;
    txn->priv.slot = txn->priv.inside = txn->priv.half = 0;
}

/* Opens the member for clauses of this sort, unless it is open. Each operation takes only some
 * sorts, and each sort once, because a JSON object has only one member of a name. */
static void vif__db_section(vif_ovsdb_txn *txn, uint8_t section)
{
    VIF__BYTES char starts[][14] = { "\"where\":[", "\"columns\":[", "\"mutations\":[",
                                       "\"row\":{", "\"rows\":[{" };
    if (section == VIF__DB_ROW && txn->priv.op == VIF__DB_WAIT) {
        section = VIF__DB_ROWS;
    }
    if (txn->priv.section == section && txn->priv.slot == VIF__DB_NO_SLOT) {
        return;
    }
    vif__db_end_section(txn);
    if ((vif__db_clauses[txn->priv.op] >> section & 1) == 0) {
        vif__db_misuse(txn, "no such clause here");
    } else if ((txn->priv.seen >> section & 1) != 0) {
        vif__db_misuse(txn, "clauses must stand together");
    }
    txn->priv.seen = (uint8_t)(txn->priv.seen | 1u << section);
    txn->priv.section = section;
    vif_json_piece(&txn->out, starts[section - 1]);
}

/* Ends an operation, and adds the members that the server requires even if they are empty. A change
 * without a where is refused here. The server would take an empty one, which means every row. */
static void vif__db_end_op(vif_ovsdb_txn *txn)
{
    const uint8_t op = txn->priv.op;
    const unsigned lacks = ~(unsigned)txn->priv.seen & vif__db_clauses[op];

    if (op == VIF__DB_NO_OP) {
        return;
    }
    if ((lacks & VIF__DB_BIT(MUTATIONS)) != 0 || ((lacks & VIF__DB_BIT(WHERE)) != 0 &&
        (op == VIF__DB_UPDATE || op == VIF__DB_MUTATE || op == VIF__DB_DELETE))) {
        vif__db_misuse(txn, "no where, or no mutation");
    }
    if ((lacks & VIF__DB_BIT(WHERE)) != 0) {
        vif__db_section(txn, VIF__DB_WHERE);
    }
    if ((lacks & VIF__DB_BIT(ROW)) != 0) {
        vif__db_section(txn, VIF__DB_ROW);
    }
    vif__db_end_section(txn);
    if ((lacks & VIF__DB_BIT(ROWS)) != 0) {
        vif_json_piece(&txn->out, "\"rows\":[]");
    }
    vif_json_piece(&txn->out, "}");
    txn->priv.op = VIF__DB_NO_OP;
}

/* The shapes of results, by their members (RFC 7047 §5.2). */
enum { VIF__DB_PLAIN, VIF__DB_UUID, VIF__DB_ROWS_OF, VIF__DB_COUNT, VIF__DB_REFUSED, VIF__DB_NULL,
       VIF__DB_BAD };
/* The shape of each operation's result. */
VIF__BYTES uint8_t vif__db_shapes[] = {
    VIF__DB_PLAIN, VIF__DB_UUID, VIF__DB_ROWS_OF, VIF__DB_COUNT, VIF__DB_COUNT, VIF__DB_COUNT,
    VIF__DB_PLAIN, VIF__DB_PLAIN };

/* Adds a shape to a hash (FNV), which must be the same for a transaction and its reply. */
static uint32_t vif__db_fold(uint32_t hash, unsigned shape)
{
    return (hash ^ (shape + 1)) * 16777619u;
}

/* Begins an operation: {"op": name, member: text */
static int vif__db_op(vif_ovsdb_txn *txn, uint8_t op, const char *name, const char *member,
                      const char *text)
{
    vif__db_end_op(txn);
    if (txn->priv.ended) {
        vif__db_misuse(txn, "the transaction has ended");
    }
    txn->priv.op = op;
    txn->priv.seen = 0;
    txn->priv.shapes = vif__db_fold(txn->priv.shapes, vif__db_shapes[op]);
    vif__db_pair(&txn->out, "{\"op\":", name);
    if (text != NULL) {
        vif__db_pair(&txn->out, member, text);
    }
    return txn->ops++;
}

/* All operations on tables begin alike. */
static int vif__db_table(vif_ovsdb_txn *txn, uint8_t op, const char *table)
{
    VIF__BYTES char names[][7] = { "insert", "select", "update", "mutate", "delete", "wait" };

    return vif__db_op(txn, op, names[op - VIF__DB_INSERT], "\"table\":", table);
}

/* Writes `before` and the name of an inserted row, which is "r" and the number of its insert. */
VIF__APART static void vif__db_ref(vif_ovsdb_txn *txn, const char *before, int op)
{
    char name[24] = "r";

    vif_cat_int(name, sizeof name, op);
    vif__db_pair(&txn->out, before, name);
}

/* It always names the row, because it does not know yet whether another operation will refer to it.
 * The server does not mind an unused name. */
VIF_API int vif_ovsdb_insert(vif_ovsdb_txn *txn, const char *table)
{
    const int op = vif__db_table(txn, VIF__DB_INSERT, table);

    vif__db_ref(txn, "\"uuid-name\":", op);
    return op;
}

VIF_API int vif_ovsdb_select(vif_ovsdb_txn *txn, const char *table)
{
    return vif__db_table(txn, VIF__DB_SELECT, table);
}

VIF_API int vif_ovsdb_update(vif_ovsdb_txn *txn, const char *table)
{
    return vif__db_table(txn, VIF__DB_UPDATE, table);
}

VIF_API int vif_ovsdb_mutate(vif_ovsdb_txn *txn, const char *table)
{
    return vif__db_table(txn, VIF__DB_MUTATE, table);
}

VIF_API int vif_ovsdb_delete(vif_ovsdb_txn *txn, const char *table)
{
    return vif__db_table(txn, VIF__DB_DELETE, table);
}

/* The server counts the time, and answers when the wait holds or the time is over. */
VIF_API int vif_ovsdb_wait_ms(vif_ovsdb_txn *txn, const char *table, const char *until,
                              int64_t timeout_ms)
{
    const int op = vif__db_table(txn, VIF__DB_WAIT, table);

    vif__db_pair(&txn->out, "\"until\":", until);
    vif_json_piece(&txn->out, "\"timeout\":");
    vif_json_int(&txn->out, timeout_ms);
    return op;
}

/* The timeout is always 0; the declaration says why. */
VIF_API int vif_ovsdb_wait(vif_ovsdb_txn *txn, const char *table, const char *until)
{
    return vif_ovsdb_wait_ms(txn, table, until, 0);
}

VIF_API int vif_ovsdb_comment(vif_ovsdb_txn *txn, const char *text)
{
    return vif__db_op(txn, VIF__DB_WORD, "comment", "\"comment\":", text);
}

VIF_API int vif_ovsdb_assert(vif_ovsdb_txn *txn, const char *lock)
{
    return vif__db_op(txn, VIF__DB_WORD, "assert", "\"lock\":", lock);
}

VIF_API int vif_ovsdb_abort(vif_ovsdb_txn *txn)
{
    return vif__db_op(txn, VIF__DB_WORD, "abort", NULL, NULL);
}

/* It waits until the rows whose cur_cfg has come that far differ from no rows at all, which means
 * that there is one. */
VIF_API int vif_ovsdb_wait_cfg(vif_ovsdb_txn *txn, int64_t next_cfg, int64_t timeout_ms)
{
    const int op = vif_ovsdb_wait_ms(txn, "Open_vSwitch", "!=", timeout_ms);

    vif_ovsdb_where(txn, "cur_cfg", ">=");
    vif_ovsdb_put_int(txn, next_cfg);
    vif_ovsdb_column(txn, "cur_cfg");
    return op;
}

/* The select is in the same transaction as the mutate, so nobody else gets the same number. */
VIF_API int vif_ovsdb_next_cfg(vif_ovsdb_txn *txn)
{
    int op;

    (void)vif_ovsdb_mutate(txn, "Open_vSwitch");
    vif_ovsdb_where_all(txn);
    vif_ovsdb_mutation(txn, "next_cfg", "+=");
    vif_ovsdb_put_int(txn, 1);
    op = vif_ovsdb_select(txn, "Open_vSwitch");
    vif_ovsdb_column(txn, "next_cfg");
    return op;
}

/* Begins a clause: [column, word, and then a value must follow. */
VIF__APART static void vif__db_clause(vif_ovsdb_txn *txn, uint8_t section, const char *column,
                           const char *word)
{
    vif__db_section(txn, section);
    vif__db_pair(&txn->out, "[", column);
    vif_json_string(&txn->out, word);
    txn->priv.slot = VIF__DB_OF_CLAUSE;
}

VIF_API void vif_ovsdb_where(vif_ovsdb_txn *txn, const char *column, const char *function)
{
    vif__db_clause(txn, VIF__DB_WHERE, column, function);
}

VIF_API void vif_ovsdb_where_text(vif_ovsdb_txn *txn, const char *column, const char *text)
{
    vif_ovsdb_where(txn, column, "==");
    vif_ovsdb_put_text(txn, text);
}

VIF_API void vif_ovsdb_where_uuid(vif_ovsdb_txn *txn, const char *uuid)
{
    vif_ovsdb_where(txn, "_uuid", "==");
    vif_ovsdb_put_uuid(txn, uuid);
}

/* An empty list of clauses matches all rows. It has a function of its own, so that nobody deletes
 * all rows by forgetting a clause. */
VIF_API void vif_ovsdb_where_all(vif_ovsdb_txn *txn)
{
    vif__db_section(txn, VIF__DB_WHERE);
}

VIF_API void vif_ovsdb_where_pair(vif_ovsdb_txn *txn, const char *column, const char *key,
                                  const char *text)
{
    vif_ovsdb_where(txn, column, "includes");
    vif_ovsdb_put_map(txn);
    vif_ovsdb_put_text(txn, key);
    vif_ovsdb_put_text(txn, text);
    vif_ovsdb_put_end(txn);
}

VIF_API void vif_ovsdb_where_has(vif_ovsdb_txn *txn, const char *column, const char *uuid)
{
    vif_ovsdb_where(txn, column, "includes");
    vif_ovsdb_put_uuid(txn, uuid);
}

/* To differ from no rows at all means that there is a row. */
VIF_API int vif_ovsdb_require(vif_ovsdb_txn *txn, const char *table, const char *name)
{
    const int op = vif_ovsdb_wait(txn, table, "!=");

    vif_ovsdb_column(txn, "name");
    vif_ovsdb_where_text(txn, "name", name);
    return op;
}

VIF_API void vif_ovsdb_column(vif_ovsdb_txn *txn, const char *column)
{
    vif__db_section(txn, VIF__DB_COLUMNS);
    vif_json_string(&txn->out, column);
}

/* In a wait, this fills the row to compare with. */
VIF_API void vif_ovsdb_row(vif_ovsdb_txn *txn, const char *column)
{
    vif__db_section(txn, VIF__DB_ROW);
    vif_json_key(&txn->out, column);
    txn->priv.slot = VIF__DB_OF_ROW;
}

VIF_API void vif_ovsdb_row_text(vif_ovsdb_txn *txn, const char *column, const char *text)
{
    vif_ovsdb_row(txn, column);
    vif_ovsdb_put_text(txn, text);
}

VIF_API void vif_ovsdb_row_int(vif_ovsdb_txn *txn, const char *column, int64_t value)
{
    vif_ovsdb_row(txn, column);
    vif_ovsdb_put_int(txn, value);
}

/* It writes the brackets between two rows. The last row is closed with the clause. */
VIF_API void vif_ovsdb_new_row(vif_ovsdb_txn *txn)
{
    if (txn->priv.section != VIF__DB_ROWS || txn->priv.slot != VIF__DB_NO_SLOT) {
        vif__db_misuse(txn, "only a wait has several rows");
    }
    vif_json_piece(&txn->out, "},{");
}

VIF_API void vif_ovsdb_mutation(vif_ovsdb_txn *txn, const char *column, const char *mutator)
{
    vif__db_clause(txn, VIF__DB_MUTATIONS, column, mutator);
}

/* It deletes by the key only, because a pair is deleted only if its value is the expected one. */
VIF_API void vif_ovsdb_map_delete(vif_ovsdb_txn *txn, const char *column, const char *key)
{
    vif_ovsdb_mutation(txn, column, "delete");
    vif_ovsdb_put_set(txn);
    vif_ovsdb_put_text(txn, key);
    vif_ovsdb_put_end(txn);
}

/* The server does the mutations in their order, so the old key has gone when the new pair comes. */
VIF_API void vif_ovsdb_map_set(vif_ovsdb_txn *txn, const char *column, const char *key,
                               const char *text)
{
    vif_ovsdb_map_delete(txn, column, key);
    vif_ovsdb_mutation(txn, column, "insert");
    vif_ovsdb_put_map(txn);
    vif_ovsdb_put_text(txn, key);
    vif_ovsdb_put_text(txn, text);
    vif_ovsdb_put_end(txn);
}

/* Prepares the place for a value. If it is a key of a map, it opens the pair's bracket. */
static void vif__db_slot(vif_ovsdb_txn *txn)
{
    if (txn->priv.slot == VIF__DB_NO_SLOT) {
        vif__db_misuse(txn, "a value without a place");
    }
    if (txn->priv.inside == VIF__DB_MAP && !txn->priv.half) {
        vif_json_piece(&txn->out, "[");
    }
}

/* Ends a value. In a map only every second value closes its pair. A value outside sets and maps
 * fills its place and, in a clause, closes the clause. */
static void vif__db_filled(vif_ovsdb_txn *txn)
{
    const bool first = txn->priv.inside == VIF__DB_MAP && !txn->priv.half;

    txn->priv.half = first;
    if (txn->priv.inside == VIF__DB_ATOM ? txn->priv.slot == VIF__DB_OF_CLAUSE
                                         : txn->priv.inside == VIF__DB_MAP && !first) {
        vif_json_piece(&txn->out, "]");
    }
    if (txn->priv.inside == VIF__DB_ATOM) {
        txn->priv.slot = VIF__DB_NO_SLOT;
    }
}

/* Puts a value that is JSON already. */
static void vif__db_put_raw(vif_ovsdb_txn *txn, const char *json, size_t len)
{
    vif__db_slot(txn);
    vif_json_raw(&txn->out, json, len);
    vif__db_filled(txn);
}

VIF_API void vif_ovsdb_put_text(vif_ovsdb_txn *txn, const char *text)
{
    vif__db_slot(txn);
    vif_json_string(&txn->out, text);
    vif__db_filled(txn);
}

VIF_API void vif_ovsdb_put_int(vif_ovsdb_txn *txn, int64_t value)
{
    vif__db_slot(txn);
    vif_json_int(&txn->out, value);
    vif__db_filled(txn);
}

VIF_API void vif_ovsdb_put_bool(vif_ovsdb_txn *txn, bool value)
{
    vif__db_put_raw(txn, value ? "true" : "false", value ? 4 : 5);
}

/* The text must be one whole JSON value. */
VIF_API void vif_ovsdb_put_value(vif_ovsdb_txn *txn, vif_ovsdb_value value)
{
    if (value.len == 0 || !vif_json_valid(value.text, value.len)) {
        vif__db_misuse(txn, "no JSON value");
    } else {
        vif__db_put_raw(txn, value.text, value.len);
    }
}

/* Closes ["set", ...] or another tagged list, which counts as one value where it is. */
static void vif__db_end_tagged(vif_ovsdb_txn *txn)
{
    vif_json_piece(&txn->out, "]");
    vif__db_filled(txn);
}

/* It refuses text that is no uuid, because the server would only report a syntax
 * error and not name it. */
VIF_API void vif_ovsdb_put_uuid(vif_ovsdb_txn *txn, const char *uuid)
{
    vif_uuid parsed;

    if (!vif_uuid_parse(uuid, strlen(uuid), &parsed)) {
        vif__db_misuse(txn, "not a UUID");
    }
    vif__db_slot(txn);
    vif__db_pair(&txn->out, "[\"uuid\"", uuid);
    vif__db_end_tagged(txn);
}

/* The name may come before its insert, because the server looks at all inserts first. */
VIF_API void vif_ovsdb_put_ref(vif_ovsdb_txn *txn, int insert)
{
    vif__db_slot(txn);
    vif__db_ref(txn, "[\"named-uuid\"", insert);
    vif__db_end_tagged(txn);
}

/* Begins a set or map, which may be in a clause or row but not in another one. */
VIF__APART static void vif__db_enter(vif_ovsdb_txn *txn, uint8_t inside, const char *start)
{
    if (txn->priv.inside != VIF__DB_ATOM) {
        vif__db_misuse(txn, "a set inside another");
    }
    vif__db_slot(txn);
    vif_json_piece(&txn->out, start);
    txn->priv.inside = inside;
}

VIF_API void vif_ovsdb_put_set(vif_ovsdb_txn *txn)
{
    vif__db_enter(txn, VIF__DB_SET, "[\"set\",[");
}

VIF_API void vif_ovsdb_put_map(vif_ovsdb_txn *txn)
{
    vif__db_enter(txn, VIF__DB_MAP, "[\"map\",[");
}

/* It refuses a key without a value, which would shift all later pairs. */
VIF_API void vif_ovsdb_put_end(vif_ovsdb_txn *txn)
{
    if (txn->priv.inside == VIF__DB_ATOM || txn->priv.half) {
        vif__db_misuse(txn, "an end without its set, or a key alone");
    }
    txn->priv.inside = VIF__DB_ATOM;
    vif_json_piece(&txn->out, "]");
    vif__db_end_tagged(txn);
}

/* Ends the transaction, unless it has ended. */
static void vif__db_end_txn(vif_ovsdb_txn *txn)
{
    if (!txn->priv.ended) {
        vif__db_end_op(txn);
        vif_json_piece(&txn->out, "]");
        txn->priv.ended = 1;
    }
}

/* It ends a copy, so the original can be added to as before. */
VIF_API size_t vif_ovsdb_txn_size(const vif_ovsdb_txn *txn)
{
    vif_ovsdb_txn end = *txn;           /* it writes only behind what the original has */

    vif__db_end_txn(&end);
    return end.out.len;
}

/* A mistake of the caller is reported before a lack of room, because more
 * room would not mend it. */
VIF_API vif_status vif_ovsdb_txn_status(vif_ovsdb_txn *txn, vif_error *err)
{
    vif__db_end_txn(txn);
    if (txn->why != NULL) {
        return vif__fail(err, VIF_E_INVAL, txn->why);
    }
    if (txn->out.bad) {
        return vif__fail(err, VIF_E_INVAL, "not UTF-8");
    }
    if (txn->out.overflow) {
        return vif__fail(err, VIF_E_SPACE, NULL);
    }
    return VIF_OK;
}

/* >>connection
 *
 * A stream of messages without a socket. Bytes, in pieces of any size, and the time come in; events
 * and bytes to send go out. Each message is scanned once as it arrives, and stays in its place in
 * the buffer while the caller reads its event. The next step releases it. The comparisons below
 * rely on the order of the states. */

/* Until the next attempt; until the socket is connected; until the server's first reply, if it is
 * asked for one; and then requests may be sent. */
enum { VIF__DB_IDLE, VIF__DB_CONNECTING, VIF__DB_ASKING, VIF__DB_OPEN };

/* Only the first failure counts, but remotes that are tried in turn add theirs to the text. */
static void vif__db_fail(vif_ovsdb *db, vif_status status, int sys_errno, const char *text)
{
    vif_error *const e = &db->error;

    if (e->status != VIF_OK) {
        return;
    }
    if (db->priv.remote == NULL) {
        (void)vif__fail(e, status, text);
    } else {
        e->status = status;
        vif_cat(e->text, sizeof e->text, e->text[0] == '\0' ? "cannot connect to " : "; ");
        vif_cat_escaped(e->text, sizeof e->text, db->priv.remote, db->priv.remote_len);
        vif__cat_format(e->text, sizeof e->text, ": %s",
                        text != NULL ? text : vif_status_words(status), NULL, NULL);
    }
    e->sys_errno = sys_errno;
}

/* Returns the sticky error, as it was when the connection ended. */
static vif_status vif__db_report(const vif_ovsdb *db, vif_error *err)
{
    if (err != NULL) {
        *err = db->error;
    }
    return db->error.status;
}

VIF_API vif_ovsdb_desc vif_ovsdb_desc_default(void)
{
    vif_ovsdb_desc desc;

    memset(&desc, 0, sizeof desc);
    return desc;
}

/* The most bytes that a buffer may hold. */
static size_t vif__db_limit(const vif_ovsdb *db, const vif_ovsdb_buffer *buf)
{
    const size_t most = db->priv.desc.max_message;

    return db->priv.desc.resize == NULL && buf->cap < most ? buf->cap : most;
}

/* Makes a buffer larger and keeps its content. The first buffer may be the caller's, which the hook
 * does not know, so its content is copied and the buffer is left to the caller. */
static bool vif__db_grow(const vif_ovsdb *db, vif_ovsdb_buffer *buf, size_t size)
{
    const vif_resize resize = db->priv.desc.resize;
    void *const old = buf->owned ? buf->data : NULL;
    void *data = NULL;

    if (resize != NULL) {
        data = resize(db->priv.desc.user, old, buf->owned ? buf->cap : 0, size);
    }
    if (data == NULL) {
        return false;
    }
    if (!buf->owned && buf->len > 0) {
        memcpy(data, buf->data, buf->len);
    }
    buf->data = (unsigned char *)data;
    buf->cap = size;
    buf->owned = true;
    return true;
}

/* Moves the used bytes to the front. Returns by how many bytes they moved. */
static size_t vif__db_compact(vif_ovsdb_buffer *buf)
{
    const size_t by = buf->at;

    if (by > 0) {
        memmove(buf->data, buf->data + by, buf->len - by);
        buf->len -= by;
        buf->at = 0;
    }
    return by;
}

/* Sets up a buffer in the caller's memory or, without any, in a first piece from the hook. */
VIF__APART static bool vif__db_buffer(vif_ovsdb *db, vif_ovsdb_buffer *buf, void *data,
                                         size_t cap)
{
    if (data == NULL) {
        return vif__db_grow(db, buf, cap > 0 ? cap : 4096);
    }
    buf->data = (unsigned char *)data;
    buf->cap = cap;
    return cap > 0;
}

/* Prepares to read the next message from its first byte, without any state of the last one. */
static void vif__db_rescan(vif_ovsdb *db)
{
    vif_json_init_scan(&db->priv.scan);
    db->priv.scanned = db->priv.in.at;
    db->priv.message = 0;
    db->priv.depth = 0;
}

/* A stream that starts sends requests as well, so these are declared here and defined below. */
static vif_status vif__db_request(vif_ovsdb *db, vif_json_out *out, const char *method, size_t need,
                                  vif_error *err);
static vif_status vif__db_request_done(vif_ovsdb *db, vif_json_out *out, int64_t *id,
                                       vif_error *err);
static vif_status vif__db_send(vif_ovsdb *db, const char *method, const char *params, size_t len,
                               int64_t *id, vif_error *err);

/* Asks whether the server is the leader and connected to its cluster (ovsdb(7), database _Server).
 * A server without a cluster always says so. */
static vif_status vif__db_ask_leader(vif_ovsdb *db)
{
    const char *const name = db->priv.desc.leader_of;
    vif_json_out out;
    const vif_status status = vif__db_request(db, &out, "transact", 200 + strlen(name) * 6, NULL);

    if (status != VIF_OK) {
        return status;
    }
    vif__db_pair(&out, "[\"_Server\",{\"op\":\"wait\",\"table\":\"Database\",\"timeout\":0,"
        "\"columns\":[\"leader\",\"connected\"],\"until\":\"==\","
        "\"rows\":[{\"leader\":true,\"connected\":true}],\"where\":[[\"name\",\"==\"", name);
    vif_json_piece(&out, "]]}]");
    return vif__db_request_done(db, &out, &db->priv.stream.hello_id, NULL);
}

/* Accepts the server, so no other remote is tried. */
static void vif__db_accept(vif_ovsdb *db)
{
    db->priv.state = VIF__DB_OPEN;
    db->priv.remotes_left = 0;
    db->priv.remote = NULL;
    memset(&db->error, 0, sizeof db->error);
}

/* Starts a stream, without any state of an earlier one. If a leader is wanted it asks for that
 * first. If there are further remotes, this one must show that it is alive. */
static void vif__db_opened(vif_ovsdb *db)
{
    vif_status status;

    db->priv.in.at = db->priv.in.len = 0;
    db->priv.out.at = db->priv.out.len = 0;
    db->priv.out_end = db->count.bytes_out;
    db->priv.state = VIF__DB_OPEN;
    db->priv.ended = 0;
    memset(&db->priv.now, 0, sizeof db->priv.now);
    memset(&db->priv.stream, 0, sizeof db->priv.stream);
    db->priv.now.fresh = 1;
    vif__db_rescan(db);
    if (db->priv.desc.leader_of == NULL && db->priv.remotes_left == 0) {
        vif__db_accept(db);
        return;
    }
    status = db->priv.desc.leader_of != NULL ? vif__db_ask_leader(db)
        : vif__db_send(db, "echo", "[]", 2, &db->priv.stream.hello_id, NULL);
    if (status != VIF_OK) {
        vif__db_fail(db, VIF_E_TOO_BIG, 0, NULL);
    }
    vif_ovsdb_forget(db, db->priv.stream.hello_id);
    db->priv.state = VIF__DB_ASKING;
}

/* What both ways of opening share. Everything that it does not set is zero. */
static vif_status vif__db_setup(vif_ovsdb *db, const vif_ovsdb_desc *desc, vif_error *err)
{
    memset(db, 0, sizeof *db);
    db->priv.desc = *desc;
    db->priv.fd = -1;
    db->priv.next_id = desc->first_id;
    db->priv.probe_ms = desc->probe_ms;
    if (desc->max_message == 0) {
        db->priv.desc.max_message = 16u << 20;
    }
    if (!vif__db_buffer(db, &db->priv.in, desc->in, desc->in_cap) ||
        !vif__db_buffer(db, &db->priv.out, desc->out, desc->out_cap)) {
        vif__db_fail(db, desc->resize != NULL ? VIF_E_NOMEM : VIF_E_INVAL, 0,
                     "no buffers");
        return vif__db_report(db, err);
    }
    return VIF_OK;
}

/* The caller moves the bytes, and has a stream already. */
VIF_API vif_status vif_ovsdb_init(vif_ovsdb *db, const vif_ovsdb_desc *desc, vif_error *err)
{
    const vif_status status = vif__db_setup(db, desc, err);

    if (status == VIF_OK) {
        vif__db_opened(db);
    }
    return status;
}

/* The connection has a copy of the desc, so the pointer is changed there. */
VIF_API void vif_ovsdb_set_user(vif_ovsdb *db, void *user)
{
    db->priv.desc.user = user;
}

/* Releases the message of the last event, and so ends its views. */
static void vif__db_let_go(vif_ovsdb *db)
{
    if (db->priv.now.given) {
        db->priv.in.at += db->priv.message;
        db->priv.now.given = 0;
        vif__db_rescan(db);
    }
}

/* Makes room for `need` more bytes. It moves the content to the front before the buffer grows, and
 * the buffer at least doubles then, so the cost of all growth is proportional to the bytes.
 * E_TOO_BIG is final, but E_BUSY may end when something has been sent. */
static vif_status vif__db_reserve(vif_ovsdb *db, vif_ovsdb_buffer *buf, size_t need)
{
    const size_t most = vif__db_limit(db, buf), used = buf->len - buf->at;
    size_t size = buf->cap * 2 < most ? buf->cap * 2 : most;

    if (need > most) {
        return VIF_E_TOO_BIG;
    }
    if (buf->cap - buf->len < need) {
        (void)vif__db_compact(buf);
    }
    if (buf->cap - buf->len >= need) {
        return VIF_OK;
    }
    size = size > used + need ? size : used + need;
    if (size > most) {
        return VIF_E_BUSY;
    }
    return vif__db_grow(db, buf, size) ? VIF_OK : VIF_E_NOMEM;
}

/* It moves bytes to the front only if little room is left behind them, because a move costs as much
 * as it moves. The buffer does not grow behind a complete message, which must be taken first. */
VIF_API void *vif_ovsdb_room(vif_ovsdb *db, size_t *len)
{
    vif_ovsdb_buffer *in = &db->priv.in;

    vif__db_let_go(db);
    if (in->at == in->len || in->cap - in->len < in->cap / 4) {
        db->priv.scanned -= vif__db_compact(in);
    }
    if (in->len == in->cap && db->priv.scanned == in->len && db->priv.message == 0 &&
        vif__db_reserve(db, in, 1) == VIF_E_NOMEM) {
        vif__db_fail(db, VIF_E_NOMEM, 0, NULL);
    }
    *len = db->error.status == VIF_OK ? in->cap - in->len : 0;
    return in->data + in->len;
}

/* Any byte is a sign of life. If a remote that has sent something goes, it may
 * be dialled at once. */
VIF_API void vif_ovsdb_received(vif_ovsdb *db, size_t len)
{
    db->priv.in.len += len;
    db->count.bytes_in += len;
    if (len > 0) {
        db->priv.now.fresh = 1;
        db->priv.now.hasty = 0;
        db->priv.backoff_ms = 0;
    }
    if (db->priv.in.len > db->count.in_peak) {
        db->count.in_peak = db->priv.in.len;
    }
}

/* It uses vif_ovsdb_room, so that bytes come in at one place only. */
VIF_API size_t vif_ovsdb_deliver(vif_ovsdb *db, const void *bytes, size_t len)
{
    const char *p = (const char *)bytes;
    size_t room, taken = 0;

    while (taken < len) {
        void *const to = vif_ovsdb_room(db, &room);

        room = room < len - taken ? room : len - taken;
        if (room == 0) {
            break;
        }
        memcpy(to, p + taken, room);
        vif_ovsdb_received(db, room);
        taken += room;
    }
    return taken;
}

/* It only notes the end, because complete messages go out first. */
VIF_API void vif_ovsdb_finish(vif_ovsdb *db, int sys_errno)
{
    db->priv.now.eof = 1;
    db->priv.stream.end_errno = sys_errno;
}

/* Nothing is sent on a stream whose other end has closed, nor after an error. */
VIF_API const void *vif_ovsdb_output(const vif_ovsdb *db, size_t *len)
{
    const vif_ovsdb_buffer *out = &db->priv.out;

    *len = db->error.status == VIF_OK && !db->priv.now.eof ? out->len - out->at : 0;
    return *len > 0 ? out->data + out->at : NULL;
}

/* Until the server sends something, it may have closed the connection because of these bytes. */
VIF_API void vif_ovsdb_sent(vif_ovsdb *db, size_t len)
{
    db->priv.out.at += len;
    db->count.bytes_out += len;
    db->priv.now.hasty = 1;
}

/* Queues a message that was written behind the others in the send buffer. */
VIF__APART static void vif__db_line_up(vif_ovsdb *db, const vif_json_out *out)
{
    db->priv.out.len += out->len;
    db->priv.out_end += out->len;
    db->count.messages_out++;
    if (db->priv.out.len > db->count.out_peak) {
        db->count.out_peak = db->priv.out.len;
    }
}

/* Writes a piece of JSON that a value must follow, and the value as it is. */
static void vif__db_member(vif_json_out *out, const char *key, vif_ovsdb_value value)
{
    vif_json_piece(out, key);
    vif_json_raw(out, value.text, value.len);
}

/* The requests under way, by ascending id. The connection keeps no pointer to its own array,
 * because it may be moved. */
static vif_ovsdb_pending *vif__db_pending(vif_ovsdb *db)
{
    return db->priv.desc.pending != NULL ? db->priv.desc.pending : db->priv.own;
}

static size_t vif__db_pending_cap(const vif_ovsdb *db)
{
    return db->priv.desc.pending != NULL ? db->priv.desc.pending_cap : VIF_OVSDB_REQUESTS;
}

/* The most bytes that a request has besides its method and params. */
enum { VIF__DB_ENVELOPE = 64 };

/* Writes {"id":…,"method":…,"params": with room for `need` bytes behind it. The request is
 * written in place in the send buffer, but counted there only when it is complete, so a wrong one
 * leaves nothing behind. */
static vif_status vif__db_request(vif_ovsdb *db, vif_json_out *out, const char *method, size_t need,
                                  vif_error *err)
{
    vif_status status = db->error.status;

    if (status != VIF_OK) {
        return vif__db_report(db, err);
    }
    need += VIF__DB_ENVELOPE + strlen(method);
    status = db->priv.pending_count >= vif__db_pending_cap(db) || db->priv.now.eof ||
        db->priv.state != VIF__DB_OPEN ? VIF_E_BUSY : vif__db_reserve(db, &db->priv.out, need);
    if (status != VIF_OK) {
        return vif__fail(err, status, NULL);
    }
    vif_json_out_init(out, db->priv.out.data + db->priv.out.len, need);
    vif_json_piece(out, "{\"id\":");
    vif_json_int(out, db->priv.next_id + 1);
    vif__db_pair(out, "\"method\":", method);
    vif_json_piece(out, "\"params\":");
    return VIF_OK;
}

/* Only a request that was written whole uses up its id, so the server sees ids without gaps. */
static vif_status vif__db_request_done(vif_ovsdb *db, vif_json_out *out, int64_t *id,
                                       vif_error *err)
{
    vif_ovsdb_pending *under_way;

    vif_json_piece(out, "}");
    if (out->bad || out->overflow) {
        return vif__fail(err, VIF_E_INVAL, "no JSON, or not UTF-8");
    }
    vif__db_line_up(db, out);
    db->priv.next_id++;
    under_way = &vif__db_pending(db)[db->priv.pending_count++];
    under_way->id = db->priv.next_id;
    under_way->end = db->priv.out_end;
    under_way->user = NULL;
    under_way->shapes = 0;
    if (id != NULL) {
        *id = db->priv.next_id;
    }
    return VIF_OK;
}

/* The caller has checked the params. */
static vif_status vif__db_send(vif_ovsdb *db, const char *method, const char *params, size_t len,
                               int64_t *id, vif_error *err)
{
    vif_json_out out;
    const vif_status status = vif__db_request(db, &out, method, len, err);

    if (status != VIF_OK) {
        return status;
    }
    vif_json_raw(&out, params, len);
    return vif__db_request_done(db, &out, id, err);
}

/* It checks that params is JSON. For other text the server would close the connection without a
 * message, with all requests under way on it. */
VIF_API vif_status vif_ovsdb_send(vif_ovsdb *db, const char *method, const char *params,
                                  int64_t *id, vif_error *err)
{
    const size_t len = strlen(params);

    if (vif_ovsdb_type(vif_ovsdb_view(params, len)) != VIF_JSON_ARRAY ||
        !vif_json_valid(params, len)) {
        return vif__fail(err, VIF_E_INVAL, "params: not a JSON list");
    }
    return vif__db_send(db, method, params, len, id, err);
}

/* It keeps the shape of the reply with the request, because the transaction may be gone when the
 * reply comes. */
static vif_status vif__db_transact(vif_ovsdb *db, const vif_ovsdb_txn *txn, int64_t *id,
                                   vif_error *err)
{
    const vif_status status = vif__db_send(db, "transact", txn->out.buf, txn->out.len, id, err);

    if (status == VIF_OK) {
        vif_ovsdb_pending *const p = &vif__db_pending(db)[db->priv.pending_count - 1];

        p->user = txn->user;
        p->shapes = txn->priv.shapes;
    }
    return status;
}

/* It reports a mistake of the caller before it looks at the connection. */
VIF_API vif_status vif_ovsdb_transact(vif_ovsdb *db, vif_ovsdb_txn *txn, int64_t *id,
                                      vif_error *err)
{
    const vif_status status = vif_ovsdb_txn_status(txn, err);

    return status != VIF_OK ? status : vif__db_transact(db, txn, id, err);
}

/* The envelope takes some of the room. */
VIF_API size_t vif_ovsdb_txn_most(const vif_ovsdb *db)
{
    const size_t most = vif__db_limit(db, &db->priv.out);
    const size_t less = VIF__DB_ENVELOPE + sizeof "transact" - 1;

    return most > less ? most - less : 0;
}

/* An escape may make six bytes of each byte of the name. */
VIF_API vif_status vif_ovsdb_lock(vif_ovsdb *db, const char *method, const char *name, int64_t *id,
                                  vif_error *err)
{
    vif_json_out out;
    const vif_status status = vif__db_request(db, &out, method, strlen(name) * 6, err);

    if (status != VIF_OK) {
        return status;
    }
    vif__db_pair(&out, "[", name);
    vif_json_piece(&out, "]");
    return vif__db_request_done(db, &out, id, err);
}

/* Ends a request under way, and moves what was kept with it to the event. False if
 * it was not under way. */
static bool vif__db_settle(vif_ovsdb *db, int64_t id, vif_ovsdb_event *event)
{
    vif_ovsdb_pending *p = vif__db_pending(db), *const end = p + db->priv.pending_count;

    while (p < end && p->id != id) {
        p++;
    }
    if (p == end) {
        return false;
    }
    event->user = p->user;
    event->priv.shapes = p->shapes;
    memmove(p, p + 1, (size_t)(end - p - 1) * sizeof *p);
    db->priv.pending_count--;
    return true;
}

/* It removes the request from those under way, so its reply counts as a stranger. */
VIF_API void vif_ovsdb_forget(vif_ovsdb *db, int64_t id)
{
    vif_ovsdb_event none;

    (void)vif__db_settle(db, id, &none);
}

/* It tries no further remote, because the time is over for all of them. */
VIF_API void vif_ovsdb_expire(vif_ovsdb *db)
{
    vif__db_fail(db, VIF_E_SYSTEM, 0, "no answer in time");
    db->priv.remotes_left = 0;
}

/* Scans until a message is complete. Returns false if it is not, or is no message. The stream has
 * no framing but JSON's own: a message ends with the brace that closes it (RFC 7047 §4). The
 * reader keeps its state between pieces, so each byte is scanned once. Everything that walks over
 * the message later relies on what is checked here: its syntax, depth and UTF-8. */
static bool vif__db_scan(vif_ovsdb *db)
{
    vif_ovsdb_buffer *in = &db->priv.in;
    const char *const at = (const char *)in->data + db->priv.scanned;
    const char *const end = (const char *)in->data + in->len;
    const char *const first = vif__db_blank(at, end);
    vif_json_token token;

    if (db->priv.message > 0) {
        return true;
    }
    if (db->priv.depth == 0 && first < end && *first != '{') {
        vif__db_fail(db, VIF_E_PROTO, 0, "not an object");
        return false;
    }
    vif_json_feed(&db->priv.scan, at, (size_t)(end - at));
    while (vif_json_next(&db->priv.scan, &token) > VIF_JSON_MORE) {
        if (token.type == VIF_JSON_OBJECT || token.type == VIF_JSON_ARRAY) {
            db->priv.depth++;
        } else if ((token.type == VIF_JSON_OBJECT_END || token.type == VIF_JSON_ARRAY_END) &&
                   --db->priv.depth == 0) {
            db->priv.message = (size_t)token.offset + 1;
            break;
        }
    }
    vif_json_feed(&db->priv.scan, "", 0);       /* the buffer may move before the next piece */
    db->priv.scanned = in->len;
    if (token.type == VIF_JSON_MORE && db->priv.depth == 0) {   /* only white space came */
        in->at = in->len;
        vif__db_rescan(db);
    } else if (token.type == VIF_JSON_ERROR) {
        vif__db_fail(db, VIF_E_PROTO, 0, db->priv.scan.why);
        db->error.offset = db->priv.scan.offset;
    } else if (db->priv.message == 0 && in->len - in->at >= vif__db_limit(db, in)) {
        vif__db_fail(db, VIF_E_TOO_BIG, 0, NULL);
    }
    return db->priv.message > 0;
}

/* In a reply, an absent member and a null one mean the same. */
static bool vif__db_is_null(vif_ovsdb_value value)
{
    return value.text == NULL || vif_ovsdb_type(value) == VIF_JSON_NULL;
}

/* Appends the server's words, with single quotes for double ones, which would be escaped. */
static void vif__db_cat(vif_error *err, vif_ovsdb_value value)
{
    char words[sizeof err->text] = "", *p;

    (void)vif__db_decode(value, words, sizeof words - 1, NULL);
    for (p = words; *p != '\0'; p++) {
        if (*p == '"') {
            *p = '\'';
        }
    }
    vif_cat_escaped(err->text, sizeof err->text, words, (size_t)(p - words));
}

/* The status for an error of the server (RFC 7047 §5.2; the classes are those of OVS's own
 * client). The specification has few words for errors. For those that are not in the table, the
 * caller can only ask for something else. */
static vif_status vif__db_refusal(vif_ovsdb_value word, vif_ovsdb_value details)
{
    VIF__BYTES char words[] = "timed out\0canceled\0not owner\0unknown method\0not supported\0"
                                "I/O error\0resources exhausted\0constraint violation";
    VIF__BYTES int8_t statuses[] = {
        VIF_E_CONFLICT, VIF_E_CONFLICT, VIF_E_EXISTS, VIF_E_UNSUPPORTED, VIF_E_UNSUPPORTED,
        VIF_E_SYSTEM, VIF_E_SYSTEM, VIF_E_EXISTS, VIF_E_INVAL };
    const size_t which = vif__db_which(word, words, 8);

    /* The only constraint violation that means E_EXISTS is 'Transaction causes multiple rows in
     * "Port" table to have identical values … for index' (measured). */
    if (which == 7 && (details.len < 30 || memcmp(details.text + 1, "Transaction causes multiple ",
                                                  28) != 0)) {
        return VIF_E_INVAL;
    }
    return (vif_status)statuses[which];
}

/* Fails with the server's error, an object or a string alone (measured: "unknown method"). */
static vif_status vif__db_refused(vif_ovsdb_value error, vif_error *err)
{
    const vif_ovsdb_value member = vif_ovsdb_member(error, "error");
    const vif_ovsdb_value word = member.text != NULL ? member : error;
    const vif_ovsdb_value details = vif_ovsdb_member(error, "details");
    const vif_status status = vif__fail(err, vif__db_refusal(word, details), "");

    if (err != NULL) {
        vif__db_cat(err, word);
        if (details.text != NULL) {
            vif_cat(err->text, sizeof err->text, ": ");
            vif__db_cat(err, details);
        }
        if (err->text[0] == '\0') {
            vif_cat(err->text, sizeof err->text, "an error without words");
        }
    }
    return status;
}

/* Reads the members of a message (RFC 7047 §4: JSON-RPC 1.0). Returns its id. */
static vif_ovsdb_value vif__db_parts(vif_ovsdb_value message, vif_ovsdb_event *event)
{
    vif_ovsdb_value to[6], key, value;  /* to[5] is for unknown members */
    vif_ovsdb_iter it = vif_ovsdb_each(message);

    memset(to, 0, sizeof to);
    while (vif_ovsdb_next(&it, &key, &value)) {
        to[vif__db_which(key, "method\0params\0result\0error\0id", 5)] = value;
    }
    event->method = to[0];
    event->params = to[1];
    event->result = to[2];
    event->error = to[3];
    return to[4];
}

/* Handles the first reply of a server. A follower, or a server cut off from its cluster, may answer
 * with old data, so it is refused. A server that does not know _Server, or has no cluster, is as
 * good as a leader. If an echo was sent, any reply to it will do. */
static void vif__db_hello(vif_ovsdb *db, const vif_ovsdb_event *reply)
{
    db->priv.stream.hello_id = 0;
    if (vif_ovsdb_check(reply, 1, NULL) == VIF_E_CONFLICT) {
        vif__db_fail(db, VIF_E_UNSUPPORTED, 0, "not the leader of its cluster");
    } else {
        vif__db_accept(db);
    }
}

/* Handles a reply, and returns whether it is an event for the caller. The first reply of a server
 * is none, and neither is an answer to a probe or to a forgotten request. */
static bool vif__db_reply(vif_ovsdb *db, vif_ovsdb_event *event, vif_ovsdb_value id)
{
    event->type = VIF_OVSDB_REPLY;
    if (!vif_int_parse(id.text, id.len, &event->id) || event->id <= 0) {
        event->id = -1;                 /* answers no request of ours */
    }
    if (!vif__db_is_null(event->error)) {
        event->status = vif__db_refused(event->error, NULL);
    }
    if (event->id == db->priv.stream.hello_id) {
        vif__db_hello(db, event);
    } else if (vif__db_settle(db, event->id, event)) {
        db->count.replies++;
        return true;
    } else if (event->id != db->priv.stream.probe_id) {     /* for a probe any bytes will do */
        db->count.strangers++;
    }
    return false;
}

/* The three dialects have different methods for updates, but they are one type of event. */
static void vif__db_notice(vif_ovsdb_event *event)
{
    const size_t which = vif__db_which(
        event->method, "update\0update2\0update3\0locked\0stolen\0monitor_canceled", 6);

    event->type = (vif_ovsdb_event_type)(VIF_OVSDB_UPDATE + (which < 3 ? 0 : (int)which - 2));
}

/* Answers a request of the server's at once or, if there is no room, before it reads anything else.
 * The answer repeats id and params as they are in the message. */
static void vif__db_serve(vif_ovsdb *db, const vif_ovsdb_event *event, vif_ovsdb_value id)
{
    static const vif_ovsdb_value null = { "null", 4 };
    const bool echo = vif_ovsdb_is(event->method, "echo");
    const size_t need = 64 + id.len + event->params.len;
    const vif_status status = vif__db_reserve(db, &db->priv.out, need);
    vif_json_out out;

    db->priv.now.blocked = status == VIF_E_BUSY;
    if (status == VIF_OK) {
        vif_json_out_init(&out, db->priv.out.data + db->priv.out.len, need);
        vif__db_member(&out, "{\"id\":", id);
        vif__db_member(&out, echo ? "\"error\":null,\"result\":"
                                  : "\"error\":\"unknown method\",\"result\":",
                       echo && event->params.text != NULL ? event->params : null);
        vif_json_piece(&out, "}");
        vif__db_line_up(db, &out);
    } else if (!db->priv.now.blocked) {
        vif__db_fail(db, status, 0, NULL);
    }
}

/* Handles a complete message, and returns whether it became an event. With a method it is a request
 * or notification of the server's; without one it is a reply. A message with a null id is a
 * notification, but an echo is answered all the same, because some servers send it so. */
static bool vif__db_handle(vif_ovsdb *db, vif_ovsdb_event *event)
{
    const char *const text = (const char *)db->priv.in.data + db->priv.in.at;
    const vif_ovsdb_value id = vif__db_parts(vif_ovsdb_view(text, db->priv.message), event);
    const vif_json_type method = vif_ovsdb_type(event->method);

    if (method == VIF_JSON_ERROR ? id.text == NULL : method != VIF_JSON_STRING) {
        vif__db_fail(db, VIF_E_PROTO, 0, "neither request nor reply");
        return false;
    }
    event->priv.cursors = db->priv.stream.cursors;
    if (method == VIF_JSON_ERROR) {
        return vif__db_reply(db, event, id);
    }
    if (id.text == NULL || (vif__db_is_null(id) && !vif_ovsdb_is(event->method, "echo"))) {
        vif__db_notice(event);
        return true;
    }
    vif__db_serve(db, event, id);
    return false;
}

/* Probes a silent server. Any received byte is a sign of life, because a large message may take its
 * time. The probe is forgotten at once, so that its reply needs no place among the requests. */
static void vif__db_probe(vif_ovsdb *db, int64_t now_ms)
{
    const int64_t every = db->priv.probe_ms, silence = now_ms - db->priv.stream.quiet_at;

    if (every <= 0 || silence < every || db->priv.state < VIF__DB_ASKING) {
        return;
    }
    if (db->priv.now.probing) {
        vif__db_fail(db, VIF_E_SYSTEM, 0, "the server does not answer");
    }
    db->priv.now.probing = 1;
    db->priv.stream.quiet_at = now_ms;
    (void)vif__db_send(db, "echo", "[]", 2, &db->priv.stream.probe_id, NULL);
    vif_ovsdb_forget(db, db->priv.stream.probe_id);
}

/* The server gives no reason, so the text says what was going on. */
static void vif__db_hung_up(vif_ovsdb *db)
{
    const char *words = "";

    vif__db_fail(db, VIF_E_SYSTEM, db->priv.stream.end_errno, db->priv.stream.end_errno != 0
        ? "the connection broke" : "the server closed the connection");
    /* The server closes the connection without a message when it refuses ours (measured). */
    if (db->priv.now.hasty && db->priv.stream.end_errno == 0) {
        words = " right after our message";
    } else if (db->priv.depth > 0) {
        words = " in the middle of a message";
    }
    vif_cat(db->error.text, sizeof db->error.text, words);
}

/* The events after the end: a LOST for each request, then CLOSED, then nothing. A request whose
 * last byte was sent may have been done. The server has not seen the end of any other, and does not
 * do it. */
static vif_ovsdb_event_type vif__db_wreck(vif_ovsdb *db, vif_ovsdb_event *event)
{
    if (db->priv.remotes_left > 0 || db->priv.ended) {
        return VIF_OVSDB_NOTHING;
    }
    event->status = db->error.status;
    if (db->priv.pending_count > 0) {
        const vif_ovsdb_pending *const first = vif__db_pending(db);

        event->id = first->id;
        event->status = first->end <= db->count.bytes_out ? VIF_E_UNKNOWN : VIF_E_SYSTEM;
        (void)vif__db_settle(db, first->id, event);
        return event->type = VIF_OVSDB_LOST;
    }
    db->priv.ended = 1;
    return event->type = VIF_OVSDB_CLOSED;
}

/* Clears what a message that became no event has left. */
static void vif__db_clear(vif_ovsdb_event *event)
{
    memset(event, 0, sizeof *event);
}

/* It returns one event at a time, whose views end with the next one. It answers requests of the
 * server on the way. If there is no room for an answer it reads nothing behind the request, so a
 * server that does not read can't make us store answers without end. */
VIF_API vif_ovsdb_event_type vif_ovsdb_step(vif_ovsdb *db, int64_t now_ms, vif_ovsdb_event *event)
{
    vif__db_clear(event);
    vif__db_let_go(db);
    memset(db->priv.stream.cursors, 0, sizeof db->priv.stream.cursors);
    if (db->priv.now.fresh) {
        db->priv.now.fresh = db->priv.now.probing = 0;
        db->priv.stream.quiet_at = now_ms;
    }
    while (db->error.status == VIF_OK && db->priv.state >= VIF__DB_ASKING) {
        if (!db->priv.now.announced && db->priv.state == VIF__DB_OPEN) {
            db->priv.now.announced = 1;
            return event->type = VIF_OVSDB_CONNECTED;
        }
        db->priv.now.blocked = 0;
        if (!vif__db_scan(db)) {
            break;
        }
        db->priv.now.given = 1;
        if (vif__db_handle(db, event)) {
            db->count.messages_in++;
            return event->type;
        }
        vif__db_clear(event);
        if (db->priv.now.blocked) {
            db->priv.now.given = 0;
            return VIF_OVSDB_NOTHING;
        }
        db->count.messages_in++;
        vif__db_let_go(db);
    }
    if (db->priv.now.eof) {
        vif__db_hung_up(db);
    }
    vif__db_probe(db, now_ms);
    return db->error.status == VIF_OK ? VIF_OVSDB_NOTHING : vif__db_wreck(db, event);
}

/* How long a remote is tried if there are others. */
enum { VIF__DB_PASS_MS = 1000 };

/* Whether a remote is being tried and there are others behind it. */
static bool vif__db_may_pass(const vif_ovsdb *db)
{
    return db->error.status == VIF_OK && db->priv.remotes_left > 0 &&
        (db->priv.state == VIF__DB_CONNECTING || db->priv.state == VIF__DB_ASKING);
}

/* The time at which something has to be done even if no byte comes. */
static int64_t vif__db_deadline(const vif_ovsdb *db, int64_t now_ms)
{
    if (db->error.status != VIF_OK) {
        return db->priv.remotes_left > 0 || !db->priv.ended ? now_ms : INT64_MAX;
    }
    if (db->priv.state == VIF__DB_IDLE) {
        return db->priv.dial_at;
    }
    if (db->priv.now.eof || db->priv.now.fresh || (db->priv.now.full && !db->priv.now.blocked)) {
        return now_ms;
    }
    if (vif__db_may_pass(db)) {
        return db->priv.dial_at == INT64_MIN ? now_ms : db->priv.dial_at + VIF__DB_PASS_MS;
    }
    return db->priv.probe_ms > 0 && db->priv.state >= VIF__DB_ASKING
        ? db->priv.stream.quiet_at + db->priv.probe_ms : INT64_MAX;
}

/* A connection that has failed, or waits for its next attempt, has no fd to poll. */
VIF_API vif_want vif_ovsdb_want(const vif_ovsdb *db, int64_t now_ms)
{
    vif_want want = { -1, false, false, vif__db_deadline(db, now_ms) };

    if (db->error.status == VIF_OK && db->priv.state != VIF__DB_IDLE) {
        want.fd = db->priv.fd;
        want.read = db->priv.state >= VIF__DB_ASKING && !db->priv.now.blocked;
        want.write = db->priv.state == VIF__DB_CONNECTING || db->priv.out.at < db->priv.out.len;
    }
    return want;
}

/* >>results
 *
 * The answers to transactions. The event of a reply comes in. Whether all of it was done
 * goes out, which operation the server blames if not, and the result of each. A reply is a
 * list in the order of the operations. It has one more item at its end if they were good but
 * their outcome was not. */

/* Whether the rows of a select are a list of objects, and each _uuid in them is a uuid.
 * Readers take an absent value for "not there", so without this check a malformed row
 * would read like none. */
static bool vif__db_good_rows(vif_ovsdb_value rows)
{
    vif_ovsdb_iter it = vif__db_list(rows);
    vif_ovsdb_value row, uuid;
    char text[37];

    if (it.at == NULL) {
        return false;
    }
    while (vif_ovsdb_next(&it, NULL, &row)) {
        uuid = vif_ovsdb_member(row, "_uuid");
        if (vif_ovsdb_type(row) != VIF_JSON_OBJECT ||
            (uuid.text != NULL && !vif_ovsdb_uuid(uuid, text))) {
            return false;
        }
    }
    return true;
}

/* The shape of a result, by its members. Members of other names do not matter, because
 * a newer server may send more. A member of the right name with a wrong value makes
 * the whole result bad. */
static unsigned vif__db_shape(vif_ovsdb_value result)
{
    vif_ovsdb_iter it = vif_ovsdb_each(result);
    vif_ovsdb_value key, value;
    unsigned shape = VIF__DB_PLAIN;
    char uuid[37];
    int64_t count;

    if (vif_ovsdb_type(result) != VIF_JSON_OBJECT) {
        return vif_ovsdb_type(result) == VIF_JSON_NULL ? VIF__DB_NULL : VIF__DB_BAD;
    }
    while (vif_ovsdb_next(&it, &key, &value)) {
        switch (vif__db_which(key, "uuid\0rows\0count\0error", 4)) {
        case 0: shape = vif_ovsdb_uuid(value, uuid) ? VIF__DB_UUID : VIF__DB_BAD; break;
        case 1: shape = vif__db_good_rows(value) ? VIF__DB_ROWS_OF : VIF__DB_BAD; break;
        case 2: shape = vif_ovsdb_int(value, &count) && count >= 0 ? VIF__DB_COUNT : VIF__DB_BAD;
                break;
        case 3: return VIF__DB_REFUSED;
        default: break;
        }
    }
    return shape;
}

/* It stops behind the last operation: an error after that is about the transaction as
 * a whole (measured). */
VIF_API int vif_ovsdb_fault(const vif_ovsdb_event *reply, int ops)
{
    vif_ovsdb_iter it = vif__db_list(reply->result);
    vif_ovsdb_value result;
    int op;

    /* An item behind the last operation belongs to none of them. */
    for (op = 0; op < ops && vif_ovsdb_next(&it, NULL, &result); op++) {
        if (vif__db_shape(result) == VIF__DB_REFUSED) {
            return op;
        }
    }
    return -1;
}

/* Fails with the server's words and the operation that they are about. */
static vif_status vif__db_refused_op(vif_ovsdb_value result, int op, int ops, vif_error *err)
{
    const vif_status status = vif__db_refused(result, err);

    if (err != NULL && op < ops) {
        vif_cat(err->where, sizeof err->where, "operation ");
        vif_cat_int(err->where, sizeof err->where, op);
    } else if (err != NULL) {
        vif_cat(err->where, sizeof err->where, "the transaction as a whole");
    }
    return status;
}

/* An error anywhere counts more than a malformed result before it. A null result was not tried,
 * because an earlier operation failed. If none has failed, the transaction was given up. */
VIF_API vif_status vif_ovsdb_check(const vif_ovsdb_event *reply, int ops, vif_error *err)
{
    vif_ovsdb_iter it = vif__db_list(reply->result);
    vif_status status = VIF_OK;
    vif_ovsdb_value item;
    uint32_t shapes = 0;
    int op;

    if (reply->type != VIF_OVSDB_REPLY) {
        status = reply->status != VIF_OK ? reply->status : VIF_E_INVAL;
        return vif__fail(err, status, "connection lost");
    }
    if (!vif__db_is_null(reply->error)) {
        return vif__db_refused(reply->error, err);
    }
    for (op = 0; vif_ovsdb_next(&it, NULL, &item);) {
        const unsigned shape = vif__db_shape(item);

        if (shape == VIF__DB_REFUSED) {
            return vif__db_refused_op(item, op, ops, err);
        }
        if (shape >= VIF__DB_NULL && status == VIF_OK) {
            status = shape == VIF__DB_NULL ? VIF_E_CONFLICT : VIF_E_PROTO;
        }
        shapes = vif__db_fold(shapes, shape);
        if (op <= ops) {                /* one item too many is wrong enough: no overflow */
            op++;
        }
    }
    if (op != ops || it.at == NULL || (status == VIF_OK && reply->priv.shapes != 0 &&
                                       reply->priv.shapes != shapes)) {
        status = VIF_E_PROTO;
    }
    return status == VIF_OK ? VIF_OK
         : vif__fail(err, status, "not a result for each operation");
}

/* The item of that number. It is the one at the cursor, or found from there on; lower ones are
 * found from the beginning. Readers of several columns ask for the same item again. */
static vif_ovsdb_value vif__db_seek(vif_ovsdb_cursor *c, vif_ovsdb_value list, int number)
{
    if (c->list == NULL || c->list != list.text || number < c->next - 1) {
        memset(c, 0, sizeof *c);
        c->list = list.text;
        c->rest = vif__db_list(list);
    }
    for (; c->next <= number; c->next++) {
        if (!vif_ovsdb_next(&c->rest, NULL, &c->item)) {
            c->list = NULL;             /* the end: the next search starts anew */
            c->next = 0;
            return vif__db_absent;
        }
    }
    return c->item;
}

/* When many VIFs share a transaction, each reads its own results and then the last ones, which all
 * share. So there are two cursors. The nearer one of those that need not go back is moved; if both
 * would have to, the one behind starts anew. An event that no connection made has no cursors. */
VIF_API vif_ovsdb_value vif_ovsdb_result(const vif_ovsdb_event *reply, int op)
{
    vif_ovsdb_cursor *c = reply->priv.cursors, anew;
    bool behind, ahead;

    if (c == NULL) {
        memset(&anew, 0, sizeof anew);
        return vif__db_seek(&anew, reply->result, op);
    }
    behind = c[0].next >= c[1].next;    /* an index of c */
    ahead = !behind;
    return vif__db_seek(&c[op >= c[ahead].next - 1 ? ahead : behind], reply->result, op);
}

/* A result without rows gives an iterator without items. */
VIF_API vif_ovsdb_iter vif_ovsdb_rows(const vif_ovsdb_event *reply, int op)
{
    return vif_ovsdb_each(vif_ovsdb_member(vif_ovsdb_result(reply, op), "rows"));
}

VIF_API vif_ovsdb_value vif_ovsdb_first(const vif_ovsdb_event *reply, int op)
{
    vif_ovsdb_iter it = vif_ovsdb_rows(reply, op);
    vif_ovsdb_value row;

    return vif_ovsdb_next(&it, NULL, &row) ? row : vif__db_absent;
}

/* A number in a row; -1 if it has none. */
VIF__APART static int64_t vif__db_number(vif_ovsdb_value row, const char *column)
{
    int64_t number = -1;

    (void)vif_ovsdb_int(vif_ovsdb_member(row, column), &number);
    return number;
}

VIF_API int64_t vif_ovsdb_changed(const vif_ovsdb_event *reply, int op)
{
    return vif__db_number(vif_ovsdb_result(reply, op), "count");
}

VIF_API int64_t vif_ovsdb_next_cfg_of(const vif_ovsdb_event *reply, int op)
{
    return vif__db_number(vif_ovsdb_first(reply, op), "next_cfg");
}

/* >>wanted rows
 *
 * A list of cells says what rows should have. The cells and the rows that a select found come in,
 * and columns and operations of a transaction go out. In a new row, all cells of a map column are
 * written together. In an existing row they are written key by key, because others write to the
 * same map. */

/* Whether the cell is of the table and the first one of its column. Cells for new rows count only
 * if `fresh` is true, because a select does not ask for what nobody compares. Lists are short, so
 * it walks them. */
static bool vif__db_first_cell(const vif_ovsdb_cell *cells, const vif_ovsdb_cell *c,
                               const char *table, bool fresh)
{
    if (strcmp(c->table, table) != 0 || (c->fresh && !fresh)) {
        return false;
    }
    while (cells != c && (strcmp(cells->table, table) != 0 || (cells->fresh && !fresh) ||
                          strcmp(cells->column, c->column) != 0)) {
        cells = cells->next;
    }
    return cells == c;
}

/* Makes a view of JSON text of the caller or of an earlier answer. */
static vif_ovsdb_value vif__db_json(const char *json)
{
    return vif_ovsdb_view(json, json != NULL ? strlen(json) : 0);
}

/* A text becomes a string. JSON is written as it is, after a check that it is one value. */
static void vif__db_put_cell(vif_ovsdb_txn *txn, const vif_ovsdb_cell *c)
{
    if (c->json) {
        vif_ovsdb_put_value(txn, vif__db_json(c->value));
    } else {
        vif_ovsdb_put_text(txn, c->value);
    }
}

/* The first cell of each column names it, also for the other keys of a map. */
VIF_API void vif_ovsdb_cells_columns(vif_ovsdb_txn *txn, const vif_ovsdb_cell *cells,
                                     const char *table)
{
    const vif_ovsdb_cell *c;

    for (c = cells; c != NULL; c = c->next) {
        if (vif__db_first_cell(cells, c, table, false)) {
            vif_ovsdb_column(txn, c->column);
        }
    }
}

/* Notes what the row has for the cell. A key that the map lacks differs from any text. A column
 * that the row lacks is a fault of the answer, because it was asked for. */
static vif_status vif__db_note(vif_ovsdb_cell *c, vif_ovsdb_value row, vif_arena *arena)
{
    const vif_ovsdb_value column = vif_ovsdb_member(row, c->column);
    const vif_ovsdb_value value = c->key != NULL ? vif_ovsdb_map_get(column, c->key) : column;
    const bool same = c->json ? vif_ovsdb_same(value, vif__db_json(c->value))
                              : vif_ovsdb_is(value, c->value);

    c->found = vif_ovsdb_copy(value, c->key != NULL, arena);
    c->differs = row.text != NULL && !c->fresh && !same;
    if (row.text != NULL && column.text == NULL && !c->fresh) {
        return VIF_E_PROTO;
    }
    return c->found == NULL && value.text != NULL ? VIF_E_NOMEM : VIF_OK;
}

/* It stops at the first cell that can't be noted: a row without one column is
 * not believed at all. */
VIF_API vif_status vif_ovsdb_cells_note(vif_ovsdb_cell *cells, const char *table,
                                        vif_ovsdb_value row, vif_arena *arena, vif_error *err)
{
    char uuid[37];
    vif_status status = row.text == NULL || vif_ovsdb_uuid(vif_ovsdb_member(row, "_uuid"), uuid)
        ? VIF_OK : VIF_E_PROTO;

    for (; cells != NULL && status == VIF_OK; cells = cells->next) {
        if (strcmp(cells->table, table) == 0) {
            status = vif__db_note(cells, row, arena);
        }
    }
    return status == VIF_OK ? VIF_OK
         : vif__fail(err, status, status == VIF_E_PROTO
                         ? "a row without a column that was asked for" : "no memory for a column");
}

/* The first cell of a map writes all keys, because a column can be named only once. */
VIF_API void vif_ovsdb_cells_row(vif_ovsdb_txn *txn, const vif_ovsdb_cell *cells,
                                 const char *table)
{
    const vif_ovsdb_cell *c, *k;

    for (c = cells; c != NULL; c = c->next) {
        if (!vif__db_first_cell(cells, c, table, true)) {
            continue;
        }
        vif_ovsdb_row(txn, c->column);
        if (c->key == NULL) {
            vif__db_put_cell(txn, c);
            continue;
        }
        vif_ovsdb_put_map(txn);
        for (k = c; k != NULL; k = k->next) {
            if (strcmp(k->table, table) == 0 && strcmp(k->column, c->column) == 0) {
                vif_ovsdb_put_text(txn, k->key);
                vif__db_put_cell(txn, k);
            }
        }
        vif_ovsdb_put_end(txn);
    }
}

/* Writes one cell of an update or, with a key, of a mutate. `back` restores what was found: it
 * removes a key that was not there, and gives a column its JSON as the server wrote it. */
static void vif__db_write_cell(vif_ovsdb_txn *txn, const vif_ovsdb_cell *c, bool back)
{
    if (c->key == NULL) {
        vif_ovsdb_row(txn, c->column);
        if (back) {
            vif_ovsdb_put_value(txn, vif__db_json(c->found));
        } else {
            vif__db_put_cell(txn, c);
        }
    } else if (back && c->found == NULL) {
        vif_ovsdb_map_delete(txn, c->column, c->key);
    } else {
        vif_ovsdb_map_set(txn, c->column, c->key, back ? c->found : c->value);
    }
}

/* It writes at most two operations, each only if something differs: keys of maps are mutated,
 * because others write to the same map, and other columns are updated. */
VIF_API void vif_ovsdb_cells_write(vif_ovsdb_txn *txn, const vif_ovsdb_cell *cells,
                                   const char *table, const char *uuid, bool back)
{
    const vif_ovsdb_cell *c;
    int keys;

    for (keys = 0; keys < 2; keys++) {  /* an update of columns, then a mutate of keys */
        bool begun = false;

        for (c = cells; c != NULL; c = c->next) {
            if (strcmp(c->table, table) != 0 || !c->differs || (c->key != NULL) != (keys == 1)) {
                continue;
            }
            if (!begun) {
                (void)vif__db_table(txn, keys == 1 ? VIF__DB_MUTATE : VIF__DB_UPDATE, table);
                vif_ovsdb_where_uuid(txn, uuid);
            }
            begun = true;
            vif__db_write_cell(txn, c, back);
        }
    }
}

/* In a map only the key is compared, because others write to the same column. */
VIF_API void vif_ovsdb_cells_where(vif_ovsdb_txn *txn, const vif_ovsdb_cell *cells,
                                   const char *table)
{
    for (; cells != NULL; cells = cells->next) {
        if (strcmp(cells->table, table) != 0 || cells->fresh) {
            continue;
        }
        if (cells->key != NULL) {
            vif_ovsdb_where_pair(txn, cells->column, cells->key, cells->value);
        } else {
            vif_ovsdb_where(txn, cells->column, "==");
            vif__db_put_cell(txn, cells);
        }
    }
}

#ifndef VIF_NO_MONITORS
/* >>monitors
 *
 * Streams of changes. What the caller wants to watch comes in, and events. Requests in the
 * newest dialect that the server knows go out, and the changes one by one, in the same
 * form for all dialects. */

/* The item of that number in a list. */
static vif_ovsdb_value vif__db_item(vif_ovsdb_value list, int number)
{
    vif_ovsdb_iter it = vif__db_list(list);
    vif_ovsdb_value item;

    while (vif_ovsdb_next(&it, NULL, &item)) {
        if (number-- == 0) {
            return item;
        }
    }
    return vif__db_absent;
}

/* For servers that do not know conditions they are left out; these servers send more than asked. */
static void vif__db_put_watch(vif_json_out *out, const vif_ovsdb_watch *watch,
                              const vif_ovsdb_monitor *monitor)
{
    size_t i;

    vif_json_key(out, watch->table);
    vif_json_piece(out, "[{");
    if (watch->columns != NULL) {
        vif_json_piece(out, "\"columns\":[");
        for (i = 0; i + monitor->fewer < watch->column_count; i++) {
            vif_json_string(out, watch->columns[i]);
        }
        vif_json_piece(out, "]");
    }
    if (monitor->changes_only) {
        vif_json_piece(out, "\"select\":{\"initial\":false}");
    }
    if (watch->where != NULL && monitor->dialect > 1) {
        const vif_ovsdb_value where = { watch->where, strlen(watch->where) };

        vif__db_member(out, "\"where\":", where);
        out->bad = out->bad || !vif_json_valid(where.text, where.len);
    }
    vif_json_piece(out, "}]");
}

/* No server knows a transaction of zeros, so it sends everything. */
static void vif__db_put_monitor(vif_json_out *out, const vif_ovsdb_monitor *monitor)
{
    size_t i;

    vif__db_pair(out, "[", monitor->database);
    vif_json_string(out, monitor->name);
    vif_json_piece(out, "{");
    for (i = 0; i < monitor->watch_count; i++) {
        vif__db_put_watch(out, &monitor->watches[i], monitor);
    }
    vif_json_piece(out, "}");
    if (monitor->dialect == 3) {
        vif_json_string(out, monitor->last_txn[0] != '\0' ? monitor->last_txn
            : "00000000-0000-0000-0000-000000000000");
    }
    vif_json_piece(out, "]");
}

/* It writes the request twice, the first time only to learn its length. */
VIF_API vif_status vif_ovsdb_monitor_start(vif_ovsdb *db, vif_ovsdb_monitor *monitor,
                                           vif_error *err)
{
    VIF__BYTES char methods[3][20] = { "monitor", "monitor_cond", "monitor_cond_since" };
    vif_json_out out;
    vif_status status;

    if (monitor->dialect < 1 || monitor->dialect > 3) {
        monitor->dialect = 3;
    }
    vif_json_out_init(&out, NULL, 0);           /* counts */
    vif__db_put_monitor(&out, monitor);
    status = vif__db_request(db, &out, methods[monitor->dialect - 1], out.len, err);
    if (status != VIF_OK) {
        return status;
    }
    vif__db_put_monitor(&out, monitor);
    return vif__db_request_done(db, &out, &monitor->request, err);
}

/* Prepares a walk. The first call of vif_ovsdb_next_change finds the rows of the first table. */
VIF__APART static void vif__db_changes_in(vif_ovsdb_changes *changes, vif_ovsdb_value tables,
                                             int dialect)
{
    memset(changes, 0, sizeof *changes);
    changes->tables = vif_ovsdb_each(tables);
    changes->dialect = dialect;
}

/* In dialect 3 a reply is [found, last transaction, changes] and an update is [name, last
 * transaction, changes]. In the others a reply is the changes alone, and an update [name, changes].
 * If the server does not know the method, it is asked again in the next older dialect. */
VIF_API vif_ovsdb_take vif_ovsdb_monitor_take(vif_ovsdb *db, vif_ovsdb_monitor *monitor,
                                              const vif_ovsdb_event *event,
                                              vif_ovsdb_changes *changes)
{
    const bool ours = monitor->request != 0 && event->id == monitor->request &&
        (event->type == VIF_OVSDB_REPLY || event->type == VIF_OVSDB_LOST);
    const vif_ovsdb_value list = ours ? event->result : event->params;
    int dialect = monitor->dialect;
    bool found = !ours;

    if (ours) {
        monitor->request = 0;
        if (event->status == VIF_E_UNSUPPORTED && dialect > 1) {
            monitor->dialect--;
            return vif_ovsdb_monitor_start(db, monitor, NULL) == VIF_OK ? VIF_OVSDB_AGAIN
                                                                        : VIF_OVSDB_REFUSED;
        }
        if (event->status != VIF_OK) {
            return VIF_OVSDB_REFUSED;
        }
        (void)vif_ovsdb_bool(vif__db_item(list, 0), &found);
    } else if (event->type == VIF_OVSDB_UPDATE &&
               vif_ovsdb_is(vif__db_item(list, 0), monitor->name)) {
        dialect = (int)vif__db_which(event->method, "update\0update2", 2) + 1;
    } else {
        return VIF_OVSDB_NOT_MINE;
    }
    if (dialect == 3) {
        (void)vif_ovsdb_uuid(vif__db_item(list, 1), monitor->last_txn);
    }
    vif__db_changes_in(changes, ours && dialect < 3 ? list
                       : vif__db_item(list, dialect == 3 ? 2 : 1), dialect);
    return found ? VIF_OVSDB_CHANGES : VIF_OVSDB_SNAPSHOT;
}

/* Reads {"old": row, "new": row} (RFC 7047 §4.1.6), or one row alone as "initial", "insert",
 * "delete" or "modify" (ovsdb-server(7), update2). */
static void vif__db_change(vif_ovsdb_value update, int dialect, vif_ovsdb_change *change)
{
    VIF__BYTES uint8_t types[] = { VIF_OVSDB_INSERT, VIF_OVSDB_MODIFY, VIF_OVSDB_DELETE,
                                     VIF_OVSDB_INSERT, VIF_OVSDB_DELETE, VIF_OVSDB_INITIAL };
    vif_ovsdb_iter it = vif_ovsdb_each(update);
    vif_ovsdb_value key, value;

    while (vif_ovsdb_next(&it, &key, &value)) {
        const size_t which = vif__db_which(key, "insert\0modify\0delete\0new\0old", 5);

        if (which == 4) {
            change->old = value;
        } else if (!vif__db_is_null(value)) {
            change->row = value;
        }
        change->type = (vif_ovsdb_change_type)types[which];
    }
    change->difference = dialect > 1 && change->type == VIF_OVSDB_MODIFY;
    if (change->old.text != NULL && change->row.text != NULL) {
        change->type = VIF_OVSDB_MODIFY;
    } else if (change->old.text != NULL) {
        change->row = change->old;
        change->type = VIF_OVSDB_DELETE;
    }
}

/* It walks the rows of one table after the other. */
VIF_API bool vif_ovsdb_next_change(vif_ovsdb_changes *changes, vif_ovsdb_change *change)
{
    vif_ovsdb_value value;

    memset(change, 0, sizeof *change);
    while (!vif_ovsdb_next(&changes->rows, &change->uuid, &value)) {
        if (!vif_ovsdb_next(&changes->tables, &changes->table, &value)) {
            return false;
        }
        changes->rows = vif_ovsdb_each(value);
    }
    change->table = changes->table;
    vif__db_change(value, changes->dialect, change);
    return true;
}
#endif

/* >>posix
 *
 * The shell around the connection. It opens sockets, tries one remote after the other, and moves
 * bytes between the socket and the buffers. Only poll blocks, and only in calls that say so.
 * VIF_NO_POSIX leaves it out, and nothing above depends on it. */
#ifndef VIF_NO_POSIX
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* An adopted socket is the caller's, and stays open. */
static void vif__db_hang_up(vif_ovsdb *db)
{
    if (db->priv.fd >= 0 && !db->priv.desc.fd.set) {
        (void)close(db->priv.fd);
    }
    db->priv.fd = -1;
}

/* An address in the form of sockaddr_in, _in6 or _un (ip(7), ipv6(7), unix(7)). */
typedef union vif__db_address {
    struct sockaddr any;
    unsigned char bytes[112];
} vif__db_address;

/* Parses "1.2.3.4:6640" or "[::1]:6640". The default port is 6640. Returns the length, or 0. */
static socklen_t vif__db_tcp(vif__db_address *to, const char *text, size_t len)
{
    const unsigned six = text[0] == '[' ? 1 : 0;
    const void *const stop = memchr(text, six ? ']' : ':', len);
    const size_t host = stop != NULL ? (size_t)((const char *)stop - text) : len;
    const size_t rest = host + six;
    int64_t port = 6640;
    vif_ip ip;

    if (rest > len || !vif_ip_parse(text + six, host - six, false, &ip) || ip.len != 4 + 12 * six ||
        (rest < len && (text[rest] != ':' ||
                        !vif_int_parse(text + rest + 1, len - rest - 1, &port))) ||
        port < 1 || port > 65535) {
        return 0;
    }
    to->any.sa_family = six ? AF_INET6 : AF_INET;
    to->bytes[2] = (unsigned char)(port >> 8);
    to->bytes[3] = (unsigned char)(port & 255);
    memcpy(to->bytes + 4 + 4 * six, ip.bytes, sizeof ip.bytes);     /* zeros follow an IPv4 one */
    return 16 + 12 * six;
}

/* Parses a remote. It refuses a path that is too long: if it were cut, it would name another
 * socket, or none. */
static socklen_t vif__db_address_of(vif__db_address *to, const char *text, size_t len)
{
    memset(to, 0, sizeof *to);
    if (len > 5 && len <= 5 + 107 && memcmp(text, "unix:", 5) == 0) {
        to->any.sa_family = AF_UNIX;
        memcpy(to->bytes + 2, text + 5, len - 5);
        return (socklen_t)(2 + len - 5 + 1);
    }
    return len > 4 && memcmp(text, "tcp:", 4) == 0 ? vif__db_tcp(to, text + 4, len - 4) : 0;
}

/* The remote of that number in the list, or NULL behind the last. */
static const char *vif__db_remote(const char *list, unsigned number, size_t *len)
{
    for (;;) {
        *len = 0;
        while (list[*len] != '\0' && list[*len] != ',') {
            ++*len;
        }
        if (number == 0) {
            return list;
        }
        if (list[*len] == '\0') {
            return NULL;
        }
        list += *len + 1;
        number--;
    }
}

/* Fails with the reason why a remote can't be reached, in words. Only the text has room for the
 * reasons of several remotes, because an error has one errno. Numbers that are not in the table
 * stay numbers. */
static void vif__db_unreachable(vif_ovsdb *db, int sys_errno)
{
    static const struct { int16_t number; char text[22]; } words[] = {
        {ENOENT, "no such file"}, {ECONNREFUSED, "refused"}, {EACCES, "permission denied"},
        {EAGAIN, "its queue is full"}, {ETIMEDOUT, "no answer"}, {ENOTDIR, "not a directory"},
        {EHOSTUNREACH, "no route to the host"}, {ENETUNREACH, "no route"}, {EPERM, "forbidden"},
        {EPROTOTYPE, "no stream socket"}, {EAFNOSUPPORT, "no such protocol"},
        {EMFILE, "too many open files"}, {ECONNRESET, "reset"}};
    char number[24] = "errno ";
    const char *why = number;
    size_t i;

    vif_cat_int(number, sizeof number, sys_errno);
    for (i = 0; i < sizeof words / sizeof words[0]; i++) {
        why = words[i].number == sys_errno ? words[i].text : why;
    }
    vif__db_fail(db, VIF_E_SYSTEM, sys_errno, why);
}

/* Begins an attempt at the next remote. The socket does not block, so most attempts are still under
 * way when this returns. Small messages are sent at once (TCP_NODELAY), because each waits for the
 * answer to the one before. */
static void vif__db_dial(vif_ovsdb *db)
{
    const int on = 1;
    vif__db_address to;
    size_t len;
    const char *const remote = vif__db_remote(db->priv.desc.remote, db->priv.remote_at, &len);
    const socklen_t size = vif__db_address_of(&to, remote, len);
    const bool tcp = to.any.sa_family != AF_UNIX;

    vif__db_hang_up(db);
    memset(&db->priv.now, 0, sizeof db->priv.now);
    db->priv.state = VIF__DB_CONNECTING;
    db->priv.remote = remote;
    db->priv.remote_len = len;
    db->priv.probe_ms = db->priv.desc.probe_ms == 0 && tcp ? 5000 : db->priv.desc.probe_ms;
    db->priv.fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (db->priv.fd >= 0 && tcp) {
        (void)setsockopt(db->priv.fd, 6 /* IPPROTO_TCP */, 1 /* TCP_NODELAY */, &on, sizeof on);
    }
    if (db->priv.fd >= 0 && connect(db->priv.fd, &to.any, size) == 0) {
        vif__db_opened(db);
    } else if (db->priv.fd < 0 || (errno != EINPROGRESS && errno != EINTR)) {
        vif__db_unreachable(db, errno);
    }
}

/* Tries the next remote, and further ones as long as they fail at once. The text of the error keeps
 * the reasons of all. */
static void vif__db_attempt(vif_ovsdb *db, int64_t now_ms)
{
    do {
        db->error.status = VIF_OK;
        db->priv.remotes_left--;
        vif__db_dial(db);
        db->priv.remote_at = (uint16_t)((db->priv.remote_at + 1) % db->priv.remotes);
    } while (db->error.status != VIF_OK && db->priv.remotes_left > 0);
    db->priv.dial_at = now_ms;
}

/* Checks all remotes before it dials the first, so that a mistyped one is found even if
 * it is never needed. */
static bool vif__db_check_remotes(vif_ovsdb *db)
{
    vif__db_address to;
    const char *remote;
    size_t len;

    while ((remote = vif__db_remote(db->priv.desc.remote, db->priv.remotes, &len)) != NULL) {
        if (vif__db_address_of(&to, remote, len) == 0) {
            vif__db_fail(db, VIF_E_INVAL, 0, "not unix:PATH (107 bytes at most) or "
                         "tcp:ADDRESS:PORT");
            vif_cat_escaped(db->error.where, sizeof db->error.where, remote, len);
            return false;
        }
        db->priv.remotes++;
    }
    return true;
}

/* Without desc.now_ms the time of the attempt is unknown until a call brings the time. */
VIF_API vif_status vif_ovsdb_open(vif_ovsdb *db, const vif_ovsdb_desc *desc, vif_error *err)
{
    const vif_status status = vif__db_setup(db, desc, err);

    if (status != VIF_OK) {
        return status;
    }
    if (desc->fd.set) {
        db->priv.fd = desc->fd.fd;
        vif__db_opened(db);
    } else if (desc->remote == NULL) {
        vif__db_fail(db, VIF_E_INVAL, 0, "no remote");
    } else if (vif__db_check_remotes(db)) {
        db->priv.remotes_left = db->priv.remotes;
        vif__db_attempt(db, desc->now_ms != NULL ? vif_ovsdb_now(db) : INT64_MIN);
    }
    if (db->error.status != VIF_OK) {
        db->priv.ended = 1;
    }
    return vif__db_report(db, err);
}

/* Moves bytes as read(2) or write(2), but returns errors as -errno. */
static ptrdiff_t vif__db_move(const vif_ovsdb *db, void *in, const void *out, size_t len)
{
    const vif_ovsdb_desc *desc = &db->priv.desc;
    ptrdiff_t moved;

    if (in != NULL && desc->read != NULL) {
        return desc->read(desc->user, in, len);
    }
    if (in == NULL && desc->write != NULL) {
        return desc->write(desc->user, out, len);
    }
    do {
        moved = in != NULL ? recv(db->priv.fd, in, len, MSG_DONTWAIT)
                           : send(db->priv.fd, out, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (moved < 0 && errno == EINTR);
    return moved < 0 ? -errno : moved;
}

/* An interrupted call is made again later, like one that would block. */
static bool vif__db_would_block(ptrdiff_t result)
{
    return result == -EAGAIN || result == -EINTR;       /* on Linux EWOULDBLOCK is the same */
}

/* Reads what is there, but not more than 256 KB, because a server that sends without end must not
 * keep an event loop from its other work. */
static void vif__db_read(vif_ovsdb *db)
{
    const uint64_t most = db->count.bytes_in + (1u << 18);
    size_t room;

    db->priv.now.full = 0;
    while (!db->priv.now.eof) {
        void *const to = vif_ovsdb_room(db, &room);
        ptrdiff_t got;

        if (room == 0 || db->count.bytes_in >= most) {
            db->priv.now.full = 1;
            return;
        }
        got = vif__db_move(db, to, NULL, room);
        if (got > 0) {
            vif_ovsdb_received(db, (size_t)got);
            if ((size_t)got < room && db->priv.desc.read == NULL) {
                return;                 /* a socket has no more; desc.read may hold some back */
            }
        } else if (vif__db_would_block(got)) {
            return;
        } else {
            vif_ovsdb_finish(db, got == 0 ? 0 : (int)-got);
        }
    }
}

/* If the server has gone, it reads what the server sent before, which may be the reason. */
static void vif__db_write(vif_ovsdb *db)
{
    const void *from;
    size_t len;

    while ((from = vif_ovsdb_output(db, &len)) != NULL) {
        const ptrdiff_t put = vif__db_move(db, NULL, from, len);

        if (put > 0) {
            vif_ovsdb_sent(db, (size_t)put);
        } else if (vif__db_would_block(put)) {
            return;
        } else {
            vif__db_read(db);           /* what the server sent before it went */
            vif_ovsdb_finish(db, put == 0 ? EPIPE : (int)-put);
        }
    }
}

/* Checks whether the attempt has ended. It polls first, because callers may come too early, and a
 * socket that is still connecting has no error either. */
static void vif__db_connected(vif_ovsdb *db)
{
    int error = 0;
    socklen_t len = sizeof error;
    struct pollfd p;

    p.fd = db->priv.fd;
    p.events = POLLOUT;
    if (poll(&p, 1, 0) <= 0) {
        return;
    }
    if (getsockopt(db->priv.fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0) {
        error = errno;
    }
    if (error == 0) {
        vif__db_opened(db);
    } else {
        vif__db_unreachable(db, error);
    }
}

/* Passes over a remote that keeps silent, unless something has just come from it. */
static void vif__db_pass(vif_ovsdb *db, int64_t now_ms)
{
    if (!vif__db_may_pass(db) || db->priv.now.fresh) {
        return;
    }
    if (db->priv.dial_at == INT64_MIN) {
        db->priv.dial_at = now_ms;
    } else if (now_ms - db->priv.dial_at >= VIF__DB_PASS_MS) {
        vif__db_unreachable(db, ETIMEDOUT);
    }
}

/* Begins or ends an attempt, and then moves bytes both ways. It reads first, because an answer that
 * makes room may have come. */
VIF_API vif_status vif_ovsdb_run(vif_ovsdb *db, bool readable, bool writable, int64_t now_ms)
{
    const bool next = db->error.status != VIF_OK && db->priv.remotes_left > 0;

    if (next || (db->error.status == VIF_OK && db->priv.state == VIF__DB_IDLE &&
                 now_ms >= db->priv.dial_at)) {
        vif__db_attempt(db, now_ms);
    } else if (db->error.status == VIF_OK && db->priv.state == VIF__DB_CONNECTING &&
               (readable || writable)) {
        vif__db_connected(db);
    }
    if (db->error.status == VIF_OK && db->priv.state >= VIF__DB_ASKING) {
        if ((readable || db->priv.now.full) && !db->priv.now.blocked) {
            vif__db_read(db);
        }
        vif__db_write(db);
    }
    vif__db_pass(db, now_ms);
    if (db->error.status != VIF_OK) {
        vif__db_hang_up(db);
    }
    return db->priv.remotes_left > 0 ? VIF_OK : db->error.status;
}

/* The wait doubles with each attempt, and starts anew when a server has sent something. */
VIF_API vif_status vif_ovsdb_reconnect(vif_ovsdb *db, int64_t now_ms)
{
    const int wait = db->priv.backoff_ms;

    if (db->error.status == VIF_OK || !db->priv.ended) {
        return db->error.status == VIF_OK ? VIF_OK : VIF_E_BUSY;
    }
    if (db->priv.remotes == 0) {
        return VIF_E_UNSUPPORTED;
    }
    vif__db_hang_up(db);
    memset(&db->error, 0, sizeof db->error);
    db->priv.state = VIF__DB_IDLE;
    db->priv.ended = 0;
    memset(&db->priv.now, 0, sizeof db->priv.now);
    db->priv.remotes_left = db->priv.remotes;
    db->priv.backoff_ms = wait < 8000 ? wait * 2 : 8000;
    if (wait == 0) {
        db->priv.backoff_ms = 1000;
    }
    if (wait == 0 || db->priv.dial_at + wait < now_ms) {
        db->priv.dial_at = now_ms;
    } else {
        db->priv.dial_at += wait;
    }
    return VIF_OK;
}

/* Without a clock, the time is the sum of the waits. */
VIF_API int64_t vif_ovsdb_now(const vif_ovsdb *db)
{
    const vif_ovsdb_desc *desc = &db->priv.desc;

    return desc->now_ms != NULL ? desc->now_ms(desc->user) : db->priv.clock;
}

/* A wait that was cut short counts as a millisecond, so that time passes even without a clock. */
VIF_API vif_status vif_ovsdb_poll(vif_ovsdb *db, int64_t deadline_ms)
{
    const int64_t now = vif_ovsdb_now(db);
    const vif_want want = vif_ovsdb_want(db, now);
    const int64_t until = want.deadline_ms < deadline_ms ? want.deadline_ms : deadline_ms;
    int64_t left = until > now ? until - now : 0;
    struct pollfd p;
    int ready;

    if (db->priv.ended) {
        return db->error.status;
    }
    left = left < INT_MAX ? left : INT_MAX;
    p.fd = want.fd;
    p.events = (short)((want.read ? POLLIN : 0) | (want.write ? POLLOUT : 0));
    p.revents = 0;
    ready = poll(&p, 1, (int)left);     /* poll ignores an fd below 0 */
    db->priv.clock += ready == 0 && left > 0 ? left : 1;
    return vif_ovsdb_run(db, ready > 0 && (p.revents & ~POLLOUT) != 0,
                         ready > 0 && (p.revents & ~POLLIN) != 0, vif_ovsdb_now(db));
}

/* Takes one event or waits for one. False if the deadline has passed. All blocking calls are loops
 * over this function. */
static bool vif__db_turn(vif_ovsdb *db, int64_t deadline_ms, vif_ovsdb_event *event)
{
    const int64_t now = vif_ovsdb_now(db);
    const uint64_t messages = db->count.messages_in;

    if (vif_ovsdb_step(db, now, event) == VIF_OVSDB_NOTHING) {
        if (db->count.messages_in != messages) {
            return true;                /* the caller may wait for what was handled inside */
        }
        if (now >= deadline_ms) {
            return false;
        }
        (void)vif_ovsdb_poll(db, deadline_ms);
    } else if (event->type != VIF_OVSDB_CONNECTED) {
        db->count.dropped++;
    }
    return true;
}

/* The same for calls that need no event. */
VIF__APART static bool vif__db_drop(vif_ovsdb *db, int64_t deadline_ms)
{
    vif_ovsdb_event event;

    return vif__db_turn(db, deadline_ms, &event);
}

/* Fails with the remotes that have refused so far, and the one that it waits for. */
static vif_status vif__db_unready(const vif_ovsdb *db, vif_error *err)
{
    const vif_status status = vif__fail(err, VIF_E_TIMEOUT, "not connected in time");

    if (err != NULL && db->error.text[0] != '\0') {
        vif__cat_format(err->text, sizeof err->text, "; %s", db->error.text, NULL, NULL);
    }
    if (err != NULL && db->priv.remote != NULL) {
        vif_cat(err->text, sizeof err->text, "; no answer from ");
        vif_cat_escaped(err->text, sizeof err->text, db->priv.remote, db->priv.remote_len);
    }
    return status;
}

/* While there are remotes left, an error is only about the last one tried. */
VIF_API vif_status vif_ovsdb_ready(vif_ovsdb *db, int64_t deadline_ms, vif_error *err)
{
    while (db->error.status == VIF_OK ? db->priv.state != VIF__DB_OPEN
                                      : db->priv.remotes_left > 0) {
        if (!vif__db_drop(db, deadline_ms)) {
            return vif__db_unready(db, err);
        }
    }
    return vif__db_report(db, err);
}

/* Replies to other requests that come meanwhile are dropped and counted. */
VIF_API vif_status vif_ovsdb_await(vif_ovsdb *db, int64_t id, int64_t deadline_ms,
                                   vif_ovsdb_event *reply, vif_error *err)
{
    (void)vif_ovsdb_run(db, false, true, vif_ovsdb_now(db));
    while (vif__db_turn(db, deadline_ms, reply)) {
        if (reply->id != id) {
            continue;
        }
        db->count.dropped--;
        if (reply->type == VIF_OVSDB_REPLY) {
            return reply->status != VIF_OK ? vif__db_refused(reply->error, err) : VIF_OK;
        }
        (void)vif__db_report(db, err);
        if (err != NULL) {
            err->status = reply->status;
        }
        return reply->status;
    }
    vif_ovsdb_forget(db, id);
    vif_ovsdb_expire(db);
    return vif__fail(err, VIF_E_UNKNOWN, "no reply in time");
}

/* If the connection has no room for the request now, it may have some after it has moved bytes. */
VIF_API vif_status vif_ovsdb_call(vif_ovsdb *db, vif_ovsdb_txn *txn, int64_t deadline_ms,
                                  vif_ovsdb_event *reply, vif_error *err)
{
    int64_t id = 0;
    vif_status status = vif_ovsdb_ready(db, deadline_ms, err);

    memset(reply, 0, sizeof *reply);
    if (status == VIF_OK) {
        status = vif_ovsdb_transact(db, txn, &id, err);
    }
    while (status == VIF_E_BUSY) {
        if (!vif__db_drop(db, deadline_ms)) {
            return vif__fail(err, VIF_E_TIMEOUT, "no room to send in time");
        }
        status = vif_ovsdb_transact(db, txn, &id, err);
    }
    if (status == VIF_OK) {
        status = vif_ovsdb_await(db, id, deadline_ms, reply, err);
    }
    return status == VIF_OK ? vif_ovsdb_check(reply, txn->ops, err) : status;
}
#endif

/* It frees only what came from the hook. */
static void vif__db_release(vif_ovsdb *db, vif_ovsdb_buffer *buf)
{
    if (buf->owned) {
        (void)db->priv.desc.resize(db->priv.desc.user, buf->data, buf->cap, 0);
    }
    memset(buf, 0, sizeof *buf);
}

/* It may be called after a failed open, and twice: it leaves everything so that it
 * can be closed again. */
VIF_API void vif_ovsdb_close(vif_ovsdb *db)
{
#ifndef VIF_NO_POSIX
    vif__db_hang_up(db);
#endif
    vif__db_release(db, &db->priv.in);
    vif__db_release(db, &db->priv.out);
    vif__db_fail(db, VIF_E_NOT_OPEN, 0, "closed");
    db->priv.remotes_left = 0;
    db->priv.ended = 1;
}
#endif
