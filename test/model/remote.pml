/* Copyright (c) 2026 The weft authors
 * Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)
 *
 * Threads and handlers that have something done in the rounds of one scheduler, on an executor with two threads.
 *
 *   include/weft/fiber/detail/inbox.hpp    inbox: push, try_claim, try_rest, take_all
 *   lib/fiber/scheduler_core.cpp           post, resume_from_handler, run_posted_round, drain_inbox, run_round
 *   lib/fiber/scheduler_driver.cpp         post_pump
 *   lib/fiber/scheduler_timers.cpp         before_idle, notice_time, run_timer_tick
 *
 * Checked over all interleavings, of sequentially consistent memory: one round at a time; one pump at a time, whose
 * memory is reserved; each node is served once for each push; and when nothing can happen any more, nothing is left in
 * the inbox or ready, nobody owes a round, and the timers have seen the latest time. compare_exchange_weak may also fail
 * for nothing, which only has its loop go round again.
 *
 * To keep the search short there are two cases: two threads and a handler that wake fibers; with TIMER, one thread, a
 * timer of Asio and a clock that another thread moves.
 *
 * MUTANT takes one step away: 1 that a round ends only if nothing has gathered, 2 that a push into an owned inbox posts
 * no pump, 3 (with TIMER) that the flag of the timers' tick is cleared before they look at the time.
 */

#ifdef TIMER
#define WAKERS 1 /* threads */
#else
#define WAKERS 2
#endif

#ifndef MUTANT
#define MUTANT 0
#endif

#define PUSHES 2 /* of each pushing thread */

/* Values of inbox::head_ and inbox_node::next. */
#define NOTHING 0
#define FIRST_FIBER 1
#define SECOND_FIBER 2
#define FIBER_OF_HANDLER 3
#define TIMER_TICK 4
#define IDLE 5
#define NODES 5

byte head = IDLE;
byte next[NODES];
bool is_ready[NODES];
bool timer_tick_posted;
byte pumps; /* in the queue of the executor, as the next two */
#ifdef TIMER
bool handler_is_due = false;
bool timer_is_due = true;
#else
bool handler_is_due = true;
bool timer_is_due = false;
#endif
bool go_on_for_nothing = true; /* once is enough */

/* Only for what is asserted. */
byte rounds;            /* that run now */
bool is_pending[NODES]; /* pushed, or about to be, and not served since */
byte now;
byte time_seen;

/* inbox::push */
inline push(node, owns)
{
    seen = head;
    do
    :: next[node] = (seen == IDLE -> NOTHING : seen);
        atomic
        {
            if
            :: head == seen ->
                head = node;
                owns = (seen == IDLE);
#if MUTANT == 2
                owns = (seen == IDLE || seen == NOTHING);
#endif
                seen = NOTHING;
                break
            :: else -> seen = head
            fi
        }
    od
}

/* scheduler_driver::post_pump */
inline post_pump()
{
    atomic
    {
        assert(pumps == 0);
        pumps++
    }
}

/* scheduler_core::post */
inline post(node)
{
    push(node, owns);
    if
    :: owns ->
        owns = false;
        post_pump()
    :: else
    fi
}

inline begin_round()
{
    assert(rounds == 0);
    rounds++
}

/* scheduler_core::fire_timers */
inline fire_timers()
{
    time_seen = now
}

/* scheduler_core::notice_time */
inline notice_time()
{
    atomic
    {
        was_posted = timer_tick_posted;
        timer_tick_posted = true
    }
    if
    :: was_posted -> was_posted = false
    :: else ->
        is_pending[TIMER_TICK] = true;
        post(TIMER_TICK)
    fi
}

/* scheduler_core::drain_inbox, inbox::take_all. The list is nobody else's once it has been taken. */
inline drain_inbox()
{
    if
    :: head == NOTHING
    :: head != NOTHING ->
        d_step
        {
            latest = head;
            head = NOTHING;
            rest = NOTHING;
            do
            :: latest != NOTHING ->
                assert(latest != IDLE);
                before = next[latest];
                next[latest] = rest;
                rest = latest;
                latest = before
            :: else -> break
            od
        }
        do
        :: atomic
            {
                rest != NOTHING ->
                node = rest;
                rest = next[node];
                next[node] = NOTHING; /* which nobody reads */
                assert(is_pending[node]);
                if
                :: node != TIMER_TICK ->
                    assert(!is_ready[node]);
                    is_ready[node] = true;
                    node = NOTHING
                :: else -> is_pending[node] = false
                fi
            }
            if
            :: node == TIMER_TICK ->
                node = NOTHING;
#if MUTANT == 3
                fire_timers();
                timer_tick_posted = false
#else
                timer_tick_posted = false;
                fire_timers()
#endif
            :: else
            fi
        :: else -> break
        od
    fi
}

