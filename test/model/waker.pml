/* Copyright (c) 2026 The weft authors
 * Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)
 *
 * One fiber waits again and again, while other threads call wakers, a timer goes off and a cancellation comes.
 *
 *   include/weft/fiber/detail/waiter.hpp          waiter: arm, claim, withdraw, waiting_as
 *   include/weft/fiber/detail/scheduler_core.hpp  wake, deliver, deliver_here, park, park_until, leave
 *   include/weft/fiber/detail/sleeper.hpp         sleeper: is_canceled, sleep, give_up
 *   lib/fiber/sleeper.cpp                         deliver_elsewhere, cancel_wait
 *   lib/fiber/scheduler_switch.cpp                prepare_next
 *   lib/fiber/scheduler_timers.cpp                start_timer, fire_timers
 *   lib/fiber/scheduler_teardown.cpp              apply_cancel
 *   lib/fiber/fiber_record.cpp                    request_cancel
 *
 * Checked over all interleavings, of sequentially consistent memory: each wait that began ends once, by the one who has
 * claimed it; its fiber is never made ready twice; and none sleeps on although a waker of it was called, its timer was
 * set, or it was to be cancelled. That somebody runs a round when the inbox is not empty is what remote.pml shows.
 *
 * MUTANT takes one step away: 1 the number of the wait in its word, 2 the sleep for a delivery after a failed withdraw,
 * 3 that a fiber that sleeps is not `current`.
 */

#ifndef MUTANT
#define MUTANT 0
#endif

#define WAITS 3 /* of the fiber */

/* What the low byte of waiter::word_ holds. */
#define NOT_WAITING 0
#define PATIENT 2
#define INTERRUPTIBLE 3
#define NOTIFIED 8
#define TIMED_OUT 9
#define CANCELED 10

#define IS_WAITING (state == PATIENT || state == INTERRUPTIBLE)
#if MUTANT == 1
#define IS_WAIT(ticket) (IS_WAITING)
#else
#define IS_WAIT(ticket) (IS_WAITING && number == (ticket))
#endif

byte number; /* waiter::word_ above its low byte */
byte state = NOT_WAITING;

bool fiber_has_turn = true; /* else its scheduler: they are one thread at a time */
bool is_current = true;
bool self_woken;
bool is_ready;
bool in_inbox;
bool timer_is_queued;
byte timer_ticket;
bool cancel_in_inbox;
bool cancel_requested;
bool cancel_pending;
bool fiber_is_done;

/* Only for what is asserted. */
byte published;         /* the latest wait whose waker others have */
byte winner[WAITS + 1]; /* the reason that ended a wait */
bool called[WAITS + 1]; /* a waker of that wait was called */

/* waiter::claim */
inline claim(ticket, reason, won)
{
    atomic
    {
        won = IS_WAIT(ticket);
        if
        :: won ->
            state = reason;
            assert(winner[ticket] == 0);
            winner[ticket] = reason
        :: else
        fi
    }
}

/* scheduler_core::deliver_here: in the round */
inline deliver_here()
{
    if
    :: is_current ->
        assert(!self_woken);
        self_woken = true
    :: else ->
        assert(!is_ready && !in_inbox);
        is_ready = true
    fi
}

/* deliver_elsewhere, scheduler_core::post */
inline deliver_elsewhere()
{
    atomic
    {
        assert(!in_inbox && !is_ready);
        in_inbox = true
    }
}

/* scheduler_core::park, leave. The first statement of prepare_next comes before anything can be delivered here. */
inline park()
{
    if
    :: self_woken -> self_woken = false
    :: else ->
#if MUTANT != 3
        is_current = false;
#endif
        fiber_has_turn = false;
        fiber_has_turn
    fi
}

/* scheduler_core::apply_cancel: in the round */
inline apply_cancel()
{
    cancel_pending = true;
    atomic
    {
        ticket = (state == INTERRUPTIBLE -> number : 0)
    }
    if
    :: ticket != 0 ->
        claim(ticket, CANCELED, won);
        if
        :: won -> deliver_here()
        :: else
        fi
    :: else
    fi
}

