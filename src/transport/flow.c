/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of messages and answers may be in memory, and who may send more.
 *
 * Every message may send its first flow-control window (64 KiB). One that fits gets window back as
 * it arrives, since padding takes window, too. A larger one waits (waits()) when it has used STEP
 * bytes, and goes on
 *
 * - while all calls together have less than LSEC_MAX_SHARED bytes in memory;
 * - else when no large call moves: the one that lacks the fewest bytes; of equals the newest, since
 * an older one that is still not complete is more likely to be stalled. So one arrives at a time,
 * the one that is nearest to its end first, and a stalled one delays the others by STALL. To move
 * is to use up STEP bytes of window, or to take STEP bytes of an answer, within STALL: a byte now
 * and then does not count.
 *
 * What has window may use it. So there is a limit above: when there is more in memory than the
 * shared part and one message of the largest size, the call that has not moved for longest is
 * ended.
 *
 * All this is worked out anew in each turn of the loop, from what the calls are then.
 */
#include <assert.h>

#include "parts.h"

#define STEP 16384U
#define STALL (LSEC_SECOND / 5)

struct view {
	size_t calls;
	size_t memory;             /* bytes of all of them */
	bool moving;               /* a large call moves */
	struct lsec_call *waiting; /* the one of those that lacks the fewest bytes */
	struct lsec_call *still;   /* of those in memory, which has not moved for longest */
};

static bool is_large(const struct lsec_call *call)
{
	return call->message.want > LSEC_FIRST_WINDOW - LSEC_MESSAGE_PREFIX ||
	       call->queued > LSEC_FIRST_WINDOW;
}

static bool waits(const struct lsec_call *call)
{
	return call->state == LSEC_CALL_MESSAGE && call->held >= STEP;
}

/*
 * What of a message still needs window, but for LSEC_FIRST_WINDOW. The window it has is not looked
 * at for that, else two calls would take turns, and both would be in memory.
 */
static size_t lacks(const struct lsec_call *call)
{
	return call->message.want - call->message.bytes.len + call->held;
}

static void add(struct view *view, struct lsec_call *call, int64_t now)
{
	size_t memory = call->message.bytes.len + call->queued;
	view->calls++;
	view->memory += memory;
	if (memory > 0 && (view->still == NULL || call->moved < view->still->moved))
		view->still = call;
	if (!waits(call))
		view->moving |= is_large(call) && memory >= STEP && now - call->moved < STALL;
	else if (view->waiting == NULL || lacks(call) < lacks(view->waiting))
		view->waiting = call;
}

/* Connections and their calls are in the order of their age, the newest first. */
static struct view look(const struct lsec_server *server)
{
	struct view view = {0};
	for (const struct lsec_connection *connection = server->connections; connection != NULL;
	     connection = connection->next)
		for (struct lsec_call *call = connection->calls; call != NULL; call = call->next)
			add(&view, call, server->now);
	assert(view.calls == server->call_count);
	return view;
}

static void give_window(struct lsec_call *call)
{
	nghttp2_session_consume_stream(call->connection->session, call->stream, call->held);
	call->held = 0;
}

void lsec_flow_took(struct lsec_call *call, size_t len)
{
	call->held += len;
	if (!is_large(call))
		give_window(call);
}

void lsec_flow_sent(struct lsec_call *call, size_t len)
{
	size_t before = call->sent;
	call->sent += len;
	if (before / STEP < call->sent / STEP)
		call->moved = call->connection->server->now;
}

static void go_on(struct lsec_call *call)
{
	assert(waits(call));
	call->moved = call->connection->server->now;
	give_window(call);
	lsec_connection_pump(call->connection);
}

/* Ends a call, or lets one go on; whether there was one. */
static bool change(struct lsec_server *server, const struct view *view)
{
	if (view->memory > LSEC_MAX_SHARED + server->setup.longest)
		lsec_call_give_up(view->still);
	else if (view->waiting != NULL && (view->memory < LSEC_MAX_SHARED || !view->moving))
		go_on(view->waiting);
	else
		return false;
	return true;
}

void lsec_flow_turn(struct lsec_server *server)
{
	struct view view = look(server);
	while (change(server, &view))
		view = look(server);
	server->memory = view.memory;
	if (server->peak < view.memory)
		server->peak = view.memory;
}