#define ANY_READY (is_ready[FIRST_FIBER] || is_ready[SECOND_FIBER] || is_ready[FIBER_OF_HANDLER])

/* scheduler_core::enter_fibers: the next of the queue, in any order; the one who pushed it may push it again. */
inline run_one()
{
    atomic
    {
        if
        :: is_ready[FIRST_FIBER] -> node = FIRST_FIBER
        :: is_ready[SECOND_FIBER] -> node = SECOND_FIBER
        :: is_ready[FIBER_OF_HANDLER] -> node = FIBER_OF_HANDLER
        fi;
        is_ready[node] = false;
        is_pending[node] = false;
        node = NOTHING
    }
}

/* scheduler_core::run_round */
inline run_round()
{
    do
    :: drain_inbox();
        if
        :: ANY_READY ->
            run_one();
            do
            :: ANY_READY -> run_one()
            :: !ANY_READY -> break
            :: go_on = true; break /* the budget is used up */
            od
        :: !ANY_READY && go_on_for_nothing ->
            go_on_for_nothing = false;
            go_on = true /* before_idle: ask_again */
        :: !ANY_READY ->
            /* inbox::try_rest: from here on another thread may run the next round */
            atomic
            {
                if
#if MUTANT == 1
                :: true ->
#else
                :: head == NOTHING ->
#endif
                    head = IDLE;
                    rounds--;
                    break
                :: else
                fi
            }
        fi;
        if
        :: go_on ->
            d_step
            {
                go_on = false;
                rounds--
            }
            post_pump();
            break
        :: else
        fi
    od
}

/* A thread of the executor, which runs the pump, the handler of an operation, and that of the timer. */
active [2] proctype thread_of_executor()
{
    byte seen, latest, rest, before, node;
    bool owns, was_posted, go_on;

end_idle:
    do
    :: atomic /* run_posted_round; a pump leaves its memory before it runs */
        {
            pumps > 0 ->
            pumps--;
            begin_round()
        }
        run_round()
    :: atomic /* resume_from_handler */
        {
            handler_is_due ->
            handler_is_due = false;
            is_pending[FIBER_OF_HANDLER] = true
        }
        if
        :: atomic
            {
                head == IDLE -> /* inbox::try_claim */
                head = NOTHING;
                begin_round()
            }
            is_ready[FIBER_OF_HANDLER] = true;
            run_round()
        :: post(FIBER_OF_HANDLER) /* inline_rounds_ is used up, or the inbox was owned */
        fi
    :: atomic /* run_timer_tick */
        {
            timer_is_due ->
            timer_is_due = false
        }
        if
        :: atomic
            {
                head == IDLE -> /* inbox::try_claim */
                head = NOTHING;
                begin_round()
            }
            fire_timers();
            run_round()
        :: atomic { head != IDLE -> skip }
            notice_time()
        fi
    od
}

/* Wakes a fiber, and again when it has run. */
active [WAKERS] proctype thread_that_wakes()
{
    byte seen, pushes;
    bool owns;

    do
    :: atomic
        {
            pushes < PUSHES && !is_pending[FIRST_FIBER + _pid - 2] ->
            is_pending[FIRST_FIBER + _pid - 2] = true;
            pushes++
        }
        post(FIRST_FIBER + _pid - 2)
    :: pushes == PUSHES -> break
    od
}

#ifdef TIMER
/* manual_clock::advance, on another thread. */
active proctype clock()
{
    byte seen;
    bool owns, was_posted;

    now++;
    notice_time();
    now++;
    notice_time()
}
#endif

/* When nothing can happen any more. */
active proctype nothing_is_left()
{
    timeout;
    assert(head == IDLE && pumps == 0 && rounds == 0 && !ANY_READY && !timer_tick_posted);
    assert(!is_pending[FIRST_FIBER] && !is_pending[SECOND_FIBER] && !is_pending[FIBER_OF_HANDLER]);
    assert(!is_pending[TIMER_TICK] && time_seen == now)
}