/* One after the other: detail::suspend with all that may happen in it. */
active proctype fiber()
{
    byte waits, kind, seen, ticket;
    bool won;

    do
    :: atomic
        {
            waits < WAITS ->
            waits++;
            if
            :: kind = PATIENT /* inside of a cancellation_blocker */
            :: !cancel_pending -> kind = INTERRUPTIBLE /* sleeper::is_canceled */
            fi
        };

        /* waiter::arm, a load and a store */
        assert(!IS_WAITING);
        seen = number;
        d_step
        {
            ticket = seen + 1;
            seen = 0;
            number = ticket;
            state = kind
        }
        published = ticket;

        if
        :: skip
        :: /* woken by the fiber itself, in `publish` */
            called[ticket] = true;
            claim(ticket, NOTIFIED, won);
            if
            :: won -> deliver_here()
            :: else
            fi
        fi;
        if
        :: skip
        :: /* `publish` throws: cancel_wait, or sleeper::give_up; waiter::withdraw */
            atomic
            {
                won = (IS_WAIT(ticket));
                if
                :: won -> state = NOT_WAITING
                :: else
                fi
            }
            if
            :: won -> assert(winner[ticket] == 0)
            :: else ->
#if MUTANT != 2
                park();
#endif
                assert(winner[ticket] != 0)
            fi;
            goto next_wait
        fi;

        /* scheduler_core::park_until */
        if
        :: park() /* without a limit */
        :: /* start_timer: the limit is over already, or there is no memory for a timer */
            claim(ticket, TIMED_OUT, won);
            if
            :: won -> goto woken
            :: else -> park()
            fi
        :: /* start_timer: the limit is to come */
            timer_ticket = ticket;
            timer_is_queued = true;
            park();
            timer_is_queued = false
        fi;
woken:
        /* waiter::reason: of this wait, and whoever has claimed it has delivered */
        assert(number == ticket && state == winner[ticket]);
        assert(state == NOTIFIED || state == TIMED_OUT || state == CANCELED);
        assert(state != CANCELED || (kind == INTERRUPTIBLE && cancel_pending));
next_wait:
        skip
    :: else -> break
    od;
    assert(!IS_WAITING && !self_woken);
    fiber_is_done = true;
    is_current = false;
    fiber_has_turn = false
}

/* The scheduler, between two turns of the fiber. */
active proctype round()
{
    byte ticket;
    bool won;

end_idle:
    do
    :: !fiber_has_turn && in_inbox -> /* drain_inbox */
        atomic
        {
            in_inbox = false;
            assert(!is_ready);
            is_ready = true
        }
    :: !fiber_has_turn && cancel_in_inbox ->
        cancel_in_inbox = false;
        apply_cancel()
    :: !fiber_has_turn && timer_is_queued -> /* fire_timers */
        timer_is_queued = false;
        claim(timer_ticket, TIMED_OUT, won);
        if
        :: won -> deliver_here()
        :: else
        fi
    :: atomic { !fiber_has_turn && !cancel_requested -> cancel_requested = true } /* by another fiber of this scheduler */
        apply_cancel()
    :: atomic
        {
            is_ready && !fiber_has_turn ->
            assert(!fiber_is_done);
            is_ready = false;
            is_current = true;
            fiber_has_turn = true
        }
    od
}

/* waker::wake on other threads, of this wait or of one before. */
active [2] proctype waker_of_another_thread()
{
    byte ticket;
    bool won;

    atomic
    {
        published > 0;
        select(ticket : 1 .. published);
        called[ticket] = true
    }
    claim(ticket, NOTIFIED, won);
    if
    :: won -> deliver_elsewhere()
    :: else
    fi
}

/* request_cancel on another thread. */
active proctype cancel_of_another_thread()
{
    bool is_first;

    atomic
    {
        is_first = !cancel_requested;
        cancel_requested = true
    }
    if
    :: is_first ->
        assert(!cancel_in_inbox);
        cancel_in_inbox = true
    :: else
    fi
}

/* When nothing can happen any more. */
active proctype nothing_was_lost()
{
end_never:
    timeout;
    assert(fiber_is_done || (!called[number] && !timer_is_queued && state == PATIENT));
    assert(!is_ready && !in_inbox && !cancel_in_inbox && !self_woken)
}
