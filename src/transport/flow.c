/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of messages and answers may be in memory, and who may send more.
 *
 * Every message may send its first flow-control window (64 KiB). One that fits gets window back as
 * it arrives, since padding uses window, too. A larger one waits (waits()) when it has used STEP
 * bytes, and continues
 *
 * - while all calls together have less than LSEC_MAX_SHARED bytes in memory;
 * - else when no large call moves: the one that lacks the fewest bytes; of equals the newest, since
 * an older incomplete one is more likely to be stalled. So one arrives at a time, the one nearest
 * to its end first, and a stalled one delays the others by STALL. To move is to use STEP bytes of
 * window, or to receive STEP bytes of an answer, within STALL: single bytes do not count.
 *
 * A call may use the window that it has. So there is a second limit: when memory exceeds the shared
 * part and one message of the largest size, the call that has not moved for longest is ended.
 *
 * All this is computed anew in each turn of the loop, from the state of the calls.
 */
#include "flow.h"

#include <assert.h>

#include "base/clock.h"
#include "launchsec/limits.h"

#define STALL (LSEC_SECOND / 5)

/* A call, and the connection that it is one of. */
struct place {
	struct lsec_connection *connection;
	struct lsec_call *call; /* or NULL */
};

struct view {
	size_t calls;
	size_t memory;        /* bytes of all of them */
	bool moving;          /* a large call moves */
	struct place waiting; /* the one of those that lacks the fewest bytes */
	struct place still;   /* of those in memory, which has not moved for longest */
};

static bool waits(const struct lsec_call *call)
{
	return call->state == LSEC_CALL_MESSAGE && call->held >= LSEC_FLOW_STEP;
}

/*
 * The bytes of a message that still need window, except LSEC_FIRST_WINDOW. The window that it has
 * is ignored, or two calls would take turns, and both would be in memory.
 */
static size_t lacks(const struct lsec_call *call)
{
	return call->message.want - call->message.bytes.len + call->held;
}

static void add(struct view *view, struct place at, int64_t now)
{
	const struct lsec_call *call = at.call;
	size_t memory = call->message.bytes.len + call->queued;
	view->calls++;
	view->memory += memory;
	if (memory > 0 && (view->still.call == NULL || call->moved < view->still.call->moved))
		view->still = at;
	if (!waits(call))
		view->moving |= lsec_call_is_large(call) && memory >= LSEC_FLOW_STEP &&
		                now - call->moved < STALL;
	else if (view->waiting.call == NULL || lacks(call) < lacks(view->waiting.call))
		view->waiting = at;
}

/* Connections and their calls are in the order of their age, the newest first. */
static struct view look(const struct lsec_connections *all)
{
	struct view view = {0};
	for (struct lsec_connection *connection = all->first; connection != NULL;
	     connection = connection->next)
		for (struct lsec_call *call = connection->session.calls; call != NULL;
		     call = call->next)
			add(&view, (struct place){connection, call}, all->calls.now);
	assert(view.calls == all->calls.count);
	return view;
}

static void give_up(struct place at)
{
	if (at.call->state == LSEC_CALL_MESSAGE)
		lsec_call_give_up(at.call);
	else
		lsec_connection_kill(at.connection); /* with what nghttp2 has of the answer */
	lsec_connection_pump(at.connection);
}

static void go_on(struct place at)
{
	assert(waits(at.call));
	lsec_call_go_on(at.call);
	lsec_connection_pump(at.connection);
}

/* Ends a call, or lets one go on; whether there was one. */
static bool change(const struct lsec_connections *all, const struct view *view)
{
	if (view->memory > LSEC_MAX_SHARED + all->calls.longest)
		give_up(view->still);
	else if (view->waiting.call != NULL && (view->memory < LSEC_MAX_SHARED || !view->moving))
		go_on(view->waiting);
	else
		return false;
	return true;
}

size_t lsec_flow_turn(struct lsec_connections *all)
{
	struct view view = look(all);
	while (change(all, &view))
		view = look(all);
	return view.memory;
}
