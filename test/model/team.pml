/* Copyright (c) 2026 The weft authors
 * Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)
 *
 * Members of a team who sleep when there is nothing to take, and are called when there is.
 *
 *   lib/fiber/team.cpp            team_core: fall_asleep, wake_up, call_one, answer
 *   lib/fiber/work_stealing.cpp   team_seat: offer, pick, hunt
 *
 * Checked over all interleavings, of sequentially consistent memory: a busy member offers fibers and never comes back for
 * them; nobody who could run them is asleep in the end, as long as there is one on offer, and nobody is called twice.
 * Any fiber may run for ever.
 *
 * MUTANT takes one step away: 1 the second look of whoever falls asleep, 2 the order of answering and looking, 3 the call
 * for what is left, 4 that who finds something by itself is no longer on its way.
 */

#ifndef MUTANT
#define MUTANT 0
#endif

#define FIBERS 3
#define THIEVES 2

byte on_offer;

bool mutex;
bool is_asleep[THIEVES];
byte sleepers;
bool is_called;        /* the team's: somebody is on its way */
bool is_sent[THIEVES]; /* the member's node is in its inbox */
bool has_come[THIEVES]; /* before it has found the node */
bool runs_for_ever[THIEVES];

inline acquire()
{
    atomic
    {
        !mutex ->
        mutex = true
    }
}

inline call_one()
{
    if
    :: sleepers == 0 -> skip
    :: else ->
        if
        :: is_called -> skip
        :: else ->
            acquire();
            if
            :: sleepers == 0 || is_called -> skip
            :: else ->
                is_called = true;
                sleepers--;
                if
                :: is_asleep[0] ->
                    is_asleep[0] = false;
                    assert(!is_sent[0]);
                    is_sent[0] = true
                :: else ->
                    assert(is_asleep[1]);
                    is_asleep[1] = false;
                    assert(!is_sent[1]);
                    is_sent[1] = true
                fi
            fi;
            mutex = false
        fi
    fi
}

active proctype owner()
{
    byte made;

    do
    :: made < FIBERS ->
        on_offer++;
        made++;
        call_one()
    :: else -> break
    od
}

active [THIEVES] proctype thief()
{
    byte me = _pid - 1;
    bool has_one;

    /* Enters the team asleep. */
    acquire();
    is_asleep[me] = true;
    sleepers++;
    mutex = false;
    goto look_again;

sleep:
    is_sent[me];
#if MUTANT != 2
    acquire();
    is_sent[me] = false;
    if
    :: has_come[me] -> has_come[me] = false
    :: else -> is_called = false
    fi;
    mutex = false;
#endif
look:
    atomic
    {
        has_one = (on_offer > 0);
        if
        :: has_one -> on_offer--
        :: else
        fi
    }
    if
    :: has_one -> goto have
    :: else
    fi;
#if MUTANT == 2
    acquire();
    is_sent[me] = false;
    if
    :: has_come[me] -> has_come[me] = false
    :: else -> is_called = false
    fi;
    mutex = false;
#endif
    acquire();
    if
    :: !is_asleep[me] && !is_sent[me] ->
        is_asleep[me] = true;
        sleepers++
    :: else
    fi;
    mutex = false;
look_again:
#if MUTANT == 1
    goto sleep;
#endif
    atomic
    {
        has_one = (on_offer > 0);
        if
        :: has_one -> on_offer--
        :: else
        fi
    }
    if
    :: !has_one -> goto sleep
    :: else
    fi;
    acquire();
    if
    :: is_asleep[me] ->
        is_asleep[me] = false;
        sleepers--
#if MUTANT != 4
    :: is_sent[me] && !has_come[me] ->
        has_come[me] = true;
        is_called = false
#endif
    :: else
    fi;
    mutex = false;

have:
#if MUTANT != 3
    if
    :: on_offer > 0 -> call_one()
    :: else
    fi;
#endif
    if
    :: runs_for_ever[me] = true
    :: goto look
    fi
}

/* When nothing can happen any more. */
active proctype nothing_was_forgotten()
{
    timeout;
    assert(on_offer == 0 || (runs_for_ever[0] && runs_for_ever[1]))
}
