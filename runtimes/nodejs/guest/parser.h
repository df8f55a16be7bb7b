/* One HTTP connection's parser: http.c feeds llhttp, exchange.c serves what it can without Node's
 * streams. */
#pragma once

#include <llhttp.h>

#include "native.h"

enum { PAIRS_MAX = 32 };

struct piece {
	size_t at, len; /* in the store */
};

/* What exchange.c keeps of a server's connection. The objects are only compared: others hold them.
 */
struct connection {
	bool is_attached;
	JSValueConst object; /* the parser's own */
	bool is_plain;	     /* this run has met nothing that Node has to look at after it */
	bool is_ended;	     /* the response has been sent; 'finish' is due */
	const void *req, *res, *finish; /* of the exchange under way, or NULL */
	double idle_until_ms;		/* 0: it is not idle, or Node has a timer for it */
	int idle_ms;
	struct parser *next, *previous; /* of all that are attached */
};

struct parser {
	llhttp_t http;
	JSContext *ctx;
	JSValueConst self; /* while it runs */
	char *store;
	size_t len, cap;
	struct piece url, status, fields[PAIRS_MAX], values[PAIRS_MAX];
	int n_fields, n_values;
	uint64_t header_size, header_size_max;
	bool have_flushed, has_failed, is_running, is_pause_wanted;
	double message_start_ms; /* 0: no message is under way */
	bool headers_completed;
	const char *run_at; /* what it was fed, while Node looks at the result */
	size_t run_len;
	struct connection connection;
};

/* NULL, with an exception, if it is none. */
struct parser *parser_of(JSContext *ctx, JSValueConst self);
/* NULL if it is none. */
struct parser *parser_in(JSValueConst value);
JSValue parser_headers(const struct parser *p);
JSValue parser_text(const struct parser *p, struct piece piece);
/* Bytes parsed, or an Error; throws what a callback threw. */
JSValue parser_run(struct parser *p, JSValueConst self, const char *at, size_t len);
double parser_now_ms(void);
