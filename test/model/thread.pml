/* Copyright (c) 2026 The weft authors
 * Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)
 *
 * A thread that is no fiber's waits in a list again and again, with a limit or without, while others notify the list.
 *
 *   include/weft/fiber/wait_queue.hpp           wait_around, wait_queue::notify_one
 *   include/weft/fiber/detail/wait_list.hpp     wait_list: push_back, claim_first, withdraw; wait_entry::claim
 *   include/weft/fiber/detail/sleeper.hpp       sleeper: sleep
 *   lib/fiber/sleeper.cpp                       thread_waiter: sleep, wake
 *
 * Checked over all interleavings, of sequentially consistent memory: the waiter and its entry, which live in the waiting
 * frame, are touched only while that lasts; each wait that was notified says so; and the thread does not sleep on after
 * it was notified, nor beyond its limit.
 *
 * MUTANT takes one step away: 1 the lock of the waiter while it is notified, 2 the sleep for a delivery after a time-out
 * that came too late, 3 the lock of the list when a wait is withdrawn.
 */

#ifndef MUTANT
#define MUTANT 0
#endif

#define WAITS 2

#define NOT_WAITING 0
#define PATIENT 2
#define NOTIFIED 8
#define TIMED_OUT 9

/* thread_waiter and wait_entry, made anew for each wait. */
bool exists;
byte state;      /* waiter::word_; the number of the wait cannot matter here */
bool waiter_lock;
bool is_woken;
bool is_notified; /* of the condition variable: its waiter has left the queue */

bool list_lock;
bool is_queued;

byte won;      /* calls of notify_one that have found somebody */
byte notified; /* waits that have ended so */
bool has_limit;
bool thread_is_done;

inline acquire(lock)
{
    atomic
    {
        !lock ->
        lock = true
    }
}

/* wait(lock, is_woken_); wakes up for nothing too, which only goes round again. */
inline wait_until_woken()
{
    do
    :: is_woken -> break
    :: !is_woken ->
        d_step
        {
            is_notified = false;
            waiter_lock = false
        }
        is_notified;
        acquire(waiter_lock)
    od
}

active proctype thread()
{
    byte waits;

    do
    :: waits < WAITS ->
        waits++;
        d_step
        {
            exists = true;
            state = NOT_WAITING;
            is_woken = false;
            waiter_lock = false
        }
        if
        :: has_limit = true
        :: has_limit = false
        fi;

        /* wait_around, wait_list::push_back */
        acquire(list_lock);
        state = PATIENT;
        is_queued = true;
        list_lock = false;

        /* thread_waiter::sleep */
        acquire(waiter_lock);
        if
        :: !has_limit -> wait_until_woken()
        :: has_limit ->
            do
            :: is_woken -> break
            :: !is_woken ->
                d_step
                {
                    is_notified = false;
                    waiter_lock = false
                }
                if
                :: is_notified -> skip
                :: skip /* the limit has come */
                fi;
                acquire(waiter_lock);
                if
                :: is_woken -> break
                :: else ->
                    atomic /* waiter::claim */
                    {
                        if
                        :: state == PATIENT ->
                            state = TIMED_OUT;
                            break
                        :: else
                        fi
                    }
#if MUTANT == 2
                    break
#else
                    wait_until_woken();
                    break
#endif
                fi
            od
        fi;
        waiter_lock = false;
        assert(state == NOTIFIED || (has_limit && state == TIMED_OUT));

        if
        :: state == NOTIFIED -> notified++
        :: else -> /* wait_list::withdraw */
#if MUTANT == 3
            is_queued = false
#else
            acquire(list_lock);
            is_queued = false;
            list_lock = false
#endif
        fi;
        exists = false
    :: else -> break
    od;
    thread_is_done = true
}

/* wait_queue::notify_one */
active [3] proctype notifier()
{
    bool has_claimed;

    acquire(list_lock);
    if
    :: is_queued ->
        /* wait_list::claim_first */
        assert(exists);
        is_queued = false;
        atomic
        {
            assert(exists);
            has_claimed = (state == PATIENT);
            if
            :: has_claimed ->
                state = NOTIFIED;
                won++
            :: else
            fi
        }
    :: else
    fi;
    list_lock = false;
    if
    :: has_claimed ->
        /* thread_waiter::wake */
        assert(exists);
#if MUTANT == 1
        is_woken = true;
        assert(exists);
        is_notified = true
#else
        acquire(waiter_lock);
        assert(exists);
        is_woken = true;
        assert(exists);
        is_notified = true;
        assert(exists);
        waiter_lock = false
#endif
    :: else
    fi
}

/* When nothing can happen any more. */
active proctype nothing_was_lost()
{
    timeout;
    assert(thread_is_done || (!has_limit && state == PATIENT && is_queued));
    assert(won == notified)
}
