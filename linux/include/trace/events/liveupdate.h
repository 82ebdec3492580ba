/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM liveupdate

#if !defined(_TRACE_LIVEUPDATE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_LIVEUPDATE_H

#include <linux/tracepoint.h>
#include <uapi/linux/liveupdate.h>

TRACE_DEFINE_ENUM(LIVEUPDATE_STATE_UNDEFINED);
TRACE_DEFINE_ENUM(LIVEUPDATE_STATE_NORMAL);
TRACE_DEFINE_ENUM(LIVEUPDATE_STATE_PREPARED);
TRACE_DEFINE_ENUM(LIVEUPDATE_STATE_FROZEN);
TRACE_DEFINE_ENUM(LIVEUPDATE_STATE_UPDATED);

TRACE_DEFINE_ENUM(LIVEUPDATE_CALL_PREPARE);
TRACE_DEFINE_ENUM(LIVEUPDATE_CALL_FREEZE);
TRACE_DEFINE_ENUM(LIVEUPDATE_CALL_CANCEL);
TRACE_DEFINE_ENUM(LIVEUPDATE_CALL_BOOT);
TRACE_DEFINE_ENUM(LIVEUPDATE_CALL_CAN_FINISH);
TRACE_DEFINE_ENUM(LIVEUPDATE_CALL_FINISH);

#define show_liveupdate_state(state) __print_symbolic(state,		\
	{ LIVEUPDATE_STATE_UNDEFINED,	"undefined" },			\
	{ LIVEUPDATE_STATE_NORMAL,	"normal" },			\
	{ LIVEUPDATE_STATE_PREPARED,	"prepared" },			\
	{ LIVEUPDATE_STATE_FROZEN,	"frozen" },			\
	{ LIVEUPDATE_STATE_UPDATED,	"updated" })

#define show_liveupdate_call(call) __print_symbolic(call,		\
	{ LIVEUPDATE_CALL_PREPARE,	"prepare" },			\
	{ LIVEUPDATE_CALL_FREEZE,	"freeze" },			\
	{ LIVEUPDATE_CALL_CANCEL,	"cancel" },			\
	{ LIVEUPDATE_CALL_BOOT,		"boot" },			\
	{ LIVEUPDATE_CALL_CAN_FINISH,	"can_finish" },			\
	{ LIVEUPDATE_CALL_FINISH,	"finish" })

/* The machine went from one state to another, by an event. */
TRACE_EVENT(liveupdate_state,
	    TP_PROTO(unsigned int from, unsigned int to, const char *event, u64 number),
	    TP_ARGS(from, to, event, number),
	    TP_STRUCT__entry(__field(unsigned int, from)
			     __field(unsigned int, to)
			     __string(event, event)
			     __field(u64, number)),
	    TP_fast_assign(__entry->from = from;
			   __entry->to = to;
			   __assign_str(event);
			   __entry->number = number;),
	    TP_printk("%s -> %s event=%s number=%llu", show_liveupdate_state(__entry->from),
		      show_liveupdate_state(__entry->to), __get_str(event), __entry->number)
);

/* A participant is called. */
TRACE_EVENT(liveupdate_callback_begin,
	    TP_PROTO(const char *participant, unsigned int call),
	    TP_ARGS(participant, call),
	    TP_STRUCT__entry(__string(participant, participant)
			     __field(unsigned int, call)),
	    TP_fast_assign(__assign_str(participant);
			   __entry->call = call;),
	    TP_printk("%s %s", __get_str(participant), show_liveupdate_call(__entry->call))
);

/* A participant has come back from a call. */
TRACE_EVENT(liveupdate_callback_end,
	    TP_PROTO(const char *participant, unsigned int call, u64 ns, int error),
	    TP_ARGS(participant, call, ns, error),
	    TP_STRUCT__entry(__string(participant, participant)
			     __field(unsigned int, call)
			     __field(u64, ns)
			     __field(int, error)),
	    TP_fast_assign(__assign_str(participant);
			   __entry->call = call;
			   __entry->ns = ns;
			   __entry->error = error;),
	    TP_printk("%s %s ns=%llu error=%d", __get_str(participant),
		      show_liveupdate_call(__entry->call), __entry->ns, __entry->error)
);

/* Something was done with a session. */
TRACE_EVENT(liveupdate_session,
	    TP_PROTO(const char *name, const char *what, int error),
	    TP_ARGS(name, what, error),
	    TP_STRUCT__entry(__string(name, name)
			     __string(what, what)
			     __field(int, error)),
	    TP_fast_assign(__assign_str(name);
			   __assign_str(what);
			   __entry->error = error;),
	    TP_printk("%s %s error=%d", __get_str(name), __get_str(what), __entry->error)
);

/* Something was done with a preserved file. */
TRACE_EVENT(liveupdate_file,
	    TP_PROTO(const char *format, u64 token, const char *what, int error),
	    TP_ARGS(format, token, what, error),
	    TP_STRUCT__entry(__string(format, format)
			     __field(u64, token)
			     __string(what, what)
			     __field(int, error)),
	    TP_fast_assign(__assign_str(format);
			   __entry->token = token;
			   __assign_str(what);
			   __entry->error = error;),
	    TP_printk("%s token=%#llx %s error=%d", __get_str(format), __entry->token,
		      __get_str(what), __entry->error)
);

#endif /* _TRACE_LIVEUPDATE_H */

#include <trace/define_trace.h>
